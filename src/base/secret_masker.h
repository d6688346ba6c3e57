#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace moondial {

/// Knows secrets, and puts `***` in their place.
///
/// A secret is found as it is, in the forms that moondial and shells give it in what they print
/// (escaped for JSON, quoted for a shell, made printable), and each line of at least four bytes of
/// one that has several lines. Other forms (base64, URLs) are not found. Short secrets are found
/// too, wherever they occur; an empty one hides nothing.
class SecretMasker {
 public:
  SecretMasker() = default;
  explicit SecretMasker(const std::vector<std::string>& secrets);

  void add(std::string_view secret);
  [[nodiscard]] bool empty() const { return patterns_.empty(); }

  /// `text` with what it holds of secrets masked.
  [[nodiscard]] std::string mask(std::string_view text) const;
  /// The same for text that was cut: a secret that its end cuts is masked as well.
  [[nodiscard]] std::string mask_cut(std::string_view text) const;
  /// Whether `text` holds a secret of at least four bytes.
  [[nodiscard]] bool finds(std::string_view text) const;

 private:
  friend class MaskedStream;
  struct Match {
    size_t size = 0;          ///< of the longest pattern that is there, or 0
    bool may_be_cut = false;  ///< the text ends inside a pattern
  };
  void add_pattern(std::string pattern);
  [[nodiscard]] Match match(std::string_view text) const;

  std::vector<std::string> patterns_;  // longest first
  std::vector<std::string> plain_;     // the secrets themselves
  std::array<bool, 256> first_{};      // bytes that patterns begin with
};

/// Masks a stream that comes in pieces: a secret is found wherever the pieces divide it. What may
/// be the beginning of one is held back until it is known.
class MaskedStream {
 public:
  /// `masker` outlives it.
  explicit MaskedStream(const SecretMasker& masker) : masker_(masker) {}

  /// What can be shown after `bytes` came.
  [[nodiscard]] std::string add(std::string_view bytes);
  /// Whether it holds back what may be the beginning of a secret.
  [[nodiscard]] bool holds_back() const { return !held_.empty(); }
  /// The stream has ended: what was held back.
  [[nodiscard]] std::string finish();

 private:
  std::string take(bool at_end);

  const SecretMasker& masker_;
  std::string held_;
  size_t covered_ = 0;  // bytes of held_ that belong to a secret that was masked
};

}  // namespace moondial
