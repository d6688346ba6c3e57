#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace moondial {

/// Texts, each with a small number, for sets of millions: of a text its 128-bit XXH3 hash is kept,
/// so that one costs 20 to 40 bytes, however long it is, and looking one up touches one place in
/// memory. Two texts of one hash would be taken for the same: among five million that has a chance
/// of one in 10^25. Not for texts that an adversary chooses.
class TextTable {
 public:
  static constexpr unsigned kMostNumber = 3;

  /// False, and nothing is changed, if the text is there already.
  bool add(std::string_view text, unsigned number = 0);
  /// The number of a text that is there.
  [[nodiscard]] std::optional<unsigned> find(std::string_view text) const;
  [[nodiscard]] bool contains(std::string_view text) const { return find(text).has_value(); }
  /// Of a text that is there.
  void set(std::string_view text, unsigned number);
  [[nodiscard]] size_t size() const { return size_; }

 private:
  /// An empty one is all zero. The number takes the place of the hash's last bits.
  struct Slot {
    uint64_t low = 0;
    uint64_t high = 0;
  };
  [[nodiscard]] static Slot hash(std::string_view text);
  [[nodiscard]] size_t place(const Slot& hash) const;
  void grow();

  std::vector<Slot> slots_;  // a power of two of them, or none
  size_t size_ = 0;
};

}  // namespace moondial
