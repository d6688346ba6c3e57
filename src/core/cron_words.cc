// A cron expression as somebody would say it. Times first, days after; each half has forms for what
// is usual and lists what it must for the rest.
#include "core/cron_words.h"

#include <algorithm>
#include <vector>

namespace moondial {
namespace {

using Values = std::vector<int>;
using Texts = std::vector<std::string>;

// Longer lists of times are said by hours and minutes.
constexpr size_t kMostTimes = 6;

Values values_of(uint64_t set) {
  Values out;
  for (int i = 0; i < 64; ++i) {
    if ((set >> i & 1) != 0) out.push_back(i);
  }
  return out;
}

/// "a, b and c"
std::string join(const Texts& texts) {
  std::string out;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += i + 1 == texts.size() ? " and " : ", ";
    out += texts[i];
  }
  return out;
}

std::string join(const Values& values) {
  Texts out;
  for (const int value : values) out.push_back(std::to_string(value));
  return join(out);
}

std::string two(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

std::string ordinal(int n) {
  const bool teen = n % 100 >= 11 && n % 100 <= 13;
  const char* ending = teen          ? "th"
                       : n % 10 == 1 ? "st"
                       : n % 10 == 2 ? "nd"
                       : n % 10 == 3 ? "rd"
                                     : "th";
  return std::to_string(n) + ending;
}

/// The difference from each value to the next, if it is always the same; else 0.
int even_step(const Values& values) {
  if (values.size() < 2) return 0;
  const int step = values[1] - values[0];
  for (size_t i = 2; i < values.size(); ++i) {
    if (values[i] - values[i - 1] != step) return 0;
  }
  return step;
}

/// The step of values that go on evenly past the end of a round of `size`; else 0.
int round_step(const Values& values, int size) {
  const int step = even_step(values);
  return step > 0 && values.front() + size - values.back() == step ? step : 0;
}

bool is_run(const Values& values) { return even_step(values) == 1; }

std::string every(int n, const std::string& unit) {
  return n == 1 ? "every " + unit : "every " + std::to_string(n) + " " + unit + "s";
}

/// What is said of the times of a day.
struct Times {
  std::string text;
  bool all_day = false;  ///< goes without "every day"
};

/// Hours, minutes and seconds of an expression, and what is said of them.
class TimeWords {
 public:
  explicit TimeWords(const CronExpression& cron)
      : hours_(values_of(cron.hours)),
        minutes_(values_of(cron.minutes)),
        seconds_(values_of(cron.seconds)) {}

  [[nodiscard]] Times words() const {
    if (seconds_.size() == 1) return with_second();
    const int step = round_step(seconds_, 60);
    const std::string often = step > 0 ? every(step, "second") : "at seconds " + join(seconds_);
    const bool from_start = step == 0 || seconds_.front() == 0;
    const std::string start = from_start ? "" : " from second " + std::to_string(seconds_.front());
    if (minutes_.size() == 60 && hours_.size() == 24) {
      return {often + start + (step > 0 ? "" : " of every minute"), true};
    }
    const Times rest = minutes();
    return {often + start + " of a minute, " + rest.text, rest.all_day};
  }

 private:
  [[nodiscard]] Times with_second() const {
    const bool says_times = seconds_.front() == 0 || are_few();
    Times out = minutes();
    if (!says_times) out.text += ", at second " + std::to_string(seconds_.front());
    return out;
  }

  [[nodiscard]] bool are_few() const {
    return hours_.size() * minutes_.size() <= kMostTimes && hours_.size() < 24 &&
           !(minutes_.size() == 1 && hours_.size() > 3 && (is_run(hours_) || hour_step() > 0)) &&
           !(minutes_.size() > 2 && minute_step() > 0);
  }

  [[nodiscard]] int hour_step() const { return round_step(hours_, 24); }
  [[nodiscard]] int minute_step() const { return round_step(minutes_, 60); }

  [[nodiscard]] std::string clock(int hour, int minute) const {
    const int second = seconds_.size() == 1 ? seconds_.front() : 0;
    return two(hour) + ":" + two(minute) + (second == 0 || !are_few() ? "" : ":" + two(second));
  }

  [[nodiscard]] Times minutes() const {
    if (are_few()) {
      Texts times;
      for (const int hour : hours_) {
        for (const int minute : minutes_) times.push_back(clock(hour, minute));
      }
      return {"at " + join(times), false};
    }
    return minutes_.size() == 1 ? once_an_hour() : more_than_once_an_hour();
  }

  [[nodiscard]] Times once_an_hour() const {
    const int minute = minutes_.front();
    if (hours_.size() == 24) {
      return {minute == 0 ? "every hour" : "at minute " + std::to_string(minute) + " of every hour",
              true};
    }
    const std::string first = clock(hours_.front(), minute);
    if (is_run(hours_)) {
      return {"every hour from " + first + " to " + clock(hours_.back(), minute), false};
    }
    if (const int step = hour_step(); step > 0) {
      return {every(step, "hour") + (first == "00:00" ? "" : " from " + first), true};
    }
    return {"at minute " + std::to_string(minute) + " of the hours " + join(hours_), false};
  }

  [[nodiscard]] Times more_than_once_an_hour() const {
    const int step = minute_step();
    if (step == 0) {
      const std::string at = "at minutes " + join(minutes_);
      if (hours_.size() == 24) return {at + " of every hour", true};
      return {at + " of the " + (hours_.size() == 1 ? "hour " : "hours ") + hour_list(), false};
    }
    const std::string often = every(step, "minute");
    const int first = minutes_.front();
    if (hours_.size() == 24) {
      return {often + (first == 0 ? "" : " from minute " + std::to_string(first) + " of the hour"),
              true};
    }
    if (hours_.size() == 1 || is_run(hours_)) {
      return {often + " from " + clock(hours_.front(), first) + " to " +
                  clock(hours_.back(), minutes_.back()),
              false};
    }
    return {often + (first == 0 ? "" : " from minute " + std::to_string(first)) + " of the hours " +
                hour_list(),
            false};
  }

  [[nodiscard]] std::string hour_list() const {
    if (hours_.size() > 2 && is_run(hours_)) {
      return std::to_string(hours_.front()) + " to " + std::to_string(hours_.back());
    }
    return join(hours_);
  }

  const Values hours_, minutes_, seconds_;
};

constexpr const char* kMonths[] = {"",        "January",  "February", "March",  "April",
                                   "May",     "June",     "July",     "August", "September",
                                   "October", "November", "December"};
constexpr const char* kWeekDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                     "Thursday", "Friday", "Saturday"};
constexpr const char* kNth[] = {"first", "second", "third", "fourth", "fifth"};

constexpr uint32_t kAllDays = 0xfffffffe;
constexpr uint8_t kAllWeek = 0x7f;
constexpr uint8_t kMondayToFriday = 0x3e;
constexpr uint8_t kWeekend = 0x41;
constexpr uint16_t kAllMonths = 0x1ffe;

/// The values of a set as a round of `size` shows them best: nov-feb begins with November.
Values in_round(uint64_t set, int first, int size) {
  Values values = values_of(set);
  const int last = first + size - 1;
  if (values.size() < 2 || values.front() != first || values.back() != last) return values;
  size_t gap = values.size();
  size_t gaps = 0;
  for (size_t i = 1; i < values.size(); ++i) {
    if (values[i] - values[i - 1] > 1) {
      gap = i;
      ++gaps;
    }
  }
  if (gaps == 1) std::rotate(values.begin(), values.begin() + static_cast<long>(gap), values.end());
  return values;
}

/// Whether they follow one another in a round of `size`.
bool is_run_in_round(const Values& values, int size) {
  for (size_t i = 1; i < values.size(); ++i) {
    if ((values[i] - values[i - 1] + size) % size != 1) return false;
  }
  return values.size() > 2;
}

Texts names_of(const Values& values, const char* const* names, const char* ending) {
  Texts out;
  for (const int value : values) out.push_back(std::string(names[value]) + ending);
  return out;
}

/// "" if it is all months, else "January and July" or "from March to May".
std::string months_of(const CronExpression& cron) {
  if (cron.months == kAllMonths) return "";
  const Values months = in_round(cron.months, 1, 12);
  if (is_run_in_round(months, 12)) {
    return std::string("from ") + kMonths[months.front()] + " to " + kMonths[months.back()];
  }
  return join(names_of(months, kMonths, ""));
}

/// "of the month", "of January", "of each month from March to May".
std::string of_months(const std::string& months) {
  if (months.empty()) return " of the month";
  return months.starts_with("from ") ? " of each month " + months : " of " + months;
}

std::string before_last(int days) {
  if (days == 0) return "the last day";
  return days == 1 ? "the day before the last one"
                   : "the " + ordinal(days) + " day before the last one";
}

/// "the 1st, 15th and the last day": of the days of a month what is restricted.
std::string month_days(const CronExpression::MonthDays& field) {
  Texts out;
  const Values days = values_of(field.days);
  const int step = even_step(days);
  if (step > 1 && days.size() > 4 && days.back() + step > 31) {
    out.push_back("every " + ordinal(step) + " day from the " + ordinal(days.front()));
  } else {
    for (size_t i = 0; i < days.size(); ++i) {
      size_t last = i;
      while (last + 1 < days.size() && days[last + 1] == days[last] + 1) ++last;
      if (last < i + 2) last = i;
      std::string text = (out.empty() ? "the " : "") + ordinal(days[i]);
      if (last > i) text += " to " + ordinal(days[last]);
      out.push_back(text);
      i = last;
    }
  }
  for (const int day : values_of(field.nearest)) {
    out.push_back("the weekday nearest to the " + ordinal(day));
  }
  for (const int n : values_of(field.from_end)) out.push_back(before_last(n));
  for (const int n : values_of(field.nearest_from_end)) {
    out.push_back(n == 0 ? "the last weekday" : "the weekday nearest to " + before_last(n));
  }
  return join(out);
}

/// "on weekdays", "on Mondays and Fridays", "from Friday to Monday": of the days that come each
/// week;
/// "" if there are none.
std::string each_week(uint8_t set) {
  if (set == kMondayToFriday) return "on weekdays";
  if (set == kWeekend) return "on weekends";
  // From Monday on, Sunday last.
  Values days = in_round(static_cast<uint64_t>(set >> 1 | (set & 1) << 6), 0, 7);
  for (int& day : days) day = (day + 1) % 7;
  if (is_run_in_round(days, 7)) {
    return std::string("from ") + kWeekDays[days.front()] + " to " + kWeekDays[days.back()];
  }
  return days.empty() ? "" : "on " + join(names_of(days, kWeekDays, "s"));
}

/// "the second Tuesday", "the last Friday": of the days that come once a month.
Texts once_a_month(const CronExpression::WeekDays& field) {
  Texts out;
  for (size_t n = 0; n < field.nth.size(); ++n) {
    for (const int day : values_of(field.nth[n])) {
      out.push_back(std::string("the ") + kNth[n] + " " + kWeekDays[day]);
    }
  }
  for (const int day : values_of(field.last)) {
    out.push_back(std::string("the last ") + kWeekDays[day]);
  }
  return out;
}

std::string in_months(const std::string& months) {
  if (months.empty()) return "";
  return months.starts_with("from ") ? " " + months : " in " + months;
}

std::string week_days(const CronExpression::WeekDays& field, const std::string& months) {
  const std::string weekly = each_week(field.days);
  const Texts monthly = once_a_month(field);
  if (monthly.empty()) {
    const bool two_spans = weekly.starts_with("from ") && months.starts_with("from ");
    return weekly + (two_spans ? "," : "") + in_months(months);
  }
  std::string rest = "on " + join(monthly) + of_months(weekly.empty() ? months : "");
  if (weekly.empty()) return rest;
  return weekly + " and " + rest + (months.empty() ? "" : "," + in_months(months));
}

std::string days_of(const CronExpression& cron) {
  const std::string months = months_of(cron);
  const CronExpression::MonthDays& by_month = cron.month_days;
  const CronExpression::WeekDays& by_week = cron.week_days;
  const bool any_day = by_month.days == kAllDays, any_week_day = by_week.days == kAllWeek;
  const bool both = by_month.star || by_week.star;  // must allow a day
  if (both ? any_day && any_week_day : any_day || any_week_day)
    return "every day" + in_months(months);
  if (both && any_day) return week_days(by_week, months);
  const Values days = values_of(by_month.days), month_list = values_of(cron.months);
  const bool is_one_day = days.size() == 1 && month_list.size() == 1 && by_month.nearest == 0 &&
                          by_month.from_end == 0 && by_month.nearest_from_end == 0;
  std::string on = is_one_day
                       ? "on " + std::to_string(days.front()) + " " + kMonths[month_list.front()]
                       : "on " + month_days(by_month) + of_months(months);
  if (both && any_week_day) return on;
  const std::string both_months = months.empty() ? "" : "," + in_months(months);
  if (both) {
    const bool weekly = by_week.days != 0;
    return week_days(by_week, "") + (weekly ? " that fall on " : " if it falls on ") +
           month_days(by_month) + " of the month" + both_months;
  }
  return "on " + month_days(by_month) + " of the month and " + week_days(by_week, "") + both_months;
}

}  // namespace

std::string cron_in_words(const CronExpression& cron) {
  const Times times = TimeWords(cron).words();
  const std::string days = days_of(cron);
  return times.all_day && days == "every day" ? times.text : times.text + " " + days;
}

std::string period_in_words(std::chrono::seconds period) {
  constexpr int64_t kMinute = 60, kHour = 3600, kDay = 86400;
  const int64_t size = period.count();
  if (size % kDay == 0) return every(static_cast<int>(size / kDay), "day") + " at 00:00";
  const std::string often = size % kHour == 0 ? every(static_cast<int>(size / kHour), "hour")
                            : size % kMinute == 0
                                ? every(static_cast<int>(size / kMinute), "minute")
                                : every(static_cast<int>(size), "second");
  return often + (kDay % size == 0 ? "" : " from midnight");
}

}  // namespace moondial
