// Attempts that are prepared before there is room for them.
#include <algorithm>

#include "tests/catch.h"
#include "tests/engine/world.h"

namespace moondial::ahead_test {
namespace {

/// Five tasks for two slots.
struct FiveTasks : World {
  FiveTasks() : World(2) {
    for (const char* name : {"A", "B", "C", "D", "E"}) command(name);
    command("All", {"A", "B", "C", "D", "E"});
  }
};

TEST_CASE("what starts next is prepared while there is no room, and starts without waiting") {
  FiveTasks world;
  (void)world.run("All");
  CHECK(world.trace ==
        fakes::Trace{"row A", "row B", "prepared C", "prepared D", "spawn A", "spawn B"});
  world.trace.clear();
  world.runner.exit("A");
  // No row was waited for between the end of A and the start of C; it is written behind.
  CHECK(world.trace.front() == "spawn C");
  CHECK(world.place("spawn C") < world.place("row C"));
  CHECK_FALSE(world.told("prepared C"));
  CHECK(world.told("prepared E"));
  const auto started = world.store.all<AttemptStarted>();
  CHECK(started[2].task == "C");
  CHECK(started[2].prepared);
  CHECK(started[2].attempt == world.store.all<AttemptPrepared>()[0].attempt);
}

TEST_CASE("a slow night prepares nothing ahead") {
  FiveTasks world;
  (void)world.run("All");
  for (const char* name : {"A", "B"}) {
    world.loop.advance(std::chrono::seconds(1));
    world.runner.exit(name);
  }
  world.loop.advance(std::chrono::seconds(1));
  world.trace.clear();
  world.runner.exit("C");
  CHECK_FALSE(world.told("prepared E"));
}

TEST_CASE("what was prepared and is not wanted any more leaves nothing") {
  FiveTasks world;
  const RunId run = world.run("All");
  REQUIRE(world.engine.cancel(run, false).ok());
  bool idle = false;
  world.engine.on_idle([&] { idle = true; });
  world.loop.settle();
  CHECK(world.told("discard C.out"));
  CHECK(world.told("discard D.out"));
  CHECK(world.store.all<AttemptDropped>().size() == 2);
  CHECK(world.store.all<AttemptStarted>().size() == 2);
  CHECK(idle);
}

TEST_CASE("staging that fails ahead is tried again when the attempt starts") {
  FiveTasks world;
  (void)world.run("All");
  world.targets.fail_stage = true;
  world.runner.exit("A");  // C was staged before, E is not
  CHECK(world.told("spawn C"));
  SECTION("what stood in the way is gone") {
    world.targets.fail_stage = false;
    world.runner.exit("B");
    world.runner.exit("C");
    CHECK(world.told("spawn E"));
  }
  SECTION("it is still there") {
    world.runner.exit("B");
    world.runner.exit("C");
    CHECK_FALSE(world.told("spawn E"));
    const auto ends = world.store.all<AttemptEnded>();
    CHECK(std::ranges::count(ends, "no room", &AttemptEnded::error) == 1);
  }
}

TEST_CASE("a run that joins a prepared task shares the attempt that it becomes") {
  FiveTasks world;
  (void)world.run("All");
  const RunId second = world.run("C");
  world.runner.exit("A");
  const auto started = world.store.all<AttemptStarted>();
  REQUIRE(started.size() == 3);
  CHECK(started[2].task == "C");
  CHECK(started[2].others == std::vector<RunId>{second});
}

}  // namespace
}  // namespace moondial::ahead_test
