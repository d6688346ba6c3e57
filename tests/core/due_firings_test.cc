// What of a schedule's past is to be fired.
#include "core/due_firings.h"

#include <chrono>

#include "tests/catch.h"

namespace moondial::due_firings_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr UtcTime kMidnight{std::chrono::sys_days{std::chrono::year(2015) / 9 / 18}};

Timetable times_of(const std::string& cron) {
  TimetableSpec spec;
  spec.cron = cron;
  spec.timezone = "UTC";
  auto made = Timetable::make(spec);
  REQUIRE(made.ok());
  return std::move(made).value();
}

/// Minutes after midnight.
std::vector<int64_t> in_minutes(const std::vector<UtcTime>& times) {
  std::vector<int64_t> out;
  for (const UtcTime time : times) {
    out.push_back(std::chrono::duration_cast<minutes>(time - kMidnight).count());
  }
  return out;
}

using Minutes = std::vector<int64_t>;

TEST_CASE("what is due is after the position and up to now, both ends as they should be") {
  const Timetable times = times_of("*/10 * * * *");
  const auto due = [&](minutes position, minutes now) {
    return in_minutes(due_firings(times, kMidnight + position, kMidnight + now,
                                  kMidnight - hours(1), CatchUp::kLast, 100)
                          .on_time);
  };
  CHECK(due(minutes(0), minutes(10)) == Minutes{10});
  CHECK(due(minutes(10), minutes(10)).empty());
  CHECK(due(minutes(9), minutes(31)) == Minutes{10, 20, 30});
  CHECK(due(minutes(40), minutes(20)).empty());  // the clock has been set back
}

TEST_CASE("of what is late the catch-up decides") {
  const Timetable times = times_of("*/10 * * * *");
  const auto due = [&](CatchUp catch_up, int64_t limit) {
    return due_firings(times, kMidnight, kMidnight + hours(1), kMidnight + minutes(55), catch_up,
                       limit);
  };
  SECTION("none: nothing that is late") {
    const DueFirings none = due(CatchUp::kNone, 100);
    CHECK(none.late.empty());
    CHECK(in_minutes(none.on_time) == Minutes{60});
    CHECK(none.dropped == 5);
    CHECK(none.last_dropped == kMidnight + minutes(50));
  }
  SECTION("last: the newest, which here is on time") {
    const DueFirings last = due(CatchUp::kLast, 100);
    CHECK(last.late.empty());
    CHECK(in_minutes(last.on_time) == Minutes{60});
    CHECK(last.dropped == 5);
    CHECK(last.last_dropped == kMidnight + minutes(50));
  }
  SECTION("last: the newest of the late ones") {
    const DueFirings last = due_firings(times, kMidnight, kMidnight + minutes(59),
                                        kMidnight + minutes(59), CatchUp::kLast, 100);
    CHECK(in_minutes(last.late) == Minutes{50});
    CHECK(last.on_time.empty());
    CHECK(last.dropped == 4);
    CHECK(last.last_dropped == kMidnight + minutes(40));
  }
  SECTION("all: oldest first, of too many the newest") {
    CHECK(in_minutes(due(CatchUp::kAll, 100).late) == Minutes{10, 20, 30, 40, 50});
    const DueFirings some = due(CatchUp::kAll, 2);
    CHECK(in_minutes(some.late) == Minutes{40, 50});
    CHECK(some.dropped == 3);
    CHECK(some.last_dropped == kMidnight + minutes(30));
    CHECK(in_minutes(some.on_time) == Minutes{60});
  }
}

TEST_CASE("years of seconds that were missed are looked at in a moment") {
  const Timetable times = times_of("* * * * * *");
  const UtcTime now = kMidnight + hours(24 * 3650);
  for (const int64_t limit : {int64_t{1}, int64_t{100}, int64_t{100'000}}) {
    const DueFirings due = due_firings(times, kMidnight, now, now, CatchUp::kAll, limit);
    INFO(limit);
    REQUIRE(!due.late.empty());
    CHECK(due.late.back() == now);
    CHECK(static_cast<int64_t>(due.late.size()) == limit);
    CHECK(due.dropped > 0);
    CHECK(due.late.back() - due.late.front() == seconds(due.late.size() - 1));
  }
}

TEST_CASE("the last of a rare schedule is found however long ago it was") {
  const Timetable times = times_of("0 0 29 2 *");
  const DueFirings due =
      due_firings(times, kMidnight - hours(24 * 20'000), kMidnight, kMidnight, CatchUp::kLast, 100);
  REQUIRE(due.late.size() == 1);
  CHECK(due.late[0] == UtcTime(std::chrono::sys_days{std::chrono::year(2012) / 2 / 29}));
}

}  // namespace
}  // namespace moondial::due_firings_test
