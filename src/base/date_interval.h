#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/date.h"
#include "base/status.h"

namespace moondial {

/// Days one after another, at least one.
class DateInterval {
 public:
  DateInterval() = default;
  /// Reads `2015-09-01..2015-09-18` (both ends), or a day, week, month or year: `2015-09-18`,
  /// `2015-W38`, `2015-09`, `2015`. Each end may be any of these: `2015-01..2015-03`.
  [[nodiscard]] static Result<DateInterval> parse(std::string_view text);
  /// Refuses a last day before the first.
  [[nodiscard]] static Result<DateInterval> between(Date first, Date last);

  [[nodiscard]] Date first() const { return first_; }
  [[nodiscard]] Date last() const { return last_; }
  [[nodiscard]] int64_t days() const;  ///< how many
  /// The same text however it was written: the year, month, week or day that it is, else its ends.
  [[nodiscard]] std::string to_string() const;
  /// Its two ends, joined by `..`; the day, if it is one.
  [[nodiscard]] Result<std::string> format(std::string_view strftime_format) const;
  auto operator<=>(const DateInterval&) const = default;

 private:
  Date first_;
  Date last_;
};

}  // namespace moondial
