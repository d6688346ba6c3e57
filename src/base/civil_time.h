#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/date.h"
#include "base/status.h"

namespace moondial {

/// A week of ISO 8601, Monday to Sunday, all of whose days lie in the years 0001 to 9999.
class Week {
 public:
  Week() = default;
  /// Reads `2015-W38`. The year is the one that ISO counts the week to: 2015-W01 begins on
  /// 2014-12-29, and 2016-01-01 lies in 2015-W53.
  [[nodiscard]] static Result<Week> parse(std::string_view text);
  /// Refuses what is no week (2016-W53).
  [[nodiscard]] static Result<Week> from_iso(int year, int week);
  /// The week that the day lies in; an error for the last days of the year 9999.
  [[nodiscard]] static Result<Week> containing(Date day);

  [[nodiscard]] int year() const;    ///< the ISO year
  [[nodiscard]] int week() const;    ///< 1 to 53
  [[nodiscard]] Date first() const;  ///< its Monday
  [[nodiscard]] Date last() const;   ///< its Sunday
  [[nodiscard]] Result<Week> add_weeks(int64_t weeks) const;
  /// Mondays since that of the week of 1970-01-01.
  [[nodiscard]] int64_t weeks_since_epoch() const { return weeks_; }
  [[nodiscard]] std::string to_string() const;  ///< 2015-W38
  /// Of its Monday; `%G-W%V` is its own text.
  [[nodiscard]] Result<std::string> format(std::string_view strftime_format) const;
  auto operator<=>(const Week&) const = default;

 private:
  int32_t weeks_ = 0;
};

/// An hour of a day, without a zone: 24 of them each day.
class Hour {
 public:
  Hour() = default;
  /// Reads `2015-09-18T13`.
  [[nodiscard]] static Result<Hour> parse(std::string_view text);
  [[nodiscard]] static Result<Hour> of(Date day, int hour);

  [[nodiscard]] Date date() const;
  [[nodiscard]] int hour() const;  ///< 0 to 23
  [[nodiscard]] Result<Hour> add_hours(int64_t hours) const;
  /// Since 1970-01-01T00.
  [[nodiscard]] int64_t hours_since_epoch() const { return hours_; }
  [[nodiscard]] std::string to_string() const;  ///< 2015-09-18T13
  /// Of its first second.
  [[nodiscard]] Result<std::string> format(std::string_view strftime_format) const;
  auto operator<=>(const Hour&) const = default;

 private:
  int32_t hours_ = 0;
};

/// A second of a day, without a zone; of a day of 86400 seconds, as a clock on the wall shows it.
class CivilTime {
 public:
  CivilTime() = default;
  /// Reads `2015-09-18T13:45:00`, or without the seconds where they are 0.
  [[nodiscard]] static Result<CivilTime> parse(std::string_view text);
  /// `second_of_day` is 0 to 86399.
  [[nodiscard]] static Result<CivilTime> of(Date day, int second_of_day);

  [[nodiscard]] Date date() const;
  [[nodiscard]] Hour hour() const;  ///< that it lies in
  [[nodiscard]] int second_of_day() const;
  [[nodiscard]] Result<CivilTime> add_seconds(int64_t seconds) const;
  /// Since 1970-01-01T00:00:00.
  [[nodiscard]] int64_t seconds_since_epoch() const { return seconds_; }
  [[nodiscard]] std::string to_string() const;  ///< 2015-09-18T13:45:00
  [[nodiscard]] Result<std::string> format(std::string_view strftime_format) const;
  auto operator<=>(const CivilTime&) const = default;

 private:
  int64_t seconds_ = 0;
};

/// What a clock shows at `time` in the IANA zone `zone` ("" is UTC, "local" the system's zone),
/// whole seconds.
[[nodiscard]] Result<CivilTime> civil_time_in_zone(UtcTime time, std::string_view zone);

/// Reads RFC 3339 with its offset, down to the second: `2015-09-18T06:00:00+08:00`, `…00.123Z`.
[[nodiscard]] Result<UtcTime> parse_rfc3339(std::string_view text);

}  // namespace moondial
