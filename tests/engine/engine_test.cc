// The engine with fakes all around it: what it does in which order, and what it tells.
#include "engine/engine.h"

#include "tests/catch.h"
#include "tests/engine/world.h"

namespace moondial::engine_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("an attempt goes the promised way, and nothing overtakes it") {
  World world;
  world.command("A").has_check = true;
  const RunId run = world.run("A");
  CHECK(world.trace == fakes::Trace{"row A", "spawn A"});
  world.runner.exit("A");
  CHECK(world.trace == fakes::Trace{"row A", "spawn A", "sync", "check A"});
  world.host.end(AttemptId(1), {});
  CHECK(world.trace == fakes::Trace{"row A", "spawn A", "sync", "check A", "intent 1",
                                    "publish A.out", "end done", "run done"});
  CHECK_FALSE(world.engine.progress(run).ok());  // it is the record's now
  CHECK(world.host.pins == 0);
}

TEST_CASE("what needs a task starts only after its success is durable") {
  World world;
  world.command("A");
  world.command("B", {"A"});
  (void)world.run("B");
  world.runner.exit("A");
  const auto end = std::ranges::find(world.trace, "end done");
  const auto next = std::ranges::find(world.trace, "row B");
  REQUIRE(next != world.trace.end());
  CHECK(end < next);
}

TEST_CASE("a failure discards what was staged before its end is recorded") {
  World world;
  world.command("A");
  (void)world.run("A");
  world.runner.exit("A", 3);
  CHECK(world.trace ==
        fakes::Trace{"row A", "spawn A", "discard A.out", "end failed", "run failed"});
  CHECK(world.last_error() == "the command exited with status 3");
  CHECK(world.store.all<AttemptEnded>()[0].exit == 3);
}

TEST_CASE("an output that is not there is a failure that names it") {
  World world;
  world.command("A");
  world.targets.not_made.insert("A.out");
  (void)world.run("A");
  world.runner.exit("A");
  CHECK(world.last_error().find("A.out") != std::string::npos);
  CHECK(world.targets.files.empty());
}

TEST_CASE("a command that cannot start, staging without room, publishing without room: failures") {
  World world;
  world.command("A");
  SECTION("start") {
    world.runner.refuse.insert("A");
    (void)world.run("A");
    CHECK(world.last_error() == "cannot start A");
  }
  SECTION("stage") {
    world.targets.fail_stage = true;
    (void)world.run("A");
    CHECK(world.last_error() == "no room");
    CHECK(std::ranges::find(world.trace, "spawn A") == world.trace.end());
  }
  SECTION("publish") {
    world.targets.fail_publish = true;
    (void)world.run("A");
    world.runner.exit("A");
    CHECK(world.last_error() == "publishing failed: the disk is full");
    // After a crash in between, what is gone from staging does not pass for published.
    CHECK(world.place("intent withdrawn") < world.place("discard A.out"));
  }
  CHECK(world.trace.back() == "run failed");
}

TEST_CASE("an intent is withdrawn durably before what is staged is discarded") {
  World world;
  world.command("A");
  world.targets.fail_publish = true;
  (void)world.run("A");
  world.runner.exit("A");
  CHECK(world.trace == fakes::Trace{"row A", "spawn A", "sync", "intent 1", "intent withdrawn",
                                    "discard A.out", "end failed", "run failed"});
}

TEST_CASE("a retry waits for its time") {
  World world;
  world.command("A").retry = {1, 10s, 1, 0s, 0};
  (void)world.run("A");
  world.runner.exit("A", 1);
  CHECK(world.runner.live.empty());
  world.loop.advance(9s);
  CHECK(world.runner.live.empty());
  world.loop.advance(1s);
  REQUIRE(world.runner.live.contains("A"));
  world.runner.exit("A");
  CHECK(world.trace.back() == "run done");
  CHECK(world.store.all<AttemptStarted>().size() == 2);
}

TEST_CASE("a timeout stops the attempt, which has then failed and may be retried") {
  World world;
  TaskInstance& task = world.command("A");
  task.timeout = 20s;
  task.retry.times = 1;
  (void)world.run("A");
  world.loop.advance(20s);
  CHECK(world.last_error().find("timed out after 20") == 0);
  CHECK(world.runner.live.contains("A"));
}

TEST_CASE("a cancel stops what runs, and is too late after the intent") {
  World world;
  world.command("A");
  const RunId run = world.run("A");
  SECTION("while it works") {
    REQUIRE(world.engine.cancel(run, false).ok());
    world.loop.settle();
    CHECK(world.trace == fakes::Trace{"row A", "spawn A", "stop A", "discard A.out",
                                      "end cancelled", "run cancelled"});
  }
  SECTION("after the intent") {
    // The cancel comes in between the intent's being durable and the success's.
    auto live = world.runner.live.extract("A");
    live.mapped().on_exit({});
    while (world.trace.back() != "intent 1") REQUIRE(world.loop.step());
    (void)world.engine.cancel(run, true);
    world.loop.settle();
    CHECK(std::ranges::find(world.trace, "publish A.out") != world.trace.end());
    CHECK(world.store.all<AttemptEnded>()[0].state == TaskState::kDone);
  }
}

TEST_CASE("a script asks for commands, which end with it") {
  World world;
  TaskInstance& task = world.command("A");
  task.work = WorkKind::kScript;
  task.argv.clear();
  const RunId run = world.run("A");
  CHECK(world.trace.back() == "start A");
  ScriptListener* script = world.host.listeners.at(AttemptId(1));
  ScriptCommand command;
  command.request = 7;
  command.argv = {"curl"};
  script->on_command(command);
  CHECK(world.trace.back() == "spawn curl");
  SECTION("an answer comes when the command has ended") {
    world.runner.exit("curl");
    CHECK(world.trace.back() == "answer 7");
    world.host.end(AttemptId(1), {});
    CHECK(world.trace.back() == "run done");
  }
  SECTION("a cancel stops both and waits for both") {
    world.runner.die_when_stopped = false;
    (void)world.engine.cancel(run, false);
    world.loop.settle();
    CHECK(world.store.all<AttemptEnded>().empty());
    world.runner.exit("curl", 143);
    CHECK(world.trace.back() == "run cancelled");
  }
  SECTION("a lost lane is another attempt, without spending a retry") {
    world.runner.exit("curl");
    world.host.end(AttemptId(1), {ScriptOutcome::Kind::kLost, "lane ended", ""});
    CHECK(world.store.all<AttemptEnded>()[0].state == TaskState::kLost);
    CHECK(world.host.listeners.contains(AttemptId(2)));
    world.host.end(AttemptId(2), {});
    CHECK(world.trace.back() == "run done");
  }
}

TEST_CASE("what leaves nothing and has succeeded in a run is complete for what awaits it there") {
  World world;
  world.command("N").outputs.clear();
  TaskInstance& waiter = world.command("A", {"N"});
  waiter.work = WorkKind::kScript;
  waiter.argv.clear();
  (void)world.run("A");
  world.runner.exit("N");
  world.host.listeners.at(AttemptId(2))->on_await({1, {{"N", {}, ""}}});
  world.loop.settle();
  CHECK(world.told("awaited 1"));
  REQUIRE(world.host.awaited.size() == 1);
  CHECK(world.host.awaited[0].state == TaskState::kComplete);
  CHECK(world.runner.live.empty());
  world.host.end(AttemptId(2), {});
  CHECK(world.trace.back() == "run done");
  (void)world.run("A");  // another run begins anew
  CHECK(world.runner.live.contains("N"));
}

TEST_CASE("a script pauses when all that it awaits has been planned, not before") {
  World world(1);
  TaskInstance& waiter = world.command("A");
  waiter.work = WorkKind::kScript;
  waiter.argv.clear();
  world.command("B");
  world.command("C");
  (void)world.run("A");
  ScriptListener* script = world.host.listeners.at(AttemptId(1));
  script->on_await({1, {{"B", {}, ""}}});
  world.host.while_planning = [&] {
    // The first await is taken on; then the script is heard to await only, while the second one is
    // still to be planned.
    world.loop.post([&] { script->on_paused(0); });
    script->on_await({2, {{"C", {}, ""}}});
  };
  world.loop.settle();
  REQUIRE(world.runner.live.contains("B"));  // the slot is free
  world.runner.exit("B");
  world.runner.exit("C");
  CHECK(world.told("awaited 1"));
  CHECK(world.told("awaited 2"));
  world.host.end(AttemptId(1), {});
  CHECK(world.trace.back() == "run done");
}

TEST_CASE("two runs that want one task share its attempt") {
  World world;
  world.command("A");
  const RunId one = world.run("A");
  const RunId two = world.run("A");
  CHECK(world.store.all<AttemptStarted>().size() == 1);
  CHECK(world.store.all<TaskPlanned>()[1].joins == AttemptId(1));
  SECTION("and both have it") {
    world.runner.exit("A");
    CHECK(world.store.all<RunFinished>().size() == 2);
  }
  SECTION("and cancelling one leaves it to the other") {
    (void)world.engine.cancel(one, true);
    world.loop.settle();
    CHECK(world.runner.live.contains("A"));
    world.runner.exit("A");
    const auto ends = world.store.all<RunFinished>();
    REQUIRE(ends.size() == 2);
    CHECK((ends[0].run == one && ends[0].state == RunState::kCancelled));
    CHECK((ends[1].run == two && ends[1].state == RunState::kDone));
  }
}

TEST_CASE("a run that joins a task holds what that task waits for, planned or not") {
  World world;
  world.command("A");
  world.command("B", {"A"});
  const RunId one = world.run("B");
  // To the second run B looks complete (the first one was forced), and A is not even visited.
  world.host.tasks.clear();
  world.command("B").complete = true;
  const RunId two = world.run("B");
  CHECK(world.store.all<TaskPlanned>().size() == 4);
  // Its graph has the edge as well, though B was planned before A in it.
  const auto needs = world.store.all<TaskAwaits>();
  REQUIRE(needs.size() == 2);
  CHECK(needs[0].run == two);
  CHECK(needs[0].id == "B");
  CHECK(needs[0].awaited == std::vector<std::string>{"A"});
  CHECK(needs[1].awaited.empty());
  (void)world.engine.cancel(one, false);
  world.loop.settle();
  world.runner.exit("A");
  world.runner.exit("B");
  const auto ends = world.store.all<RunFinished>();
  REQUIRE(ends.size() == 2);
  CHECK((ends[1].run == two && ends[1].state == RunState::kDone));
  CHECK(ends[1].counts == std::map<TaskState, int64_t>{{TaskState::kDone, 2}});
}

TEST_CASE("a task that was published while a plan looked is not run again") {
  World world;
  world.command("A");
  (void)world.run("A");
  // The second plan has seen "A.out is missing" when the first run publishes it.
  world.host.while_planning = [&] { world.runner.exit("A"); };
  (void)world.run("A");
  CHECK(world.store.all<AttemptStarted>().size() == 1);
  CHECK(world.store.all<RunFinished>().size() == 2);
}

TEST_CASE("the end of a task is told when it is durable, and nothing overtakes it") {
  World world;
  world.command("A");
  TaskInstance& wrapper = world.command("W", {"A"});
  wrapper.work = WorkKind::kNone;
  wrapper.outputs.clear();
  world.command("B", {"W"});
  const RunId run = world.run("B");
  std::vector<std::string> told;
  const auto listen = [&](const RunEvent& event) {
    const auto* task = std::get_if<RunEvent::Task>(&event.what);
    if (task == nullptr) return;
    told.push_back(task->id + " " + std::string(to_string(task->state)));
    if (!is_final(task->state)) return;
    const auto durable = world.store.all<TaskEnded>();
    CHECK(std::ranges::count(durable, task->id, &TaskEnded::id) == 1);
  };
  REQUIRE(world.engine.subscribe(run, listen).ok());
  world.runner.exit("A");
  CHECK(told == std::vector<std::string>{"A done", "W done", "B running"});
  world.runner.exit("B");
  CHECK(told.back() == "B done");
}

TEST_CASE(
    "what was published while a plan looked is not complete if the plan wants other outputs") {
  World world;
  world.command("A");
  (void)world.run("A");
  // The files have been edited meanwhile: the next plan wants A2.out.
  world.host.tasks.clear();
  world.command("A").outputs = {"A2.out"};
  world.host.while_planning = [&] { world.runner.exit("A"); };
  (void)world.run("A");
  CHECK(world.store.all<AttemptStarted>().size() == 2);
}

TEST_CASE("a mark that was made while a plan looked is not made again") {
  World world;
  TaskInstance& task = world.command("A");
  task.outputs.clear();
  task.marks = true;
  (void)world.run("A");
  world.host.while_planning = [&] { world.runner.exit("A"); };
  (void)world.run("A");
  CHECK(world.store.all<AttemptStarted>().size() == 1);
}

TEST_CASE("what was published while a plan looked is recorded as complete, alone") {
  World world;
  world.command("N").outputs.clear();
  world.command("A", {"N"});
  (void)world.run("A");
  world.runner.exit("N");
  // The second plan has seen that A.out is missing, and has visited what A needs.
  world.host.while_planning = [&] { world.runner.exit("A"); };
  const RunId second = world.run("A");
  std::vector<std::pair<std::string, TaskState>> planned;
  for (const TaskPlanned& record : world.store.all<TaskPlanned>()) {
    if (record.run == second) planned.emplace_back(record.id, record.state);
  }
  CHECK(planned == std::vector<std::pair<std::string, TaskState>>{{"A", TaskState::kComplete}});
  CHECK(world.store.all<RunFinished>()[1].counts ==
        std::map<TaskState, int64_t>{{TaskState::kComplete, 1}});
}

TEST_CASE("a request that comes twice is one run") {
  World world;
  world.command("A");
  std::vector<RunId> ids;
  for (int i = 0; i < 2; ++i) {
    RunRequest request;
    request.plan.tasks = {{"A", {}, ""}};
    request.request = "same";
    world.engine.run(request, [&](Result<RunId> id) { ids.push_back(*id); });
    world.loop.settle();
  }
  CHECK(ids == std::vector<RunId>{RunId(1), RunId(1)});
}

TEST_CASE("a request that comes again while it is planned is one run, told when it is durable") {
  World world;
  world.command("A");
  std::vector<RunId> ids;
  std::vector<size_t> known;
  for (int i = 0; i < 2; ++i) {
    RunRequest request;
    request.plan.tasks = {{"A", {}, ""}};
    request.request = "same";
    world.engine.run(request, [&](Result<RunId> id) {
      ids.push_back(*id);
      known.push_back(world.store.all<RunStarted>().size());
    });
  }
  world.loop.settle();
  CHECK(ids == std::vector<RunId>{RunId(1), RunId(1)});
  CHECK(known == std::vector<size_t>{1, 1});
  CHECK(world.store.all<RunStarted>().size() == 1);
}

TEST_CASE("a plan that cannot be run is refused and leaves nothing") {
  World world;
  world.command("A", {"B"});
  world.command("B", {"A"});
  RunRequest request;
  request.plan.tasks = {{"A", {}, ""}};
  std::optional<Error> error;
  world.engine.run(request, [&](Result<RunId> id) { error = id.error(); });
  world.loop.settle();
  REQUIRE(error);
  CHECK(error->code == Code::kInvalid);
  REQUIRE(error->diagnostics.size() == 1);
  CHECK(error->diagnostics[0].message.find("A -> B -> A") != std::string::npos);
  CHECK(world.store.records.empty());
  CHECK(world.host.pins == 0);
}

TEST_CASE("the engine is idle when its work is done and the last client has gone") {
  World world;
  world.command("A");
  bool idle = false;
  world.engine.on_idle([&] { idle = true; });
  world.engine.client_came();
  (void)world.run("A");
  world.engine.client_went();
  world.loop.settle();
  CHECK_FALSE(idle);
  world.runner.exit("A");
  CHECK(idle);
}

TEST_CASE("an engine that is told to end while a run is planned refuses the run and ends") {
  World world;
  world.command("A");
  bool idle = false;
  world.engine.on_idle([&] { idle = true; });
  std::optional<Error> error;
  world.host.while_planning = [&] { world.engine.shut_down(false); };
  RunRequest request;
  request.plan.tasks = {{"A", {}, ""}};
  world.engine.run(request, [&](Result<RunId> id) { error = id.error(); });
  world.loop.settle();
  REQUIRE(error);
  CHECK(error->code == Code::kUnavailable);
  CHECK(world.store.records.empty());
  CHECK(idle);
}

TEST_CASE("an engine whose client leaves while a plan is made ends when the plan has ended") {
  World world;
  world.command("A");
  bool idle = false;
  world.engine.on_idle([&] { idle = true; });
  world.engine.client_came();
  PlanRequest request;
  request.tasks = {{"A", {}, ""}};
  world.engine.plan(std::move(request), [](const Result<PlanView>&) {});
  // The look at whether it is idle comes while the plan is made.
  world.host.while_planning = [&] {
    world.engine.client_went();
    REQUIRE(world.loop.step());
  };
  world.loop.settle();
  CHECK(idle);
}

TEST_CASE("an unknown or senseless pool of a request is refused") {
  World world;
  world.command("A");
  world.host.generation.declarations.pools["sem-api"] = 2;
  RunRequest request;
  request.plan.tasks = {{"A", {}, ""}};
  request.pools["sem-ap"] = 3;
  std::string message;
  world.engine.run(request, [&](Result<RunId> id) { message = id.error().message; });
  world.loop.settle();
  CHECK(message == "there is no pool \"sem-ap\"; did you mean \"sem-api\"?");
}

TEST_CASE("a task that fits only in a pool that another run enlarges runs when that run is gone") {
  World world;
  world.command("Wide").uses = {{"api", 3}, {"cpu", 1}};
  world.command("Busy").uses = {{"api", 4}, {"cpu", 1}};
  world.host.generation.declarations.pools["api"] = 2;
  RunRequest request;
  request.plan.tasks = {{"Busy", {}, ""}};
  request.pools["api"] = 4;
  world.engine.run(std::move(request), [](const Result<RunId>& id) { REQUIRE(id.ok()); });
  world.loop.settle();
  (void)world.run("Wide");
  CHECK_FALSE(world.told("spawn Wide"));
  world.runner.exit("Busy");
  REQUIRE(world.told("spawn Wide"));
  world.runner.exit("Wide");
  CHECK(world.trace.back() == "run done");
}

TEST_CASE(
    "a clock that is set back changes no timeout and no retry, and no end is before a start") {
  World world;
  TaskInstance& task = world.command("A");
  task.timeout = 10s;
  task.retry = {1, 10s, 1, 0s, 0};
  (void)world.run("A");
  world.loop.clock_set = -1h;
  world.loop.advance(9s);
  CHECK_FALSE(world.told("stop A"));
  world.loop.advance(1s);
  CHECK(world.told("stop A"));
  CHECK(world.last_error() == "timed out after 10.0s");
  CHECK(world.runner.live.empty());
  world.loop.clock_set = -2h;
  world.loop.advance(10s);
  REQUIRE(world.runner.live.contains("A"));
  world.loop.clock_set = -3h;
  world.runner.exit("A");
  CHECK(world.trace.back() == "run done");
  const auto starts = world.store.all<AttemptStarted>();
  const auto ends = world.store.all<AttemptEnded>();
  REQUIRE(ends.size() == 2);
  for (size_t i = 0; i < 2; ++i) CHECK(ends[i].at >= starts[i].at);
  CHECK(world.store.all<RunFinished>()[0].at >= world.store.all<RunStarted>()[0].at);
}

TEST_CASE("a task without an attempt is announced when that it is done is durable") {
  World world;
  world.command("A");
  TaskInstance wrapper;
  wrapper.id = wrapper.name = "All";
  wrapper.requires_ = {"A"};
  world.host.tasks.push_back(wrapper);
  int told = 0;
  const auto watch = [&](RunId run) {
    const auto on_event = [&](const RunEvent& event) {
      const auto* task = std::get_if<RunEvent::Task>(&event.what);
      if (task == nullptr || task->id != "All" || task->state != TaskState::kDone) return;
      ++told;
      const auto ends = world.store.all<TaskEnded>();
      CHECK(std::ranges::find(ends, "All", &TaskEnded::id) != ends.end());
    };
    REQUIRE(world.engine.subscribe(run, on_event).ok());
  };
  watch(world.run("All"));
  world.runner.exit("A");
  CHECK(told == 1);
}

}  // namespace
}  // namespace moondial::engine_test
