#include "base/date.h"

#include <date/date.h>
#include <date/iso_week.h>

#include "base/civil_text.h"
#include "base/strftime.h"

namespace moondial {
namespace {

constexpr int64_t kMonthsInYear = 12;

date::sys_days sys_days_of(int32_t days) { return date::sys_days(date::days(days)); }
date::year_month_day civil(int32_t days) { return date::year_month_day(sys_days_of(days)); }
iso_week::year_weeknum_weekday iso(int32_t days) {
  return iso_week::year_weeknum_weekday(sys_days_of(days));
}

std::string civil_text(int year, int month) { return four_digits(year) + "-" + two_digits(month); }

}  // namespace

// --- Date ---

Date::Date(std::chrono::sys_days day)
    : days_(static_cast<int32_t>(day.time_since_epoch().count())) {}

Result<Date> Date::parse(std::string_view text) {
  constexpr std::string_view kExpected = "a date (expected YYYY-MM-DD, like 2015-09-18)";
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return malformed(text, kExpected);
  const int year = digits_of(text.substr(0, 4), 4);
  const int month = digits_of(text.substr(5, 2), 2);
  const int day = digits_of(text.substr(8, 2), 2);
  if (year < 0 || month < 0 || day < 0) return malformed(text, kExpected);
  return from_civil(year, month, day);
}

Result<Date> Date::from_civil(int year, int month, int day) {
  const std::string text = civil_text(year, month) + "-" + two_digits(day);
  if (!is_year(year)) return out_of_range(text);
  // Narrower types follow: 255 stands for every number that is too large for them.
  const auto small = [](int n) { return static_cast<unsigned>(n < 0 || n > 255 ? 255 : n); };
  const date::year_month_day ymd(date::year(year), date::month(small(month)),
                                 date::day(small(day)));
  if (!ymd.ok()) return Error{Code::kInvalid, text + " is no day of the calendar", {}};
  return Date(std::chrono::sys_days(date::sys_days(ymd)));
}

int Date::year() const { return static_cast<int>(civil(days_).year()); }
int Date::month() const { return static_cast<int>(static_cast<unsigned>(civil(days_).month())); }
int Date::day() const { return static_cast<int>(static_cast<unsigned>(civil(days_).day())); }
int Date::weekday() const {
  return static_cast<int>(date::weekday(sys_days_of(days_)).iso_encoding());
}
int Date::iso_year() const { return static_cast<int>(iso(days_).year()); }
int Date::iso_week() const { return static_cast<int>(static_cast<unsigned>(iso(days_).weeknum())); }

Result<Date> Date::add_days(int64_t days) const {
  // Beyond this nothing of the calendar is reached, so that the sum cannot overflow.
  constexpr int64_t kTooMany = 366LL * 10'000;
  if (days < -kTooMany || days > kTooMany) return out_of_range("the day");
  const auto sum = static_cast<int32_t>(days_ + days);
  if (!is_year(static_cast<int>(civil(sum).year()))) return out_of_range("the day");
  return Date(std::chrono::sys_days(std::chrono::days(sum)));
}

Result<Date> Date::add_months(int64_t months) const {
  const Result<Month> month = Month::from_civil(this->year(), this->month());
  const Result<Month> target = month->add_months(months);
  if (!target.ok()) return out_of_range("the day");
  const int last = target->last().day();
  return from_civil(target->year(), target->month(), std::min(day(), last));
}

std::string Date::to_string() const {
  return civil_text(year(), month()) + "-" + two_digits(day());
}

Result<std::string> Date::format(std::string_view strftime_format) const {
  return format_civil(std::chrono::sys_days(std::chrono::days(days_)), strftime_format);
}

// --- Month ---

Result<Month> Month::parse(std::string_view text) {
  constexpr std::string_view kExpected = "a month (expected YYYY-MM, like 2015-09)";
  if (text.size() != 7 || text[4] != '-') return malformed(text, kExpected);
  const int year = digits_of(text.substr(0, 4), 4);
  const int month = digits_of(text.substr(5, 2), 2);
  if (year < 0 || month < 0) return malformed(text, kExpected);
  return from_civil(year, month);
}

Result<Month> Month::from_civil(int year, int month) {
  const std::string text = civil_text(year, month);
  if (!is_year(year)) return out_of_range(text);
  if (month < 1 || month > 12) {
    return Error{Code::kInvalid, text + " is no month of the calendar", {}};
  }
  Month out;
  out.months_ = (year - 1970) * 12 + month - 1;
  return out;
}

int Month::year() const { return (months_ + 1970 * 12) / 12; }  // never of a negative number
int Month::month() const { return (months_ + 1970 * 12) % 12 + 1; }

Date Month::first() const {
  const date::year_month_day ymd(date::year(year()), date::month(static_cast<unsigned>(month())),
                                 date::day(1));
  return Date(std::chrono::sys_days(date::sys_days(ymd)));
}

Date Month::last() const {
  const date::year_month_day_last last(
      date::year(year()), date::month_day_last(date::month(static_cast<unsigned>(month()))));
  return Date(std::chrono::sys_days(date::sys_days(last)));
}

Result<Month> Month::add_months(int64_t months) const {
  constexpr int64_t kTooMany = kMonthsInYear * 10'000;
  if (months < -kTooMany || months > kTooMany) return out_of_range("the month");
  const int64_t shifted = months_ + months + 1970 * kMonthsInYear;
  if (shifted < kFirstYear * kMonthsInYear || shifted >= (kLastYear + 1) * kMonthsInYear) {
    return out_of_range("the month");
  }
  Month out;
  out.months_ = static_cast<int32_t>(shifted - 1970 * kMonthsInYear);
  return out;
}

std::string Month::to_string() const { return civil_text(year(), month()); }

Result<std::string> Month::format(std::string_view strftime_format) const {
  return first().format(strftime_format);
}

}  // namespace moondial
