#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"

namespace moondial {

/// A civil day, proleptic Gregorian, years 0001 to 9999. A value; 4 bytes.
class Date {
 public:
  Date() = default;
  explicit Date(std::chrono::sys_days day);

  /// Reads `2015-09-18`; the message of the error says what was expected.
  [[nodiscard]] static Result<Date> parse(std::string_view text);
  /// Refuses what is no day (2015-02-30) or out of range.
  [[nodiscard]] static Result<Date> from_civil(int year, int month, int day);

  [[nodiscard]] int year() const;
  [[nodiscard]] int month() const;    ///< 1 to 12
  [[nodiscard]] int day() const;      ///< 1 to 31
  [[nodiscard]] int weekday() const;  ///< 1 = Monday to 7 = Sunday
  [[nodiscard]] int iso_year() const;
  [[nodiscard]] int iso_week() const;  ///< 1 to 53

  [[nodiscard]] Result<Date> add_days(int64_t days) const;
  /// Same day of the month `months` later, clamped to that month's last day.
  [[nodiscard]] Result<Date> add_months(int64_t months) const;
  [[nodiscard]] int64_t days_since_epoch() const { return days_; }

  [[nodiscard]] std::string to_string() const;  ///< 2015-09-18
  /// strftime in the C locale; fields of time are midnight's. An unknown conversion is an error.
  [[nodiscard]] Result<std::string> format(std::string_view strftime_format) const;

  auto operator<=>(const Date&) const = default;

 private:
  int32_t days_ = 0;  // since 1970-01-01
};

/// A civil month, years 0001 to 9999.
class Month {
 public:
  Month() = default;
  /// Reads `2015-09`.
  [[nodiscard]] static Result<Month> parse(std::string_view text);
  [[nodiscard]] static Result<Month> from_civil(int year, int month);
  [[nodiscard]] int year() const;
  [[nodiscard]] int month() const;
  [[nodiscard]] Date first() const;
  [[nodiscard]] Date last() const;
  [[nodiscard]] Result<Month> add_months(int64_t months) const;
  [[nodiscard]] int64_t months_since_epoch() const { return months_; }
  [[nodiscard]] std::string to_string() const;  ///< 2015-09
  /// Of day 1.
  [[nodiscard]] Result<std::string> format(std::string_view strftime_format) const;
  auto operator<=>(const Month&) const = default;

 private:
  int32_t months_ = 0;  // since 1970-01
};

/// The civil day of `time` in the IANA zone `zone` ("" is UTC, "local" the system's zone).
[[nodiscard]] Result<Date> date_in_zone(UtcTime time, std::string_view zone);

/// RFC 3339 with offset in `zone`, milliseconds: `2015-09-18T06:00:00.123+08:00`.
[[nodiscard]] std::string format_rfc3339(UtcTime time, std::string_view zone);

}  // namespace moondial
