#include "base/duration.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "base/text.h"

namespace moondial {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
    {{"", 1e6}, {"ms", 1e3}, {"s", 1e6}, {"m", 60e6}, {"h", 3600e6}, {"d", 86400e6}}};

Error refused(std::string_view text, std::string_view why) {
  return Error{Code::kInvalid,
               "\"" + printable(text) + "\" is not a duration: " + std::string(why) +
                   " (like 250ms, 90s, 15m, 2h, 1d, or a number of seconds)",
               {}};
}

std::string two_digits(int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); }

/// `90`, `0.25`.
std::string seconds_text(int64_t us) {
  std::string out = std::to_string(us / 1'000'000);
  if (us % 1'000'000 == 0) return out;
  std::string fraction = std::to_string(1'000'000 + us % 1'000'000).substr(1);
  while (fraction.back() == '0') fraction.pop_back();
  return out + "." + fraction;
}

/// What %c shows of a duration; nothing if there is none such.
std::optional<std::string> convert(Duration d, char c) {
  const int64_t seconds = d.count() / 1'000'000;
  const std::string clock = two_digits(seconds / 3600) + ":" + two_digits(seconds / 60 % 60);
  switch (c) {
    case 'H':
      return two_digits(seconds / 3600);
    case 'M':
      return two_digits(seconds / 60 % 60);
    case 'S':
      return two_digits(seconds % 60);
    case 'R':
      return clock;
    case 'T':
      return clock + ":" + two_digits(seconds % 60);
    case 's':
      return seconds_text(d.count());
    case '%':
      return "%";
    default:
      return std::nullopt;
  }
}

std::string format_positive(int64_t us) {
  const int64_t ms = us / 1000 + (us % 1000 >= 500 ? 1 : 0);
  if (ms < 1000) return std::to_string(ms) + "ms";
  const int64_t tenths = us / 100'000 + (us % 100'000 >= 50'000 ? 1 : 0);
  if (tenths < 600) return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "s";
  const int64_t seconds = us / 1'000'000 + (us % 1'000'000 >= 500'000 ? 1 : 0);
  if (seconds < 3600) return std::to_string(seconds / 60) + "m " + two_digits(seconds % 60) + "s";
  const int64_t minutes = (seconds + 30) / 60;
  if (minutes < 24 * 60)
    return std::to_string(minutes / 60) + "h " + two_digits(minutes % 60) + "m";
  const int64_t hours = (seconds + 1800) / 3600;
  return std::to_string(hours / 24) + "d " + std::to_string(hours % 24) + "h";
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return refused(text, "it is empty");
  if (text.front() == '-') return refused(text, "it is negative");
  if (!(text.front() >= '0' && text.front() <= '9') && text.front() != '.') {
    return refused(text, "a number is expected");
  }
  long double number = 0;  // so wide that every duration reads back from its text exactly
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::result_out_of_range) return refused(text, "it is out of range");
  if (error != std::errc()) return refused(text, "a number is expected");
  const std::string_view unit(rest, static_cast<size_t>(end - rest));
  for (const auto& [name, us] : kUnits) {
    if (name != unit) continue;
    const long double value = number * us;
    if (!(value < 9.2e18L)) return refused(text, "it is too long");
    return Duration(std::llround(value));
  }
  return refused(text, "\"" + printable(unit) + "\" is no unit");
}

std::string canonical_duration(Duration d) {
  constexpr std::array<std::pair<std::string_view, int64_t>, 5> kWhole{{{"d", 86'400'000'000},
                                                                        {"h", 3'600'000'000},
                                                                        {"m", 60'000'000},
                                                                        {"s", 1'000'000},
                                                                        {"ms", 1'000}}};
  const int64_t us = d.count();
  if (us == 0) return "0s";
  for (const auto& [unit, size] : kWhole) {
    if (us % size == 0) return std::to_string(us / size) + std::string(unit);
  }
  std::string fraction = std::to_string(1000 + us % 1000).substr(1);
  while (fraction.back() == '0') fraction.pop_back();
  return std::to_string(us / 1000) + "." + fraction + "ms";
}

Result<std::string> format_duration_as(Duration d, std::string_view format) {
  std::string out;
  for (size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%') {
      out += format[at];
      continue;
    }
    const auto converted = convert(d, ++at < format.size() ? format[at] : '\0');
    if (!converted) {
      return Error{Code::kInvalid,
                   "\"" + printable(format.substr(at - 1, 2)) + "\" in the format \"" +
                       printable(format) +
                       "\" is no conversion of a duration (like %H:%M:%S, or %s for its seconds)",
                   {}};
    }
    out += *converted;
  }
  return out;
}

std::string format_duration(Duration d) {
  const int64_t us = d.count();
  if (us >= 0) return format_positive(us);
  if (us == std::numeric_limits<int64_t>::min()) return format_duration(Duration(us + 1));
  return "-" + format_positive(-us);
}

}  // namespace moondial
