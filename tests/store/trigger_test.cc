// What is kept of triggers and of the deadlines of tasks.
#include "fixture.h"
#include "tests/catch.h"

namespace moondial::trigger_test {
namespace {

using namespace test;

using Files = std::map<std::string, std::string>;

TriggerFired fired(const std::string& name, int64_t when, const std::string& cause) {
  TriggerFired record;
  record.trigger = name;
  record.instant = at(when);
  record.cause = cause;
  return record;
}

}  // namespace

TEST_CASE("A trigger knows its files and its position, and forgets them when it goes") {
  StoreFixture fixture;
  TriggerFired file = fired("on.file in/*", 1, "in/b");
  file.stamp = "2";
  TriggerFired success = fired("on.done A", 2, "{}");
  success.position = 9;
  REQUIRE(fixture.write({TriggerKept{"on.file in/*", 0, {{"in/a", "1"}, {"in/b", "1"}}},
                         TriggerKept{"on.done A", 7, {}}, file, success}));
  fixture.reopen();
  auto rows = fixture.store().triggers().value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].trigger == "on.done A");
  CHECK(rows[0].position == 9);
  CHECK(rows[1].files == Files{{"in/a", "1"}, {"in/b", "2"}});
  REQUIRE(fixture.write(
      {ArrivalsGone{"on.file in/*", {"in/a", "in/unknown"}}, TriggerForgotten{"on.done A"}}));
  rows = fixture.store().triggers().value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].files == Files{{"in/b", "2"}});
  REQUIRE(fixture.write({TriggerForgotten{"on.file in/*"}}));
  CHECK(fixture.query("SELECT count(*) FROM arrivals") == "0");
}

TEST_CASE("A firing of a trigger keeps its cause, byte for byte, until it is settled") {
  StoreFixture fixture;
  const std::string body("{\"a\":\0\xff\n}", 9);
  REQUIRE(fixture.write({TriggerKept{"on.webhook w", 0, {}}, fired("on.webhook w", 5, body)}));
  const auto open = fixture.store().open_firings().value();
  REQUIRE(open.size() == 1);
  CHECK(open[0].schedule == "on.webhook w");
  CHECK(open[0].cause == body);
  REQUIRE(
      fixture.write({FiringSettled{"on.webhook w", at(5), FiringState::kFailed, RunId(), "why"}}));
  CHECK(fixture.store().open_firings().value().empty());
  CHECK(fixture.store().firings("on.webhook w", 1).value().at(0).note == "why");
  CHECK_FALSE(fixture.write({fired("on.webhook w", 5, "again")}));
}

TEST_CASE("Successes after a position come in their order, each task once") {
  StoreFixture fixture;
  const auto succeed = [&](uint64_t n, const std::string& id) {
    const RunId run(n);
    REQUIRE(fixture.write({run_started(run), planned(run, id), started(AttemptId(n), run, id),
                           ended(AttemptId(n)), ended(run, id),
                           RunFinished{run, RunState::kDone, at(5), {}}}));
  };
  succeed(1, "t.A(n=1)");
  const int64_t position = fixture.store().event_bounds()->newest;
  CHECK(position > 0);
  const std::string name = fixture.query("SELECT name FROM successes");
  CHECK(fixture.store().successes_after(name, position).value().empty());
  succeed(2, "t.A(n=2)");
  succeed(3, "t.A(n=1)");
  const auto rows = fixture.store().successes_after(name, position).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].id == "t.A(n=2)");
  CHECK(rows[1].id == "t.A(n=1)");
  CHECK(rows[1].position > rows[0].position);
  CHECK(fixture.store().successes_after("other", 0).value().empty());
}

TEST_CASE("What is in trouble is kept until it is over, and whether somebody was told") {
  StoreFixture fixture;
  TroubleRow task{"t.A(n=1)", "t.A", RunId(3), at(5), "no\nluck", false, false};
  REQUIRE(
      fixture.write({TroubleNoted{task}, TroubleTold{"t.A(n=1)"},
                     TroubleNoted{{"schedule s", "schedule s", RunId(), at(6), "x", true, true}}}));
  fixture.reopen();
  auto rows = fixture.store().troubles().value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].is_sla);
  CHECK_FALSE(rows[0].told);  // what is noted is not told yet
  CHECK_FALSE(rows[0].run);
  CHECK(rows[1].subject == "t.A(n=1)");
  CHECK(rows[1].text == "no\nluck");
  CHECK(rows[1].run == RunId(3));
  CHECK(rows[1].told);
  REQUIRE(fixture.write({TroubleNoted{task}, TroubleOver{"schedule s"}}));
  rows = fixture.store().troubles().value();
  REQUIRE(rows.size() == 1);
  CHECK_FALSE(rows[0].told);  // it has failed again
}

TEST_CASE("A task's deadline is open until it is settled, once") {
  StoreFixture fixture;
  TaskPlanned task = planned(RunId(1), "t.A");
  task.sla = at(60);
  REQUIRE(fixture.write({run_started(RunId(1)), task, planned(RunId(1), "t.B")}));
  const auto open = fixture.store().open_task_deadlines().value();
  REQUIRE(open.size() == 1);
  CHECK(open[0].id == "t.A");
  CHECK(open[0].run == RunId(1));
  CHECK(open[0].sla == at(60));
  REQUIRE(fixture.write(
      {TaskSlaSettled{RunId(1), "t.A", true}, TaskSlaSettled{RunId(1), "t.A", false}}));
  CHECK(fixture.store().open_task_deadlines().value().empty());
  CHECK(fixture.query("SELECT sla_state FROM task_list WHERE task = 't.A'") == "missed");
}

}  // namespace moondial::trigger_test
