// Cron expressions and periods, and when they fire. Input: a line with a zone, a second since 1970
// and nothing or `from` and `to`, separated by tabs, and the expression, or `every` and a duration.
#include <charconv>
#include <random>

#include "base/duration.h"
#include "core/timetable.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT
using std::chrono::sys_seconds;

constexpr int kFirings = 40;

bool has(uint64_t set, int64_t n) { return (set >> n & 1) != 0; }

/// Whether the fields allow what the clock shows, each asked by itself.
bool allows(const CronExpression& cron, CivilTime time) {
  const Date day = time.date();
  const int second = time.second_of_day();
  const auto month = std::chrono::year(day.year()) / day.month();
  return has(cron.seconds, second % 60) && has(cron.minutes, second / 60 % 60) &&
         has(cron.hours, second / 3600) && has(cron.months, day.month()) &&
         has(cron.days_in(month), day.day());
}

CivilTime shown(const Zone& zone, UtcTime time) {
  const auto local = zone.local_time(std::chrono::floor<std::chrono::seconds>(time));
  const auto day = std::chrono::floor<std::chrono::days>(local);
  return *CivilTime::of(Date(std::chrono::sys_days(day.time_since_epoch())),
                        static_cast<int>((local - day).count()));
}

/// A fixed time may fire right after a jump that left it out.
bool follows_jump(const Zone& zone, UtcTime time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const Zone::Span span = zone.span_at(second);
  return span.begin == second &&
         zone.span_at(second - std::chrono::seconds(1)).offset < span.offset;
}

void check_firings(const Timetable& timetable, const CronExpression* cron, UtcTime from,
                   uint64_t seed) {
  std::minstd_rand random(static_cast<uint32_t>(seed));
  const bool fixed = cron != nullptr && !cron->hour_star && !cron->minute_star;
  UtcTime at = from;
  for (int i = 0; i < kFirings; ++i) {
    const auto next = timetable.next(at);
    if (!next) {
      expect(!timetable.next(UtcTime::max()), "after the last firing there is none");
      return;
    }
    expect(*next > at, "each firing is later than the time before it");
    expect(*next == std::chrono::floor<std::chrono::seconds>(*next), "it fires at whole seconds");
    if (cron != nullptr) {
      expect(allows(*cron, shown(timetable.zone(), *next)) ||
                 (fixed && follows_jump(timetable.zone(), *next)),
             "the clock shows what the fields allow");
    }
    const auto between = at + Duration(random() % static_cast<uint64_t>((*next - at).count()));
    expect(timetable.next(between) == next, "between two firings there is no other");
    at = *next;
  }
}

}  // namespace

FUZZ_TARGET(cron) {
  std::string_view text = input;
  const auto head = split(take_line(text), '\t');
  TimetableSpec spec;
  spec.timezone = head[0];
  // What a machine is set to differs.
  if (spec.timezone == "local") spec.timezone = "Europe/Berlin";
  int64_t second = 0;
  if (head.size() > 1) std::from_chars(head[1].data(), head[1].data() + head[1].size(), second);
  if (head.size() > 2 && !head[2].empty()) spec.from = head[2];
  if (head.size() > 3 && !head[3].empty()) spec.to = head[3];
  constexpr std::string_view kEvery = "every ";
  if (text.starts_with(kEvery)) {
    const auto every = parse_duration(text.substr(kEvery.size()));
    if (!every.ok()) return;
    spec.every = *every;
  } else {
    spec.cron = text;
  }
  const auto timetable = Timetable::make(spec);
  if (!timetable.ok()) {
    expect(!timetable.error().message.empty(), "a refusal says why");
    return;
  }
  const std::string meaning = timetable->meaning();
  expect(meaning.starts_with("at ") || meaning.starts_with("every "), "its meaning is said");
  std::optional<CronExpression> cron;
  if (!spec.every) {
    const auto read = CronExpression::parse(spec.cron);
    expect(read.ok(), "what a timetable is made of is an expression");
    cron = *read;
  }
  constexpr int64_t kFarthest = 253402300799;  // the end of the year 9999
  const UtcTime from(std::chrono::seconds(second % kFarthest));
  check_firings(*timetable, cron ? &*cron : nullptr, from, seed_of(input));
}
