// Attempts that are prepared before there is room for them.
#include <algorithm>

#include "engine/engine.h"
#include "tests/catch.h"
#include "tests/engine/fakes.h"

namespace moondial {
namespace {

struct World {
  fakes::Trace trace;
  fakes::FakeLoop loop;
  fakes::FakeStore store{loop, trace};
  fakes::FakeRunner runner{loop, trace};
  fakes::FakeHost host{loop, trace};
  fakes::FakeTargets targets{trace};
  Engine engine{{loop, store, runner, host, targets}, options()};

  static EngineOptions options() {
    EngineOptions out;
    out.state_dir = "/nonexistent";
    out.default_jobs = 2;
    out.memory_bytes = 1 << 30;
    return out;
  }
  /// A task whose command is its own name; earlier ones come first.
  void command(const std::string& name, std::vector<std::string> needs = {}) {
    TaskInstance task;
    task.id = name;
    task.name = name;
    task.requires_ = std::move(needs);
    task.outputs = {name + ".out"};
    task.work = WorkKind::kCommand;
    task.argv = {{CommandPiece{CommandPiece::Kind::kLiteral, name, 0}}};
    task.uses = {{"cpu", 1}};
    host.tasks.push_back(std::move(task));
  }
  RunId run(const std::string& root) {
    RunRequest request;
    request.plan.tasks = {{root, {}, ""}};
    RunId id;
    engine.run(std::move(request), [&](Result<RunId> result) {
      REQUIRE(result.ok());
      id = *result;
    });
    loop.settle();
    return id;
  }
  [[nodiscard]] size_t place(const std::string& word) const {
    return static_cast<size_t>(std::ranges::find(trace, word) - trace.begin());
  }
  [[nodiscard]] bool told(const std::string& word) const { return place(word) < trace.size(); }
};

void five_tasks(World& world) {
  for (const char* name : {"A", "B", "C", "D", "E"}) world.command(name);
  world.command("All", {"A", "B", "C", "D", "E"});
}

TEST_CASE("what starts next is prepared while there is no room, and starts without waiting") {
  World world;
  five_tasks(world);
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
  World world;
  five_tasks(world);
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
  World world;
  five_tasks(world);
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

TEST_CASE("staging that fails ahead is the failure of the attempt, when it starts") {
  World world;
  five_tasks(world);
  (void)world.run("All");
  world.targets.fail_stage = true;
  world.runner.exit("A");  // C was staged before, E is not
  world.targets.fail_stage = false;
  CHECK(world.told("spawn C"));
  world.runner.exit("B");
  world.runner.exit("C");
  CHECK_FALSE(world.told("spawn E"));
  const auto ends = world.store.all<AttemptEnded>();
  CHECK(std::ranges::count(ends, "no room", &AttemptEnded::error) == 1);
}

TEST_CASE("a run that joins a prepared task shares the attempt that it becomes") {
  World world;
  five_tasks(world);
  (void)world.run("All");
  const RunId second = world.run("C");
  world.runner.exit("A");
  const auto started = world.store.all<AttemptStarted>();
  REQUIRE(started.size() == 3);
  CHECK(started[2].task == "C");
  CHECK(started[2].others == std::vector<RunId>{second});
}

}  // namespace
}  // namespace moondial
