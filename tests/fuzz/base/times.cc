// Dates, times and durations. Input: a line of text to be read, a line with a number to be added,
// and a format.
#include <charconv>

#include "base/civil_time.h"
#include "base/date.h"
#include "base/date_interval.h"
#include "base/duration.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT

/// What is read has one text, which reads as the same, and can be shown in a format.
template <typename T>
const T* check(const Result<T>& read, std::string_view format) {
  if (!read.ok()) {
    expect(is_utf8(read.error().message), "an error is text");
    return nullptr;
  }
  const std::string text = read->to_string();
  const auto again = T::parse(text);
  expect(again.ok() && *again == *read, "a time that is written out reads as the same");
  expect_same(again->to_string(), text, "its text stays as it is");
  (void)read->format(format);
  return &*read;
}

/// What is added can be taken away again.
template <typename T, typename Add>
void check_sum(const T* value, int64_t number, Add add) {
  if (value == nullptr) return;
  const auto sum = add(*value, number);
  if (!sum.ok()) return;
  const auto back = add(*sum, -number);
  expect(back.ok() && *back == *value, "a sum less what was added is what it was");
  expect((number > 0) == (*sum > *value) && (number < 0) == (*sum < *value),
         "what is later is greater");
}

void check_duration(std::string_view text, std::string_view format) {
  const auto read = parse_duration(text);
  if (!read.ok()) return;
  const std::string canonical = canonical_duration(*read);
  const auto again = parse_duration(canonical);
  expect(again.ok() && *again == *read, "a duration that is written out reads as the same");
  expect_same(canonical_duration(*again), canonical, "its text stays as it is");
  expect(!format_duration(*read).empty(), "a duration can be shown");
  (void)format_duration_as(*read, format);
}

void check_instant(int64_t number) {
  const UtcTime time{Duration(number)};
  for (const char* zone : {"", "Asia/Shanghai", "America/New_York"}) {
    (void)format_rfc3339(time, zone);
    const auto civil = civil_time_in_zone(time, zone);
    const auto day = date_in_zone(time, zone);
    expect(civil.ok() == day.ok(), "a moment has a day if it has a time");
    if (civil.ok()) expect(civil->date() == *day, "the day of a moment's time is its day");
  }
}

}  // namespace

FUZZ_TARGET(times) {
  std::string_view format = input;
  const std::string_view text = take_line(format);
  const std::string_view digits = take_line(format);
  int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);

  const auto date = Date::parse(text);
  const auto month = Month::parse(text);
  const auto week = Week::parse(text);
  const auto hour = Hour::parse(text);
  const auto time = CivilTime::parse(text);
  // The least number of 64 bits has no opposite.
  const int64_t added = number == INT64_MIN ? 0 : number;
  check_sum(check(date, format), added, [](const Date& d, int64_t n) { return d.add_days(n); });
  check_sum(check(month, format), added, [](const Month& m, int64_t n) { return m.add_months(n); });
  check_sum(check(week, format), added, [](const Week& w, int64_t n) { return w.add_weeks(n); });
  check_sum(check(hour, format), added, [](const Hour& h, int64_t n) { return h.add_hours(n); });
  check_sum(check(time, format), added,
            [](const CivilTime& t, int64_t n) { return t.add_seconds(n); });
  if (date.ok()) (void)date->add_months(number);
  if (date.ok()) (void)Week::containing(*date);
  const auto days = DateInterval::parse(text);
  if (check(days, format) != nullptr) {
    expect(days->first() <= days->last() && days->days() >= 1, "an interval holds a day");
  }
  check_duration(text, format);
  check_instant(number);
}
