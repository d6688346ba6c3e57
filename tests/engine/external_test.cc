// Waiting for what others produce.
#include "tests/catch.h"
#include "tests/engine/world.h"

namespace moondial::external_test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

/// `Use` needs `Drop`, which others produce; `Other` needs nothing.
struct Waiting : World {
  Waiting() : World(1) {
    TaskInstance drop;
    drop.id = drop.name = "Drop";
    drop.external = true;
    drop.why = "drop.csv is missing";
    drop.poll = 60s;
    drop.uses = {{"cpu", 1}};
    host.tasks.push_back(drop);
    command("Use", {"Drop"});
    command("Other");
    command("All", {"Use", "Other"});
  }
  TaskInstance& drop() { return host.tasks[0]; }
  void arrive() { drop().complete = true; }
  RunId start(const std::string& root, bool wait = true, bool fail_fast = false) {
    RunRequest request;
    request.plan.tasks = {{root, {}, ""}};
    request.wait = wait;
    request.fail_fast = fail_fast;
    RunId id;
    engine.run(std::move(request), [&](Result<RunId> result) {
      REQUIRE(result.ok());
      id = *result;
      (void)engine.subscribe(id, [this](const RunEvent& event) {
        if (const auto* task = std::get_if<RunEvent::Task>(&event.what)) events.push_back(*task);
      });
    });
    loop.settle();
    return id;
  }
  std::vector<RunEvent::Task> events;
};

TEST_CASE("without --wait a missing external is told at once") {
  Waiting world;
  (void)world.start("Use", false);
  CHECK(world.trace == fakes::Trace{"run blocked"});
}

TEST_CASE("with --wait it is looked for every poll, takes no slot, and what needs it goes on") {
  Waiting world;
  const RunId run = world.start("All");
  CHECK(world.runner.live.contains("Other"));
  CHECK(world.engine.progress(run)->counts.at(TaskState::kWaiting) == 1);
  const auto missing = world.engine.progress(run)->missing;
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].id == "Drop");
  CHECK_THAT(missing[0].why, ContainsSubstring("drop.csv is missing"));
  REQUIRE_FALSE(world.events.empty());
  CHECK(world.events[0].state == TaskState::kWaiting);
  CHECK_THAT(world.events[0].error,
             ContainsSubstring("drop.csv is missing") && ContainsSubstring("every 1m"));
  world.runner.exit("Other");
  world.loop.advance(10min);
  CHECK(world.runner.live.empty());
  world.arrive();
  world.loop.advance(59s);
  CHECK(world.runner.live.empty());
  world.loop.advance(1s);
  REQUIRE(world.runner.live.contains("Use"));
  world.runner.exit("Use");
  world.runner.exit("All");
  CHECK(world.trace.back() == "run done");
  for (const auto& attempt : world.store.all<AttemptStarted>()) CHECK(attempt.task != "Drop");
  CHECK(world.store.all<TaskEnded>()[1].id == "Drop");
  CHECK(world.store.all<TaskEnded>()[1].state == TaskState::kDone);
  CHECK(world.host.pins == 0);
}

TEST_CASE("after its timeout an external has failed, and says how long it was waited for") {
  Waiting world;
  world.drop().timeout = 150s;
  (void)world.start("Use");
  world.loop.advance(149s);
  CHECK(world.trace.empty());
  SECTION("it comes too late") {
    world.loop.advance(1s);
    const auto ends = world.store.all<TaskEnded>();
    REQUIRE(ends.size() == 2);
    CHECK(ends[0].state == TaskState::kFailed);
    CHECK_THAT(ends[0].error,
               ContainsSubstring("drop.csv is missing") && ContainsSubstring("waited for 150s"));
    CHECK(ends[1].state == TaskState::kUpstreamFailed);
    CHECK(world.trace == fakes::Trace{"run failed"});
  }
  SECTION("it comes in the last moment") {
    world.arrive();
    world.loop.advance(1s);
    CHECK(world.runner.live.contains("Use"));
  }
}

TEST_CASE("a mark is noticed at once") {
  Waiting world;
  world.drop().marks = true;
  (void)world.start("Use");
  std::string marked;
  world.engine.mark({{"Drop", {}, ""}, "me"}, [&](Result<std::string> id) { marked = *id; });
  world.arrive();  // by the mark, in the record
  world.loop.settle();
  CHECK(marked == "Drop");
  CHECK(world.runner.live.contains("Use"));
}

TEST_CASE("a cancel ends the wait, and nothing looks any more") {
  Waiting world;
  const RunId run = world.start("Use");
  bool idle = false;
  world.engine.on_idle([&] { idle = true; });
  REQUIRE(world.engine.cancel(run, false).ok());
  world.loop.settle();
  CHECK(world.trace == fakes::Trace{"run cancelled"});
  CHECK(idle);
  world.arrive();
  world.loop.advance(10min);
  CHECK(world.runner.live.empty());
  CHECK(world.host.pins == 0);
}

TEST_CASE("a run that fails fast does not go on waiting") {
  Waiting world;
  (void)world.start("All", true, true);
  world.runner.exit("Other", 1);
  CHECK(world.trace.back() == "run failed");
}

TEST_CASE("a second run joins the wait, and one of them that is cancelled leaves it to the other") {
  Waiting world;
  const RunId first = world.start("Use");
  (void)world.start("Use", false);
  REQUIRE(world.engine.cancel(first, false).ok());
  world.loop.settle();
  world.arrive();
  world.loop.advance(60s);
  CHECK(world.runner.live.contains("Use"));
}

TEST_CASE("an error in complete() ends the wait with that error") {
  Waiting world;
  (void)world.start("Use");
  world.host.plan_error = Error{Code::kInvalid, "pipelines/p.lua:3: boom", {}};
  world.loop.advance(60s);
  CHECK_THAT(world.store.all<TaskEnded>()[0].error, ContainsSubstring("boom"));
  CHECK(world.trace == fakes::Trace{"run failed"});
}

TEST_CASE("what is awaited and external is waited for in a run that waits") {
  Waiting world;
  TaskInstance script;
  script.id = script.name = "Script";
  script.work = WorkKind::kScript;
  script.uses = {{"cpu", 1}};
  world.host.tasks.push_back(script);
  (void)world.start("Script");
  world.host.listeners.at(AttemptId(1))->on_await({1, {{"Drop", {}, ""}}});
  world.loop.settle();
  CHECK_FALSE(world.told("awaited 1"));
  world.arrive();
  world.loop.advance(60s);
  CHECK(world.told("awaited 1"));
  REQUIRE(world.host.awaited.size() == 1);
  CHECK(world.host.awaited[0].state == TaskState::kDone);
  world.host.end(AttemptId(1), {});
  CHECK(world.trace.back() == "run done");
}

}  // namespace
}  // namespace moondial::external_test
