#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace moondial {

// What the readers and writers of dates and times share. Of this folder alone.

constexpr int kFirstYear = 1;
constexpr int kLastYear = 9999;

[[nodiscard]] constexpr bool is_year(int64_t year) {
  return year >= kFirstYear && year <= kLastYear;
}

/// `text` as a number if it is exactly `digits` decimal digits, else -1.
[[nodiscard]] int digits_of(std::string_view text, size_t digits);

[[nodiscard]] std::string four_digits(int n);
[[nodiscard]] std::string two_digits(int n);

/// `"TEXT" is not EXPECTED`.
[[nodiscard]] Error malformed(std::string_view text, std::string_view expected);
/// `WHAT is outside the years 0001 to 9999`.
[[nodiscard]] Error out_of_range(std::string_view what);

}  // namespace moondial
