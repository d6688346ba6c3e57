#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/unicode.h"

namespace moondial {
namespace {

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substitution});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_.:/+-").find(c) != std::string_view::npos;
}

void append_hex(std::string& out, uint32_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\x";
  out += kDigits[byte >> 4 & 15];
  out += kDigits[byte & 15];
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }

}  // namespace

std::string nearest(std::string_view name, std::span<const std::string> candidates) {
  const std::string* best = nullptr;
  size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    const size_t longer = std::max(name.size(), candidate.size());
    const size_t shorter = std::min(name.size(), candidate.size());
    if ((longer - shorter) * 3 > longer) continue;
    const size_t distance = edit_distance(name, candidate);
    if (distance * 3 > longer) continue;
    const bool better = best == nullptr || distance < best_distance ||
                        (distance == best_distance && candidate < *best);
    if (!better) continue;
    best = &candidate;
    best_distance = distance;
  }
  return best != nullptr ? *best : "";
}

std::string shell_quote(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string identity_value(std::string_view value) {
  if (!value.empty() && std::ranges::all_of(value, is_bare)) return std::string(value);
  return quoted_value(value);
}

std::string quoted_value(std::string_view value) {
  std::string out = "\"";
  for (size_t at = 0; at < value.size();) {
    const CodePoint c = decode_utf8(value.substr(at));
    const std::string_view bytes = value.substr(at, c.size);
    at += c.size;
    if (c.value == '"' || c.value == '\\') {
      out += '\\';
      out += bytes;
    } else if (c.value == '\n') {
      out += "\\n";
    } else if (c.value == '\t') {
      out += "\\t";
    } else if (!c.ok || is_control(c.value)) {
      for (const char byte : bytes) append_hex(out, static_cast<unsigned char>(byte));
    } else {
      out += bytes;
    }
  }
  return out + "\"";
}

std::string identity(std::string_view name,
                     std::vector<std::pair<std::string, std::string>> params) {
  std::string out(name);
  if (params.empty()) return out;
  std::ranges::sort(params);
  char separator = '(';
  for (const auto& [key, value] : params) {
    out += separator;
    out += key;
    out += '=';
    out += identity_value(value);
    separator = ',';
  }
  return out + ")";
}

std::string format_number(double value) {
  if (value == 0) return "0";  // and -0
  const double size = std::fabs(value);
  const auto format =
      size >= 1e-6 && size < 1e21 ? std::chars_format::fixed : std::chars_format::scientific;
  std::array<char, 64> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format);
  return std::string(buffer.data(), written.ptr);
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = decode_utf8(text);
    if (!c.ok) return false;
    text.remove_prefix(c.size);
  }
  return true;
}

std::string bytes_text(uint64_t bytes) {
  static constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = decode_utf8(text);
    if (!c.ok) {
      out += "\xEF\xBF\xBD";  // U+FFFD
    } else if (is_control(c.value) && c.value != '\n' && c.value != '\t') {
      append_hex(out, c.value);
    } else {
      out += text.substr(0, c.size);
    }
    text.remove_prefix(c.size);
  }
  return out;
}

}  // namespace moondial
