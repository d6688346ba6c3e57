// Attempts whose commands outlive their engine, in the engine and attempts that take them over.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/emit_file.h"
#include "tests/catch.h"
#include "tests/engine/world.h"

using namespace std::chrono_literals;

namespace moondial::held_test {
namespace {

const AttemptId kHeld(100);

/// An engine whose predecessor had started the command of t.A a minute ago.
struct HeldWorld {
  fakes::Trace trace;
  fakes::FakeLoop loop;
  fakes::FakeStore store{loop, trace};
  fakes::FakeRunner runner{loop, trace};
  fakes::FakeHost host{loop, trace};
  fakes::FakeTargets targets{trace};
  std::unique_ptr<Engine> engine;

  HeldWorld() { runner.held_ids = {kHeld}; }

  TaskInstance& command(const std::string& name) {
    TaskInstance task;
    task.id = task.name = name;
    task.outputs = {name + ".out"};
    task.work = WorkKind::kCommand;
    task.argv = {{CommandPiece{CommandPiece::Kind::kLiteral, name, 0}}};
    task.uses = {{"cpu", 1}};
    host.tasks.push_back(std::move(task));
    return host.tasks.back();
  }
  void begin() {
    EngineOptions options = World::options(8);
    options.hold = true;
    options.held = {{kHeld, RunId(1), "t.A", 2, loop.utc() - 1min, {"t.A.out"}, 4711}};
    engine = std::make_unique<Engine>(EngineParts{loop, store, runner, host, targets}, options);
  }
  void run(const std::string& root, bool then_ends_others = true) {
    RunRequest request;
    request.plan.tasks = {{root, {}, ""}};
    engine->run(std::move(request), [](const Result<RunId>& id) { REQUIRE(id.ok()); });
    loop.settle();
    if (!then_ends_others) return;
    REQUIRE(engine->end_unadopted().ok());
    loop.settle();
  }
  [[nodiscard]] bool told(const std::string& word) const {
    return std::ranges::find(trace, word) != trace.end();
  }
  AttemptEnded last_end() { return store.all<AttemptEnded>().back(); }
  static CommandResult result(int code, Duration wall) {
    CommandResult result;
    result.exit_code = code;
    result.wall = wall;
    return result;
  }
};

TEST_CASE_METHOD(HeldWorld, "a task whose command is held is adopted when it is to start") {
  command("t.A").has_check = true;
  command("t.B").requires_ = {"t.A"};
  begin();
  run("t.B");
  CHECK(told("adopt held 100"));
  CHECK_FALSE(told("spawn t.A"));
  CHECK(store.all<AttemptStarted>().empty());  // its row is there
  runner.exit("held 100");
  CHECK(told("check t.A"));
  host.end(kHeld, {ScriptOutcome::Kind::kSucceeded, "", ""});
  CHECK(last_end().attempt == kHeld);
  CHECK(last_end().state == TaskState::kDone);
  CHECK(targets.exists("t.A.out"));
  CHECK(told("spawn t.B"));
  CHECK(runner.live.at("t.B").spec.hold);
  CHECK_FALSE(told("end held 100"));
  REQUIRE(engine->end_unadopted().ok());
  CHECK_FALSE(told("end held 100"));
  runner.exit("t.B");
}

TEST_CASE_METHOD(HeldWorld, "its failure is one as any other, and may be retried") {
  command("t.A").retry.times = 1;
  begin();
  run("t.A");
  runner.exit("held 100", 3);
  CHECK(last_end().state == TaskState::kFailed);
  CHECK(last_end().exit == 3);
  CHECK(told("spawn t.A"));
  CHECK(store.all<AttemptStarted>().at(0).attempt != kHeld);
  runner.exit("t.A");
}

TEST_CASE_METHOD(HeldWorld, "its timeout counts from its start") {
  command("t.A").timeout = 90s;
  begin();
  run("t.A");
  loop.advance(29s);
  CHECK_FALSE(told("stop held 100"));
  loop.advance(2s);
  CHECK(told("stop held 100"));
  CHECK(last_end().state == TaskState::kFailed);
  CHECK(last_end().error == "timed out after 1m 30s");
}

TEST_CASE_METHOD(HeldWorld, "one that ended in time while no engine was there was not late") {
  command("t.A").timeout = 30s;
  runner.die_when_stopped = false;
  begin();
  run("t.A");
  loop.advance(1ms);
  CHECK(told("stop held 100"));  // a minute has passed; that it has ended is not yet heard
  runner.exit("held 100", result(0, 20s));
  CHECK(last_end().state == TaskState::kDone);
}

TEST_CASE_METHOD(HeldWorld, "one that took too long while no engine was there was late") {
  command("t.A").timeout = 2min;
  begin();
  run("t.A");
  runner.exit("held 100", result(0, 3min));
  CHECK(last_end().state == TaskState::kFailed);
  CHECK(last_end().error == "timed out after 2m 00s");
}

TEST_CASE_METHOD(HeldWorld, "one whose holder is killed is lost, and runs again without a retry") {
  command("t.A");
  begin();
  run("t.A");
  CommandResult lost;
  lost.lost = true;
  runner.exit("held 100", lost);
  CHECK(store.all<AttemptEnded>().at(0).state == TaskState::kLost);
  CHECK(store.all<AttemptEnded>().at(0).error == "the process that held its command was killed");
  CHECK_FALSE(store.all<AttemptEnded>().at(0).exit);
  CHECK(told("spawn t.A"));
  runner.exit("t.A", lost);
  runner.exit("t.A", lost);
  CHECK(last_end().state == TaskState::kLost);
  CHECK(runner.live.empty());  // three times in a row
}

TEST_CASE_METHOD(HeldWorld, "one that has gone before it could be adopted is lost") {
  command("t.A");
  runner.held_ids.clear();
  begin();
  run("t.A");
  CHECK(store.all<AttemptEnded>().at(0).state == TaskState::kLost);
  CHECK(told("discard t.A.out"));
  CHECK(told("spawn t.A"));
  runner.exit("t.A");
}

TEST_CASE_METHOD(HeldWorld, "what it says is masked by the secrets that it was started with") {
  std::string dir = (std::filesystem::temp_directory_path() / "moondial-held-XXXXXX").string();
  REQUIRE(::mkdtemp(dir.data()) != nullptr);
  command("t.A").secrets = {"new-secret"};
  runner.held_secrets = {"old-secret"};
  EngineOptions options = World::options(8);
  options.state_dir = dir;
  options.hold = true;
  options.held = {{kHeld, RunId(1), "t.A", 1, loop.utc(), {"t.A.out"}, 4711}};
  engine = std::make_unique<Engine>(EngineParts{loop, store, runner, host, targets}, options);
  run("t.A");
  runner.live.at("held 100").on_output("old-secret new-secret\n");
  runner.exit("held 100");
  std::ostringstream log;
  log << std::ifstream(log_path(dir, kHeld)).rdbuf();
  CHECK(log.str().ends_with(" *** ***\n"));
  std::filesystem::remove_all(dir);
}

TEST_CASE_METHOD(HeldWorld, "what it emitted is read again until its end is durable") {
  std::string dir = (std::filesystem::temp_directory_path() / "moondial-held-XXXXXX").string();
  REQUIRE(::mkdtemp(dir.data()) != nullptr);
  std::filesystem::create_directory(dir + "/tmp");
  std::ofstream(emit_path(dir, kHeld)) << "rows=5\n";
  command("t.A").has_check = true;
  EngineOptions options = World::options(8);
  options.state_dir = dir;
  options.hold = true;
  options.held = {{kHeld, RunId(1), "t.A", 1, loop.utc(), {"t.A.out"}, 4711}};
  engine = std::make_unique<Engine>(EngineParts{loop, store, runner, host, targets}, options);
  run("t.A");
  runner.exit("held 100");
  CHECK(std::filesystem::exists(emit_path(dir, kHeld)));
  host.end(kHeld, {ScriptOutcome::Kind::kSucceeded, "", ""});
  CHECK(last_end().emitted == std::map<std::string, std::string>{{"rows", "5"}});
  CHECK_FALSE(std::filesystem::exists(emit_path(dir, kHeld)));
  std::filesystem::remove_all(dir);
}

TEST_CASE_METHOD(HeldWorld,
                 "one whose task no run wants is ended, and nothing starts before that") {
  command("t.B");
  begin();
  run("t.B", false);
  CHECK_FALSE(told("adopt held 100"));
  CHECK_FALSE(told("spawn t.B"));
  REQUIRE(engine->end_unadopted().ok());
  loop.settle();
  CHECK(told("end held 100"));
  CHECK(told("discard t.A.out"));
  CHECK(store.all<AttemptEnded>().at(0).attempt == kHeld);
  CHECK(store.all<AttemptEnded>().at(0).state == TaskState::kLost);
  CHECK(told("spawn t.B"));
  runner.exit("t.B");
}

TEST_CASE_METHOD(HeldWorld, "what it holds is its own before anything else takes it") {
  command("t.A").lock = "l";
  TaskInstance& other = command("t.B");
  other.lock = "l";
  other.priority = 10;
  command("t.all").requires_ = {"t.A", "t.B"};
  begin();
  run("t.all", false);
  CHECK(told("adopt held 100"));
  REQUIRE(engine->end_unadopted().ok());
  loop.settle();
  CHECK_FALSE(told("spawn t.B"));
  runner.exit("held 100");
  CHECK(told("spawn t.B"));
  runner.exit("t.B");
  runner.exit("t.all");
}

TEST_CASE_METHOD(HeldWorld, "what runs is adopted though there are not as many units") {
  const AttemptId other(101);
  host.generation.declarations.pools["db"] = 1;
  for (const char* name : {"t.A", "t.B", "t.C"}) command(name).uses = {{"cpu", 1}, {"db", 1}};
  command("t.all").requires_ = {"t.A", "t.B", "t.C"};
  runner.held_ids = {kHeld, other};
  EngineOptions options = World::options(8);
  options.held = {{kHeld, RunId(1), "t.A", 1, loop.utc(), {"t.A.out"}, 4711},
                  {other, RunId(1), "t.B", 1, loop.utc(), {"t.B.out"}, 4712}};
  engine = std::make_unique<Engine>(EngineParts{loop, store, runner, host, targets}, options);
  run("t.all", false);
  REQUIRE(engine->end_unadopted().ok());
  loop.settle();
  CHECK(told("adopt held 100"));
  CHECK(told("adopt held 101"));
  CHECK_FALSE(told("end held 101"));
  CHECK_FALSE(told("spawn t.C"));
  runner.exit("held 100");
  CHECK_FALSE(told("spawn t.C"));
  runner.exit("held 101");
  CHECK(told("spawn t.C"));
  runner.exit("t.C");
  runner.exit("t.all");
}

TEST_CASE_METHOD(HeldWorld, "one that needs something anew is ended, and runs after it") {
  command("t.A").requires_ = {"t.B"};
  command("t.B");
  begin();
  run("t.A", false);
  REQUIRE(engine->end_unadopted().ok());
  loop.settle();
  CHECK(told("end held 100"));
  runner.exit("t.B");
  CHECK(told("spawn t.A"));
  runner.exit("t.A");
}

TEST_CASE_METHOD(HeldWorld, "an adopted one is cancelled with its run") {
  command("t.A");
  begin();
  run("t.A");
  REQUIRE(engine->cancel(RunId(1), false).ok());
  loop.settle();
  CHECK(told("stop held 100"));
  CHECK(last_end().state == TaskState::kCancelled);
}

TEST_CASE_METHOD(World, "an engine that holds nothing starts commands as it did") {
  command("t.A");
  run("t.A");
  CHECK_FALSE(runner.live.at("t.A").spec.hold);
  runner.exit("t.A");
}

}  // namespace
}  // namespace moondial::held_test
