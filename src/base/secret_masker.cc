#include "base/secret_masker.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace moondial {
namespace {

constexpr std::string_view kMask = "***";
/// Shorter ones occur by chance: they are masked, and nothing else is done about them.
constexpr size_t kTelling = 4;

std::string json_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    constexpr std::string_view kPlain = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";
    const size_t at = kPlain.find(c);
    if (at != std::string_view::npos) {
      out += '\\';
      out += kLetters[at];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  return out;
}

/// Without the quotes around it.
std::string shell_escaped(std::string_view text) {
  const std::string quoted = shell_quote(text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string identity_escaped(std::string_view text) {
  const std::string quoted = quoted_value(text);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

SecretMasker::SecretMasker(const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) add(secret);
}

void SecretMasker::add(std::string_view secret) {
  // One that is nothing but stars looks masked already.
  if (secret.find_first_not_of('*') == std::string_view::npos) return;
  if (std::ranges::find(plain_, secret) != plain_.end()) return;
  plain_.emplace_back(secret);
  add_pattern(std::string(secret));
  add_pattern(json_escaped(secret));
  add_pattern(shell_escaped(secret));
  add_pattern(identity_escaped(secret));
  add_pattern(printable(secret));
  for (size_t at = 0; secret.find('\n') != std::string_view::npos && at < secret.size();) {
    const size_t end = std::min(secret.find('\n', at), secret.size());
    std::string_view line = secret.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() >= kTelling) add_pattern(std::string(line));
    at = end + 1;
  }
}

void SecretMasker::add_pattern(std::string pattern) {
  if (std::ranges::find(patterns_, pattern) != patterns_.end()) return;
  first_[static_cast<unsigned char>(pattern.front())] = true;
  const auto place =
      std::ranges::find_if(patterns_, [&](const auto& p) { return p.size() < pattern.size(); });
  patterns_.insert(place, std::move(pattern));
}

SecretMasker::Match SecretMasker::match(std::string_view text) const {
  Match found;
  if (!first_[static_cast<unsigned char>(text.front())]) return found;
  for (const std::string& pattern : patterns_) {
    if (pattern.size() > text.size()) {
      found.may_be_cut = found.may_be_cut || std::string_view(pattern).starts_with(text);
    } else if (text.starts_with(pattern)) {
      found.size = pattern.size();
      break;  // the others are shorter
    }
  }
  return found;
}

std::string SecretMasker::mask(std::string_view text) const {
  if (empty()) return std::string(text);
  MaskedStream stream(*this);
  std::string out = stream.add(text);
  return out += stream.finish();
}

std::string SecretMasker::mask_cut(std::string_view text) const {
  if (empty()) return std::string(text);
  MaskedStream stream(*this);
  std::string out = stream.add(text);
  if (!stream.finish().empty()) out += kMask;
  return out;
}

bool SecretMasker::finds(std::string_view text) const {
  return std::ranges::any_of(plain_, [text](const auto& secret) {
    return secret.size() >= kTelling && text.find(secret) != std::string_view::npos;
  });
}

std::string MaskedStream::add(std::string_view bytes) {
  if (masker_.empty()) return std::string(bytes);
  held_ += bytes;
  return take(false);
}

std::string MaskedStream::finish() { return take(true); }

/// Takes off what is decided. Matches may overlap: all that any of them covers is masked, once.
std::string MaskedStream::take(bool at_end) {
  std::string out;
  size_t at = 0;
  for (; at < held_.size(); ++at) {
    const auto match = masker_.match(std::string_view(held_).substr(at));
    if (match.may_be_cut && !at_end) break;
    if (match.size > 0) {
      if (at >= covered_) out += kMask;
      covered_ = std::max(covered_, at + match.size);
    }
    if (at >= covered_) out += held_[at];
  }
  held_.erase(0, at);
  covered_ = covered_ > at ? covered_ - at : 0;
  return out;
}

}  // namespace moondial
