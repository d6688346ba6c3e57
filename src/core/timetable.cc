// How firings are found. A zone's time is a row of spans in which its clock runs evenly. In each of
// them a time on the clock is one instant, so the search is the calendar's, from the span's begin
// to its end. Between two spans lies a jump of the clock: forward, it leaves out times that may
// have to be made up for at its instant; backward, the next span begins with times that were there
// already.
#include "core/timetable.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/text.h"
#include "core/cron_words.h"

namespace moondial {
namespace {

using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// A larger change is none of daylight saving, as cron(8) has it: a zone has changed its mind.
constexpr seconds kLargestJump = std::chrono::hours(3);
constexpr seconds kDay = std::chrono::hours(24);
constexpr seconds kLongestPeriod = 3660 * kDay;
// In any zone these lie in the years 0001 to 9999.
constexpr sys_seconds kFirst = std::chrono::sys_days{std::chrono::year(1) / 1 / 2};
constexpr sys_seconds kLast = std::chrono::sys_days{std::chrono::year(9999) / 12 / 31};

bool is_forward(seconds jump) { return jump > seconds(0) && jump < kLargestJump; }
bool is_backward(seconds jump) { return jump < seconds(0) && -jump < kLargestJump; }

local_seconds shown_at(sys_seconds time, seconds offset) {
  return local_seconds((time + offset).time_since_epoch());
}

/// The first multiple of `period` since midnight, or of some days since 1970-01-01, from `from` on.
local_seconds next_multiple(local_seconds from, seconds period) {
  if (period > kDay) {
    const seconds past = from.time_since_epoch() % period;
    if (past == seconds(0)) return from;
    return from - past + (past < seconds(0) ? seconds(0) : period);
  }
  const local_days midnight = std::chrono::floor<std::chrono::days>(from);
  const seconds since = from - midnight;
  const seconds found = (since + period - seconds(1)) / period * period;
  return midnight + std::min(found, kDay);
}

Status check_every(Duration every) {
  const std::string text = every < Duration(0) ? "a negative time" : canonical_duration(every);
  const auto refuse = [&text](const std::string& why) {
    return Status(Code::kInvalid, "every " + text + ": " + why);
  };
  if (every < std::chrono::seconds(1)) return refuse("the shortest period is 1s");
  if (every % std::chrono::seconds(1) != Duration(0)) return refuse("a period is whole seconds");
  if (every > kLongestPeriod)
    return refuse("the longest period is " + canonical_duration(kLongestPeriod));
  if (every > kDay && every % kDay != Duration(0)) {
    return refuse("a period of more than a day is whole days");
  }
  return {};
}

struct Moment {
  CivilTime time;
  bool is_date = false;
};

Result<Moment> read_moment(const std::string& name, const std::string& text) {
  if (const auto day = Date::parse(text); day.ok()) return Moment{*CivilTime::of(*day, 0), true};
  if (const auto time = CivilTime::parse(text); time.ok()) return Moment{*time, false};
  return Error{Code::kInvalid,
               name + " \"" + printable(text) +
                   "\": expected a date or a time, like 2015-09-18 or 2015-09-18T06:00",
               {}};
}

local_seconds local_of(CivilTime time) {
  return local_seconds(seconds(time.seconds_since_epoch()));
}

}  // namespace

bool Timetable::follows_clock() const {
  return every_ == seconds(0) && (cron_.hour_star || cron_.minute_star);
}

/// Whether it fires again in a stretch of that length that the clock shows a second time.
bool Timetable::repeats(seconds stretch) const {
  return every_ == seconds(0) ? follows_clock() : every_ <= stretch;
}

std::optional<local_seconds> Timetable::next_local(local_seconds from) const {
  if (every_ == seconds(0)) return cron_.next(from);
  return next_multiple(from, every_);
}

std::optional<sys_seconds> Timetable::first_from(sys_seconds from) const {
  Zone::Span span = zone_.span_at(from);
  seconds before = span.offset;
  if (from - span.begin < kLargestJump) before = zone_.span_at(span.begin - seconds(1)).offset;
  // What was found stays the first one as long as it lies ahead: a day in years is looked for once.
  std::optional<local_seconds> found;
  local_seconds asked{};
  const auto first = [&](local_seconds local) {
    if (!found || local < asked || *found < local) found = next_local(asked = local);
    return found;
  };
  for (;;) {
    const seconds jump = span.offset - before;
    local_seconds local = shown_at(from, span.offset);
    if (is_forward(jump) && from == span.begin && !follows_clock()) {
      const auto left_out = first(shown_at(from, before));
      if (left_out && *left_out < local) return from;
    }
    if (is_backward(jump) && !repeats(-jump)) {
      local = std::max(local, shown_at(span.begin, before));
    }
    if (!first(local)) return std::nullopt;
    const sys_seconds instant(found->time_since_epoch() - span.offset);
    if (instant < span.end) return instant;
    if (span.end > kLast) return std::nullopt;
    from = span.end;
    before = span.offset;
    span = zone_.span_at(from);
  }
}

std::optional<UtcTime> Timetable::next(UtcTime after) const {
  if (from_) after = std::max(after, from_->instant - Duration(1));
  if (after >= kLast) return std::nullopt;
  const sys_seconds start =
      std::chrono::floor<seconds>(std::max<UtcTime>(after, kFirst)) + seconds(1);
  const auto found = first_from(start);
  if (!found || *found > kLast || (to_ && *found > to_->instant)) return std::nullopt;
  return *found;
}

Result<Timetable> Timetable::make(const TimetableSpec& spec) {
  Timetable out;
  std::vector<std::string> errors;
  const auto note = [&errors](const auto& result) {
    if (!result.ok()) errors.push_back(result.error().message);
    return result.ok();
  };
  if (spec.every.has_value() != spec.cron.empty()) {
    errors.emplace_back(spec.every ? "either a cron expression or `every` is expected, not both"
                                   : "a cron expression or `every` is expected");
  }
  if (!spec.cron.empty()) {
    if (auto cron = CronExpression::parse(spec.cron); note(cron)) out.cron_ = *cron;
  }
  if (spec.every && note(check_every(*spec.every))) {
    out.every_ = std::chrono::duration_cast<seconds>(*spec.every);
  }
  out.is_local_ = spec.timezone == "local";
  if (const auto zone = Zone::find(spec.timezone); note(zone)) out.zone_ = *zone;
  if (spec.from) {
    if (const auto read = read_moment("from", *spec.from); note(read)) {
      out.from_ = Bound{read->time, read->is_date, out.zone_.first_instant(local_of(read->time))};
    }
  }
  if (spec.to) {
    if (const auto read = read_moment("to", *spec.to); note(read)) {
      const local_seconds local = local_of(read->time);
      const UtcTime last = read->is_date
                               ? UtcTime(out.zone_.last_instant(local + kDay)) - Duration(1)
                               : UtcTime(out.zone_.last_instant(local));
      out.to_ = Bound{read->time, read->is_date, last};
    }
  }
  if (out.from_ && out.to_ && out.from_->instant > out.to_->instant) {
    errors.push_back("from " + *spec.from + " is after to " + *spec.to);
  }
  if (errors.empty()) return out;
  std::string message;
  for (const std::string& error : errors) message += (message.empty() ? "" : "; ") + error;
  return Error{Code::kInvalid, message, {}};
}

/// "from 2026-01-01": a date as a date, a time as a time.
std::string Timetable::Bound::text() const {
  return is_date ? time.date().to_string() : time.to_string();
}

std::string Timetable::meaning() const {
  std::string out = every_ == seconds(0) ? cron_in_words(cron_) : period_in_words(every_);
  out += is_local_ ? ", local time" : ", " + zone_.name();
  if (from_) out += ", from " + from_->text();
  if (to_) out += (from_ ? " to " : ", until ") + to_->text();
  return out;
}

}  // namespace moondial
