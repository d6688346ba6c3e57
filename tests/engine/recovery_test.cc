#include "engine/recovery.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/catch.h"
#include "tests/engine/fakes.h"

namespace moondial::recovery_test {
namespace {

struct World {
  fakes::Trace trace;
  fakes::FakeLoop loop;
  fakes::FakeStore store{loop, trace};
  fakes::FakeRunner runner{loop, trace};
  fakes::FakeTargets targets{trace};

  Result<RecoveryReport> recover(const std::string& state_dir = {}) {
    auto report = moondial::recover(store, targets, runner, loop, {state_dir, "here"});
    loop.settle();
    return report;
  }
  OpenAttempt& open(uint64_t id, bool has_intent) {
    OpenAttempt attempt;
    attempt.attempt = AttemptId(id);
    attempt.run = RunId(1);
    attempt.has_intent = has_intent;
    attempt.final_paths = {"out" + std::to_string(id)};
    if (has_intent) attempt.outputs = {{attempt.final_paths[0], "staged"}};
    store.open.push_back(attempt);
    return store.open.back();
  }
  [[nodiscard]] bool told(const std::string& word) const {
    return std::ranges::find(trace, word) != trace.end();
  }
  TaskRow task(const std::string& id, std::vector<TaskState> attempts) {
    TaskRow row;
    row.id = id;
    for (const TaskState state : attempts) {
      AttemptRow attempt;
      attempt.state = state;
      row.attempts.push_back(attempt);
    }
    return row;
  }
};

TEST_CASE("a project that was left in order needs nothing") {
  World world;
  REQUIRE(world.recover().ok());
  CHECK(world.trace.empty());
}

TEST_CASE("processes of an engine that died are ended, also if it had no attempt") {
  World world;  // a hook, after the end of its run
  REQUIRE(moondial::recover(world.store, world.targets, world.runner, world.loop,
                            {.state_dir = {}, .host_name = {}, .engine_died = true})
              .ok());
  CHECK(world.trace == fakes::Trace{"end leftovers"});
}

TEST_CASE("what a lost attempt's command emitted is forgotten unread") {
  std::string dir = (std::filesystem::temp_directory_path() / "moondial-rec-XXXXXX").string();
  REQUIRE(::mkdtemp(dir.data()) != nullptr);
  std::filesystem::create_directory(dir + "/tmp");
  for (const char* name : {"/tmp/emit-2", "/tmp/emit-3"}) std::ofstream(dir + name) << "key=secret";
  World world;
  world.open(2, false);
  REQUIRE(world.recover(dir).ok());
  CHECK_FALSE(std::filesystem::exists(dir + "/tmp/emit-2"));
  CHECK(std::filesystem::exists(dir + "/tmp/emit-3"));
  std::filesystem::remove_all(dir);
}

TEST_CASE("intents are completed, the rest is discarded and lost, after the processes have gone") {
  World world;
  world.open(1, true);
  world.open(2, false);
  const auto report = world.recover();
  REQUIRE(report.ok());
  CHECK(report->finished_attempts == 1);
  CHECK(report->lost_attempts == 1);
  CHECK(world.trace ==
        fakes::Trace{"end leftovers", "publish out1", "discard out2", "end done", "end lost"});
}

TEST_CASE("the exit of a command whose outputs were being published is known") {
  World world;
  world.open(1, true).pid = 4711;
  world.open(2, true);  // the work of a script
  REQUIRE(world.recover().ok());
  const auto ended = world.store.all<AttemptEnded>();
  REQUIRE(ended.size() == 2);
  CHECK(ended[0].exit == 0);
  CHECK_FALSE(ended[1].exit);
}

TEST_CASE("staging that a dead engine kept is removed when nothing is staged any more") {
  World world;
  world.open(2, false);
  world.store.kept_directories = {"/p/out", "/p/other"};
  REQUIRE(world.recover().ok());
  CHECK(world.trace ==
        fakes::Trace{"end leftovers", "discard out2", "remove kept staging of /p/out",
                     "remove kept staging of /p/other", "end lost", "staging cleared"});
}

TEST_CASE("staging that was kept is looked for also if nothing else was left") {
  World world;
  world.store.kept_directories = {"/p/out"};
  REQUIRE(world.recover().ok());
  CHECK(world.told("remove kept staging of /p/out"));
  CHECK(world.told("staging cleared"));
}

TEST_CASE("what was prepared is discarded, and was no attempt") {
  World world;
  world.store.prepared = {{AttemptId(5), "t.A", {"out5"}}, {AttemptId(6), "t.B", {}}};
  const auto report = world.recover();
  REQUIRE(report.ok());
  CHECK(report->lost_attempts == 0);
  CHECK(world.trace == fakes::Trace{"end leftovers", "discard out5", "dropped", "dropped"});
}

TEST_CASE("what was prepared and may have started is an attempt, and lost") {
  World world;
  world.store.open_run_ids = {RunId(1), RunId(2), RunId(3)};
  const auto add_run = [&](uint64_t id, const TaskRow& task) {
    RunDetail detail;
    detail.run.run = RunId(id);
    detail.tasks = {task};
    world.store.details[RunId(id)] = detail;
  };
  TaskRow ended = world.task("t.A", {TaskState::kDone});
  ended.state = TaskState::kDone;
  add_run(1, ended);  // of a run that has what it wants
  add_run(2, world.task("t.A", {TaskState::kFailed}));
  add_run(3, world.task("t.A", {}));
  const UtcTime then(std::chrono::seconds(5));
  world.store.prepared = {{AttemptId(5), "t.A", {"out5"}, true, then},
                          {AttemptId(6), "t.B", {}, false, {}},
                          {AttemptId(7), "t.C", {}, true, {}}};  // of a run that nobody knows of
  const auto report = world.recover();
  REQUIRE(report.ok());
  CHECK(report->lost_attempts == 1);
  CHECK(world.told("discard out5"));
  CHECK(world.store.all<AttemptDropped>().size() == 2);
  const auto started = world.store.all<AttemptStarted>();
  REQUIRE(started.size() == 1);
  CHECK(started[0].attempt == AttemptId(5));
  CHECK(started[0].run == RunId(2));
  CHECK(started[0].others == std::vector{RunId(3)});
  CHECK(started[0].number == 2);
  CHECK(started[0].at == then);
  CHECK(started[0].host == "here");
  CHECK(started[0].prepared);
  CHECK(world.store.all<AttemptEnded>().at(0).state == TaskState::kLost);
}

TEST_CASE("an intent that cannot be completed keeps the engine from starting") {
  World world;
  world.open(1, true).task = "t.A";
  world.targets.fail_publish = true;
  const auto report = world.recover();
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().message ==
        "an engine died while it published what t.A had made, and this one cannot complete that: "
        "the disk is full; when that is mended, the same command goes on");
  CHECK(world.store.records.empty());
}

TEST_CASE("an intent one of whose outputs is gone for good does not keep it from starting") {
  World world;
  OpenAttempt& attempt = world.open(1, true);
  attempt.outputs = {{"here", "here~1"}, {"gone", "gone~1"}, {"there", "there~1"}};
  world.targets.files = {"here~1", "there"};
  world.targets.gone = {"gone"};
  const auto report = world.recover();
  REQUIRE(report.ok());
  CHECK(report->lost_attempts == 1);
  // The others belong together, and are published to their end.
  CHECK(world.trace == fakes::Trace{"end leftovers", "publish here", "publish there", "end lost"});
  CHECK_THAT(world.store.all<AttemptEnded>()[0].error,
             Catch::Matchers::ContainsSubstring("gone is gone"));
}

TEST_CASE("an open run is closed durably before the engine begins") {
  World world;
  world.store.open_run_ids = {RunId(1)};
  RunDetail detail;
  detail.run.run = RunId(1);
  world.store.details[RunId(1)] = detail;
  REQUIRE(world.recover().ok());
  CHECK(world.store.all<RunFinished>().size() == 1);
  CHECK_FALSE(world.loop.step());
}

TEST_CASE("an open run is closed as lost, each task as far as it got") {
  World world;
  world.store.open_run_ids = {RunId(1)};
  RunDetail detail;
  detail.run.run = RunId(1);
  detail.tasks = {world.task("finished", {TaskState::kFailed, TaskState::kDone}),
                  world.task("running", {TaskState::kLost}), world.task("waiting", {}),
                  world.task("retrying", {TaskState::kFailed})};
  world.store.details[RunId(1)] = detail;
  REQUIRE(world.recover().ok());
  std::map<std::string, TaskState> states;
  for (const TaskEnded& ended : world.store.all<TaskEnded>()) states[ended.id] = ended.state;
  CHECK(states == std::map<std::string, TaskState>{{"finished", TaskState::kDone},
                                                   {"running", TaskState::kLost},
                                                   {"waiting", TaskState::kCancelled},
                                                   {"retrying", TaskState::kCancelled}});
  CHECK(world.store.all<RunFinished>()[0].state == RunState::kLost);
}

// --- Held commands ---

struct HeldWorld : World {
  HeldWorld() {
    store.open_run_ids = {RunId(1), RunId(2)};
    for (const uint64_t id : {2, 3}) open(id, false).task = "t." + std::to_string(id);
    RunDetail detail;
    detail.run.run = RunId(1);
    detail.tasks = {running("t.2", 2), running("t.3", 3)};
    detail.tasks[0].attempts[0].number = 3;
    detail.tasks[0].attempts[0].started = UtcTime(std::chrono::seconds(5));
    store.details[RunId(1)] = detail;
    detail.run.run = RunId(2);
    detail.tasks = {running("t.3", 3), task("t.9", {})};
    store.details[RunId(2)] = detail;
    runner.held_ids = {AttemptId(2), AttemptId(9)};
  }
  TaskRow running(const std::string& id, uint64_t attempt) {
    TaskRow row = task(id, {TaskState::kRunning});
    row.state = TaskState::kRunning;
    row.attempts[0].attempt = AttemptId(attempt);
    return row;
  }
  Result<RecoveryReport> recover(bool hold) {
    RecoveryOptions options;
    options.hold = hold;
    options.host_name = "here";
    auto report = moondial::recover(store, targets, runner, loop, options);
    loop.settle();
    return report;
  }
};

TEST_CASE("an attempt whose command is held stays open, with its staging and its run") {
  HeldWorld world;
  world.store.kept_directories = {".", "/p/other"};
  const auto report = world.recover(true);
  REQUIRE(report.ok());
  REQUIRE(report->held.size() == 1);
  const HeldAttempt& held = report->held[0];
  CHECK(held.attempt == AttemptId(2));
  CHECK(held.run == RunId(1));
  CHECK(held.task == "t.2");
  CHECK(held.number == 3);
  CHECK(held.started == UtcTime(std::chrono::seconds(5)));
  CHECK(held.final_paths == std::vector<std::string>{"out2"});
  CHECK(report->kept_runs == std::vector{RunId(1)});
  CHECK(report->lost_attempts == 1);
  CHECK(report->closed_runs == 1);
  // What is staged for it is in a directory where empty ones would be removed.
  CHECK(world.trace == fakes::Trace{"end leftovers but 2", "discard out3",
                                    "remove kept staging of /p/other", "end lost", "run lost"});
}

TEST_CASE("an engine that does not take held commands over ends them") {
  HeldWorld world;
  const auto report = world.recover(false);
  REQUIRE(report.ok());
  CHECK(report->held.empty());
  CHECK(report->lost_attempts == 2);
  CHECK(report->closed_runs == 2);
  CHECK(world.trace.front() == "end leftovers");
  CHECK(world.told("discard out2"));
}

TEST_CASE("a held attempt that had got to its publishing is published, not adopted") {
  HeldWorld world;
  world.store.open[0].has_intent = true;
  world.store.open[0].outputs = {{"out2", "staged"}};
  const auto report = world.recover(true);
  REQUIRE(report.ok());
  CHECK(report->held.empty());
  CHECK(report->finished_attempts == 1);
  CHECK(world.trace.front() == "end leftovers");
}

TEST_CASE("what was prepared and is held has started, and is adopted with its row") {
  HeldWorld world;
  world.store.open.clear();
  const bool is_noted = GENERATE(true, false);
  const UtcTime then(std::chrono::seconds(7));
  world.store.prepared = {{AttemptId(9), "t.9", {"out9"}, is_noted, then},
                          {AttemptId(2), "t.none", {"out2"}, true, then}};  // no run wants it
  const auto report = world.recover(true);
  REQUIRE(report.ok());
  REQUIRE(report->held.size() == 1);
  CHECK(report->held[0].attempt == AttemptId(9));
  CHECK(report->held[0].run == RunId(2));
  CHECK(report->held[0].started == then);
  CHECK(report->kept_runs == std::vector{RunId(2)});
  CHECK(world.trace.front() == "end leftovers but 9");
  CHECK_FALSE(world.told("discard out9"));
  CHECK(world.told("discard out2"));
  const auto started = world.store.all<AttemptStarted>();
  REQUIRE(started.size() == 1);
  CHECK(started[0].attempt == AttemptId(9));
  CHECK(started[0].prepared);
  CHECK(world.store.all<AttemptDropped>().size() == 1);
}

TEST_CASE("a held attempt that nobody goes on with is ended and lost") {
  HeldWorld world;
  const auto report = world.recover(true);
  REQUIRE(report.ok());
  world.trace.clear();
  REQUIRE(end_held_attempt(world.store, world.targets, world.runner, world.loop, report->held[0],
                           "/nonexistent")
              .ok());
  world.loop.settle();
  CHECK(world.trace == fakes::Trace{"end held 2", "discard out2", "end lost"});
  CHECK(world.store.all<AttemptEnded>().back().attempt == AttemptId(2));
}

}  // namespace
}  // namespace moondial::recovery_test
