#include "base/civil_text.h"

#include <array>
#include <cstdio>

#include "base/text.h"

namespace moondial {

int digits_of(std::string_view text, size_t digits) {
  if (text.size() != digits) return -1;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string four_digits(int n) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d", n);
  return buffer.data();
}

std::string two_digits(int n) { return (n >= 0 && n < 10 ? "0" : "") + std::to_string(n); }

Error malformed(std::string_view text, std::string_view expected) {
  return Error{Code::kInvalid, "\"" + printable(text) + "\" is not " + std::string(expected), {}};
}

Error out_of_range(std::string_view what) {
  return Error{Code::kInvalid, std::string(what) + " is outside the years 0001 to 9999", {}};
}

}  // namespace moondial
