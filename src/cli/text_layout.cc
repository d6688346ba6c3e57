#include "cli/text_layout.h"

#include <algorithm>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <cwchar>

#include "base/duration.h"
#include "base/text.h"
#include "base/unicode.h"

namespace moondial {
namespace {

constexpr std::string_view kEllipsis = "…";

size_t width_of(char32_t code_point) {
  // Widths are the C library's, which knows them only in a UTF-8 locale.
  static const bool have_locale = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  if (code_point < 0x7f) return 1;
  if (!have_locale) return 1;
  const int width = ::wcwidth(static_cast<wchar_t>(code_point));
  return width < 0 ? 1 : static_cast<size_t>(width);
}

/// The longest beginning of `text` of at most `width` columns, in bytes.
size_t prefix_of(std::string_view text, size_t width) {
  size_t at = 0;
  size_t used = 0;
  while (at < text.size()) {
    const CodePoint next = decode_utf8(text.substr(at));
    used += width_of(next.value);
    if (used > width) break;
    at += next.size;
  }
  return at;
}

/// Where the shortest end of `text` begins that leaves at most `width` columns.
size_t suffix_of(std::string_view text, size_t width) {
  size_t at = 0;
  size_t rest = display_width(text);
  while (at < text.size() && rest > width) {
    const CodePoint next = decode_utf8(text.substr(at));
    rest -= width_of(next.value);
    at += next.size;
  }
  return at;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_.:/+-=@%,").find(c) != std::string_view::npos;
}

}  // namespace

size_t display_width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint next = decode_utf8(text);
    width += width_of(next.value);
    text.remove_prefix(next.size);
  }
  return width;
}

std::string shorten_middle(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  const size_t head = (width - 1 + 1) / 2;
  const size_t tail = width - 1 - head;
  std::string out(text.substr(0, prefix_of(text, head)));
  out += kEllipsis;
  out += text.substr(suffix_of(text, tail));
  return out;
}

std::string shorten_end(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  return std::string(text.substr(0, prefix_of(text, width - 1))) + std::string(kEllipsis);
}

std::string pad_right(std::string_view text, size_t width) {
  const size_t used = display_width(text);
  return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

std::string pad_left(std::string_view text, size_t width) {
  const size_t used = display_width(text);
  return std::string(used < width ? width - used : 0, ' ') + std::string(text);
}

std::string clock_time(double seconds) {
  const auto total = static_cast<int64_t>(std::floor(std::fmax(seconds, 0)));
  const auto two = [](int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const int64_t hours = total / 3600;
  const int64_t minutes = total / 60 % 60;
  if (hours == 0) return std::to_string(minutes) + ":" + two(total % 60);
  return std::to_string(hours) + ":" + two(minutes) + ":" + two(total % 60);
}

std::string duration_text(double seconds) {
  return format_duration(Duration(std::llround(std::fmax(seconds, 0) * 1e6)));
}

std::string shell_word(std::string_view value) {
  bool plain = !value.empty();
  for (const char c : value) plain = plain && is_plain(c);
  return plain ? std::string(value) : shell_quote(value);
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

std::string indented(std::string_view text, std::string_view by) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    out.append(by).append(line).append("\n");
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return out;
}

}  // namespace moondial
