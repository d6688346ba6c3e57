#include "base/date_interval.h"

#include "base/civil_text.h"
#include "base/civil_time.h"

namespace moondial {
namespace {

constexpr std::string_view kExpected =
    "an interval of dates (expected 2015-09-01..2015-09-18, 2015-09 or 2015-W38)";

/// A year, month, week or day; the errors of those that have its form.
Result<DateInterval> parse_single(std::string_view text, std::string_view whole) {
  if (text.size() == 4) {
    const int year = digits_of(text, 4);
    if (year < 0) return malformed(whole, kExpected);
    const auto first = Date::from_civil(year, 1, 1), last = Date::from_civil(year, 12, 31);
    if (!first.ok()) return first.error();
    return DateInterval::between(*first, *last);
  }
  if (text.size() == 7) {
    const auto month = Month::parse(text);
    if (!month.ok()) return month.error();
    return DateInterval::between(month->first(), month->last());
  }
  if (text.size() == 8) {
    const auto week = Week::parse(text);
    if (!week.ok()) return week.error();
    return DateInterval::between(week->first(), week->last());
  }
  if (text.size() != 10) return malformed(whole, kExpected);
  const auto day = Date::parse(text);
  if (!day.ok()) return day.error();
  return DateInterval::between(*day, *day);
}

}  // namespace

Result<DateInterval> DateInterval::parse(std::string_view text) {
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) return parse_single(text, text);
  auto first = parse_single(text.substr(0, dots), text);
  if (!first.ok()) return first;
  auto last = parse_single(text.substr(dots + 2), text);
  if (!last.ok()) return last;
  return between(first->first(), last->last());
}

Result<DateInterval> DateInterval::between(Date first, Date last) {
  if (last < first) {
    return Error{
        Code::kInvalid,
        "the interval " + first.to_string() + ".." + last.to_string() + " ends before it begins",
        {}};
  }
  DateInterval out;
  out.first_ = first;
  out.last_ = last;
  return out;
}

int64_t DateInterval::days() const {
  return last_.days_since_epoch() - first_.days_since_epoch() + 1;
}

std::string DateInterval::to_string() const {
  if (first_ == last_) return first_.to_string();
  if (const auto week = Week::containing(first_);
      week.ok() && week->first() == first_ && week->last() == last_) {
    return week->to_string();
  }
  if (first_.day() == 1) {
    const Month month = *Month::from_civil(first_.year(), first_.month());
    if (month.last() == last_) return month.to_string();
    const bool is_year = first_.month() == 1 && last_.year() == first_.year() &&
                         last_.month() == 12 && last_.day() == 31;
    if (is_year) return four_digits(first_.year());
  }
  return first_.to_string() + ".." + last_.to_string();
}

Result<std::string> DateInterval::format(std::string_view strftime_format) const {
  auto first = first_.format(strftime_format);
  if (!first.ok() || first_ == last_) return first;
  auto last = last_.format(strftime_format);
  if (!last.ok()) return last;
  return *first + ".." + *last;
}

}  // namespace moondial
