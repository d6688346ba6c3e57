// Deadlines of tasks: kept by any success, missed once, told late rather than never.
#include "engine/task_deadlines.h"

#include "tests/catch.h"
#include "tests/engine/world.h"

namespace moondial::task_deadlines_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

using Names = std::vector<std::string>;

struct Fixture {
  fakes::Trace trace;
  fakes::FakeLoop loop;
  fakes::FakeStore store{loop, trace};
  Names missed;
  TaskDeadlines deadlines{loop, store, [this](const TaskDeadlineRow& row) {
                            missed.push_back(row.id + " of " + std::to_string(row.run.value));
                          }};

  TaskDeadlineRow row(uint64_t run, const std::string& id, Duration in) {
    return {RunId(run), id, id, {}, loop.utc() + in};
  }
  void pass(Duration time) {
    loop.advance(time);
    loop.settle();
  }
};

}  // namespace

TEST_CASE("a deadline that passes is told once, the others later or not at all") {
  Fixture f;
  f.deadlines.keep(f.row(1, "late", minutes(5)));
  f.deadlines.keep(f.row(1, "kept", minutes(5)));
  f.deadlines.keep(f.row(2, "kept", minutes(9)));
  f.deadlines.keep(f.row(1, "later", hours(1)));
  f.deadlines.keep(f.row(1, "later", minutes(1)));  // of the same run and task: the first counts
  f.deadlines.done("kept");
  CHECK(f.missed.empty());
  f.pass(minutes(5));
  CHECK(f.missed == Names{"late of 1"});
  f.pass(minutes(54));
  CHECK(f.missed.size() == 1);
  f.pass(minutes(1));
  CHECK(f.missed == Names{"late of 1", "later of 1"});
  const auto settled = f.store.all<TaskSlaSettled>();
  REQUIRE(settled.size() == 4);
  CHECK(settled[0].id == "kept");
  CHECK_FALSE(settled[0].missed);
  CHECK(settled[1].run == RunId(2));
  CHECK(settled[2].id == "late");
  CHECK(settled[2].missed);
}

TEST_CASE("a deadline that passed while no engine was there is told by the next") {
  Fixture f;
  f.store.task_deadlines = {f.row(3, "night", -hours(2)), f.row(4, "soon", minutes(1))};
  REQUIRE(f.deadlines.restore().ok());
  f.pass(Duration(0));
  CHECK(f.missed == Names{"night of 3"});
  f.deadlines.stop();
  f.pass(hours(1));
  CHECK(f.missed.size() == 1);
}

TEST_CASE("the deadline of a task in a run is counted from what the run is for") {
  World world;
  world.command("A").sla = Sla{std::nullopt, hours(2)};
  world.command("B", {"A"});
  (void)world.run("B");
  const auto planned = world.store.all<TaskPlanned>();
  REQUIRE(planned.size() == 2);
  CHECK(planned[0].sla == world.loop.utc() + hours(2));
  CHECK_FALSE(planned[1].sla);
}

}  // namespace moondial::task_deadlines_test
