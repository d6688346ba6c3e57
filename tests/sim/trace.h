#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace moondial::sim {

/// What happened in a world, in order: always as a hash, by which two plays of one seed are
/// compared; as readable lines only where somebody reads them.
class Trace {
 public:
  explicit Trace(bool keeps_text) : keeps_text_(keeps_text) {}

  /// One line: texts and numbers, put together as they are.
  template <typename... Parts>
  void say(const Parts&... parts) {
    (mix(parts), ...);
    hash_ = (hash_ ^ '\n') * kPrime;
    ++lines_;
    if (!keeps_text_) return;
    text_ += prefix_;
    (append(parts), ...);
    text_ += '\n';
  }
  /// Put before each line from now on; no part of the hash.
  void set_prefix(std::string prefix) {
    if (keeps_text_) prefix_ = std::move(prefix);
  }

  [[nodiscard]] bool keeps_text() const { return keeps_text_; }
  [[nodiscard]] uint64_t hash() const { return hash_; }
  [[nodiscard]] uint64_t lines() const { return lines_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  static constexpr uint64_t kPrime = 0x100000001B3;  // FNV-1a

  void mix(std::string_view text) {
    for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * kPrime;
  }
  template <std::integral T>
  void mix(T number) {
    hash_ = (hash_ ^ static_cast<uint64_t>(number)) * kPrime;
    hash_ ^= hash_ >> 29;
  }
  void append(std::string_view text) { text_ += text; }
  template <std::integral T>
  void append(T number) {
    text_ += std::to_string(number);
  }

  const bool keeps_text_;
  uint64_t hash_ = 0xCBF29CE484222325;
  uint64_t lines_ = 0;
  std::string prefix_;
  std::string text_;
};

}  // namespace moondial::sim
