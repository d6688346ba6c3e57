#include "tests/fuzz/fuzz.h"

#include <cstdio>
#include <cstdlib>

#include "base/hash.h"
#include "base/text.h"

namespace moondial::fuzz {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string shown(std::string_view text) { return quoted_value(text); }

}  // namespace

void expect(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: it does not hold that %.*s\n", static_cast<int>(what.size()),
               what.data());
  std::abort();
}

void expect_same(std::string_view got, std::string_view expected, std::string_view what) {
  if (got == expected) return;
  std::fprintf(stderr, "fuzz: got      %s\nfuzz: expected %s\n", shown(got).c_str(),
               shown(expected).c_str());
  expect(false, what);
}

std::string_view take_line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return line;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string unescape(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && text.substr(at).starts_with("\\\\")) {
      ++at;
    } else if (text[at] == '\\' && at + 3 < text.size() && text[at + 1] == 'x') {
      const int high = hex_digit(text[at + 2]), low = hex_digit(text[at + 3]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        at += 3;
        continue;
      }
    }
    out += text[at];
  }
  return out;
}

uint64_t seed_of(std::string_view text) { return hash64(text); }

}  // namespace moondial::fuzz
