// Going on with the runs of an engine that is gone.
#include "tests/catch.h"
#include "tests/engine/world.h"

namespace moondial::resume_test {
namespace {

using std::chrono::seconds;
using Words = std::vector<std::string>;

const RunId kRun(40);

/// A world whose record holds an open run of `Root`.
struct Left : World {
  Left() {
    detail.run.run = kRun;
    detail.run.kind = "schedule";
    detail.run.survives = true;
    detail.run.started = loop.utc() - seconds(100);
  }
  TaskRow& row(const std::string& id, TaskState state, std::vector<TaskState> attempts = {}) {
    TaskRow& made = detail.tasks.emplace_back();
    made.id = made.name = id;
    made.state = state;
    for (const TaskState each : attempts) {
      AttemptRow& attempt = made.attempts.emplace_back();
      attempt.attempt = AttemptId(++last_attempt);
      attempt.number = static_cast<int>(made.attempts.size());
      attempt.state = each;
      attempt.started = loop.utc() - seconds(20);
      attempt.ended = loop.utc() - seconds(10);
    }
    return made;
  }
  void resume(Words roots = {"Root"}) {
    detail.run.roots = std::move(roots);
    store.details[kRun] = detail;
    engine.resume({kRun}, [this] { resumed = true; });
    loop.settle();
    REQUIRE(resumed);
  }
  TaskInstance& find(const std::string& name) {
    return *std::ranges::find(host.tasks, name, &TaskInstance::name);
  }
  std::map<TaskState, int64_t> counts() { return engine.progress(kRun)->counts; }

  RunDetail detail;
  uint64_t last_attempt = 0;
  bool resumed = false;
};

TEST_CASE("a run goes on where it stood, and is recorded as the one that it was") {
  Left world;
  world.command("Done").complete = true;
  world.targets.files.insert("Done.out");
  world.command("Next", {"Done"});
  world.command("Root", {"Next"});
  world.row("Done", TaskState::kDone, {TaskState::kDone});
  world.row("Next", TaskState::kRunning, {TaskState::kLost});
  world.row("Root", TaskState::kPending);
  world.resume();
  CHECK(world.store.all<RunStarted>().empty());
  CHECK(world.store.all<TaskPlanned>().empty());
  REQUIRE(world.store.all<AttemptStarted>().size() == 1);
  CHECK(world.store.all<AttemptStarted>()[0].run == kRun);
  CHECK(world.store.all<AttemptStarted>()[0].number == 2);
  CHECK(world.counts()[TaskState::kDone] == 1);
  world.runner.exit("Next");
  world.runner.exit("Root");
  REQUIRE(world.store.all<RunFinished>().size() == 1);
  CHECK(world.store.all<RunFinished>()[0].run == kRun);
  CHECK(world.store.all<RunFinished>()[0].state == RunState::kDone);
  CHECK(world.store.all<RunFinished>()[0].counts ==
        std::map<TaskState, int64_t>{{TaskState::kDone, 3}});
}

TEST_CASE("what failed stays failed, what was skipped stays skipped") {
  Left world;
  world.command("Failed");
  world.command("Other");
  world.command("Root", {"Failed", "Other"});
  world.row("Failed", TaskState::kFailed, {TaskState::kFailed});
  world.row("Other", TaskState::kPending);
  world.row("Root", TaskState::kUpstreamFailed);
  world.resume();
  CHECK(world.store.all<AttemptStarted>().size() == 1);
  world.runner.exit("Other");
  CHECK(world.store.all<RunFinished>().at(0).state == RunState::kFailed);
  for (const TaskEnded& end : world.store.all<TaskEnded>()) CHECK(end.id != "Failed");
}

TEST_CASE("retries that are spent stay spent, and one that waits waits on") {
  Left world;
  TaskInstance& root = world.command("Root");
  root.retry.times = 2;
  root.retry.delay = seconds(30);
  SECTION("one left") {
    world.row("Root", TaskState::kRetrying, {TaskState::kFailed});
    world.resume();
    CHECK(world.store.all<AttemptStarted>().empty());
    world.loop.advance(seconds(19));
    CHECK(world.store.all<AttemptStarted>().empty());
    world.loop.advance(seconds(2));  // 30 s after the first one's end
    REQUIRE(world.store.all<AttemptStarted>().size() == 1);
    world.runner.exit("Root", 1);
    world.loop.advance(seconds(31));
    world.runner.exit("Root", 1);
    CHECK(world.store.all<RunFinished>().at(0).state == RunState::kFailed);
  }
  SECTION("none left, and its end had not been recorded") {
    world.row("Root", TaskState::kRunning,
              {TaskState::kFailed, TaskState::kFailed, TaskState::kFailed});
    world.resume();
    CHECK(world.store.all<AttemptStarted>().empty());
    CHECK(world.store.all<RunFinished>().at(0).state == RunState::kFailed);
  }
  SECTION("lost for the third time in a row") {
    world.row("Root", TaskState::kRunning,
              {TaskState::kFailed, TaskState::kLost, TaskState::kLost, TaskState::kLost});
    world.resume();
    CHECK(world.store.all<RunFinished>().at(0).state == RunState::kFailed);
  }
  SECTION("a loss spends none") {
    world.row("Root", TaskState::kRunning, {TaskState::kLost});
    world.resume();
    world.runner.exit("Root", 1);
    world.loop.advance(seconds(31));
    world.runner.exit("Root", 1);
    world.loop.advance(seconds(31));
    world.runner.exit("Root");
    CHECK(world.store.all<RunFinished>().at(0).state == RunState::kDone);
  }
}

TEST_CASE("a success of which only the attempt's end was recorded counts") {
  Left world;
  world.command("Root").complete = true;
  world.row("Root", TaskState::kRunning, {TaskState::kDone});
  world.resume();
  CHECK(world.store.all<TaskEnded>().at(0).state == TaskState::kDone);
  CHECK(world.store.all<RunFinished>().at(0).state == RunState::kDone);
}

TEST_CASE("two runs that shared a task share it again") {
  Left world;
  world.command("Root");
  world.row("Root", TaskState::kRunning, {TaskState::kLost});
  RunDetail other = world.detail;
  other.run.run = RunId(41);
  other.run.roots = {"Root"};
  world.store.details[RunId(41)] = other;
  world.detail.run.roots = {"Root"};
  world.store.details[kRun] = world.detail;
  world.engine.resume({kRun, RunId(41)}, [] {});
  world.loop.settle();
  CHECK(world.store.all<AttemptStarted>().size() == 1);
  CHECK(world.store.all<AttemptStarted>()[0].others == std::vector<RunId>{RunId(41)});
  world.runner.exit("Root");
  CHECK(world.store.all<RunFinished>().size() == 2);
}

TEST_CASE("what it was asked to be like counts on") {
  Left world;
  world.command("A");
  world.command("B");
  world.command("Root", {"A", "B"});
  world.row("Root", TaskState::kPending);
  world.detail.run.limits.jobs = 1;
  world.detail.run.limits.fail_fast = true;
  world.resume();
  CHECK(world.store.all<AttemptStarted>().size() == 1);
  world.runner.exit(world.store.all<AttemptStarted>()[0].task, 1);
  CHECK(world.store.all<AttemptStarted>().size() == 1);
  CHECK(world.store.all<RunFinished>().at(0).state == RunState::kFailed);
}

TEST_CASE("a run that cannot be gone on with is closed as lost, and the next one goes on") {
  Left world;
  world.command("Root");
  world.row("Root", TaskState::kRunning, {TaskState::kLost});
  SECTION("its texts do not load any more") {
    world.host.restore_error = Error{Code::kInvalid, "no such module", {}};
  }
  SECTION("it cannot be planned any more") {
    world.host.plan_error = Error{Code::kInvalid, "no such task", {}};
  }
  world.resume();
  CHECK(world.store.all<RunFinished>().at(0).state == RunState::kLost);
  CHECK(world.store.all<TaskEnded>().at(0).state == TaskState::kLost);
  CHECK(world.store.all<AttemptStarted>().empty());
}

}  // namespace
}  // namespace moondial::resume_test
