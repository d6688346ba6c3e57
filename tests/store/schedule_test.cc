// What is kept of schedules and their firings.
#include "fixture.h"
#include "tests/catch.h"

namespace moondial::schedule_test {
namespace {

using namespace test;

const RunId kRun(7);

UtcTime minute(int64_t n) { return at(n * 60'000'000); }

RunFinished run_finished() {
  RunFinished record;
  record.run = kRun;
  record.at = minute(4);
  return record;
}

TEST_CASE("A schedule's position only moves on, and a pause outlives other times") {
  StoreFixture fixture;
  REQUIRE(fixture.write({ScheduleKept{"s", "* * * * * in UTC", minute(10)},
                         SchedulePaused{"s", true}, SchedulePaused{"other", false}}));
  REQUIRE(fixture.write({ScheduleKept{"s", "@daily in UTC", minute(5)}}));
  fixture.reopen();
  const auto rows = fixture.store().schedules().value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].schedule == "other");
  CHECK(rows[0].times.empty());
  CHECK(rows[0].paused == false);
  CHECK(rows[1].times == "@daily in UTC");
  CHECK(rows[1].position == minute(10));
  CHECK(rows[1].paused == true);
}

TEST_CASE("A firing moves the position, is kept once, and is settled once with its run") {
  StoreFixture fixture;
  REQUIRE(fixture.write({ScheduleKept{"s", "x", minute(0)},
                         ScheduleFired{"s", minute(1), FiringState::kWaiting, "", minute(9), false},
                         ScheduleFired{"s", minute(2), FiringState::kDropped, "why", {}, false},
                         ScheduleFired{"s", minute(3), FiringState::kWaiting, "by", {}, true}}));
  CHECK(fixture.store().schedules().value().at(0).position == minute(2));
  auto open = fixture.store().open_firings().value();
  REQUIRE(open.size() == 2);
  CHECK(open[0].instant == minute(1));
  CHECK(open[0].sla == minute(9));
  CHECK_FALSE(open[0].sla_missed);
  CHECK(open[1].note == "by");

  REQUIRE(fixture.write({run_started(kRun),
                         FiringSettled{"s", minute(1), FiringState::kStarted, kRun, ""},
                         FiringSettled{"s", minute(3), FiringState::kDropped, RunId(), "late"}}));
  fixture.reopen();
  open = fixture.store().open_firings().value();
  REQUIRE(open.size() == 1);
  CHECK(open[0].run == kRun);
  CHECK(open[0].run_state == RunState::kRunning);

  REQUIRE(fixture.write({run_finished()}));
  CHECK(fixture.store().open_firings().value().size() == 1);  // its deadline is open
  REQUIRE(fixture.write({SlaSettled{"s", minute(1), true}}));
  CHECK(fixture.store().open_firings().value().empty());

  const auto all = fixture.store().firings("s", 2).value();
  REQUIRE(all.size() == 2);
  CHECK(all[0].instant == minute(3));
  CHECK(all[0].note == "late");
  CHECK(all[1].state == FiringState::kDropped);
  CHECK(fixture.store().firings("s", 9).value().back().sla_missed == true);
  CHECK(fixture.store().firings("x", 9).value().empty());
}

TEST_CASE("Firing twice for an instant, or settling twice, is an error and changes nothing") {
  StoreFixture fixture;
  REQUIRE(fixture.write({ScheduleKept{"s", "x", minute(0)},
                         ScheduleFired{"s", minute(1), FiringState::kWaiting, "", {}, false}}));
  SECTION("fired") {
    CHECK_FALSE(
        fixture.write({ScheduleFired{"s", minute(1), FiringState::kWaiting, "", {}, false}}));
  }
  SECTION("settled") {
    REQUIRE(fixture.write({FiringSettled{"s", minute(1), FiringState::kFailed, RunId(), "no"}}));
    CHECK_FALSE(fixture.write({FiringSettled{"s", minute(1), FiringState::kDropped, RunId(), ""}}));
  }
  SECTION("settled what never fired") {
    CHECK_FALSE(fixture.write({FiringSettled{"s", minute(7), FiringState::kFailed, RunId(), ""}}));
  }
}

TEST_CASE("What was dropped has no deadline any more, what failed has") {
  StoreFixture fixture;
  REQUIRE(fixture.write({ScheduleFired{"s", minute(1), FiringState::kWaiting, "", minute(9), false},
                         ScheduleFired{"s", minute(2), FiringState::kWaiting, "", minute(9), false},
                         FiringSettled{"s", minute(1), FiringState::kDropped, RunId(), ""},
                         FiringSettled{"s", minute(2), FiringState::kFailed, RunId(), ""}}));
  const auto open = fixture.store().open_firings().value();
  REQUIRE(open.size() == 1);
  CHECK(open[0].instant == minute(2));
}

}  // namespace
}  // namespace moondial::schedule_test
