// Tasks that run under other conditions than that all went well.
#include <algorithm>

#include "tests/catch.h"
#include "tests/core/graph.h"

namespace moondial::when_test {
namespace {

using States = std::vector<TaskState>;

constexpr When kWhens[] = {When::kAll,       When::kAny,   When::kFailed,
                           When::kAllFailed, When::kEnded, When::kAsk};
constexpr TaskState kEnds[] = {
    TaskState::kDone,    TaskState::kComplete,  TaskState::kFailed, TaskState::kUpstreamFailed,
    TaskState::kSkipped, TaskState::kCancelled, TaskState::kBlocked};

/// What the task is to come to: kReady if it runs, kPending if it asks.
TaskState expected(When when, const States& ends) {
  const auto count = [&](auto... states) { return (std::ranges::count(ends, states) + ...); };
  const auto good = count(TaskState::kDone, TaskState::kComplete);
  const auto bad = count(TaskState::kFailed, TaskState::kUpstreamFailed);
  if (when == When::kAll && bad > 0) return TaskState::kUpstreamFailed;
  if (count(TaskState::kCancelled) > 0) return TaskState::kCancelled;
  if (count(TaskState::kBlocked) > 0) return TaskState::kBlocked;
  if (when == When::kAsk) return TaskState::kPending;
  const auto all = std::ssize(ends);
  const bool holds = when == When::kEnded || (when == When::kAll && good == all) ||
                     (when == When::kAny && good > 0) || (when == When::kFailed && bad > 0) ||
                     (when == When::kAllFailed && bad > 0 && bad == all);
  return holds ? TaskState::kReady : TaskState::kSkipped;
}

void add_need(Graph& graph, const std::string& id, TaskState to_end_as) {
  if (to_end_as == TaskState::kUpstreamFailed) {
    graph.add("under " + id);
    graph.add(id, {"under " + id});
  } else {
    graph.add(id).complete = to_end_as == TaskState::kComplete;
    graph.plan.tasks.back().external = to_end_as == TaskState::kBlocked;
  }
}

void end_need(Player& play, const std::string& id, TaskState as) {
  if (as == TaskState::kDone) play.end(id);
  if (as == TaskState::kFailed) play.end(id, Outcome::kFailed);
  if (as == TaskState::kUpstreamFailed) play.end("under " + id, Outcome::kFailed);
  if (as == TaskState::kSkipped) play.end(id, Outcome::kSkipped);
  if (as == TaskState::kCancelled) play.end(id, Outcome::kCancelled);
}

void check_came_to(Player& play, TaskState state) {
  const bool runs = play.running.contains("task");
  CHECK(runs == (state == TaskState::kReady));
  CHECK(play.asking.contains("task") == (state == TaskState::kPending));
  if (!runs && !play.asking.contains("task")) CHECK(play.state(1, "task") == state);
}

void check_both_orders(When when, TaskState a, TaskState b) {
  for (const bool swapped : {false, true}) {
    INFO("when " << static_cast<int>(when) << ", " << to_string(a) << " and " << to_string(b));
    Graph graph;
    add_need(graph, "a", a);
    add_need(graph, "b", b);
    graph.add("task", {"a", "b"}).when = when;
    graph.root("task");
    Player play;
    play.submit(1, graph);
    end_need(play, swapped ? "b" : "a", swapped ? b : a);
    end_need(play, swapped ? "a" : "b", swapped ? a : b);
    check_came_to(play, expected(when, {a, b}));
  }
}

}  // namespace

TEST_CASE("what a task comes to follows from its condition and all its requirements") {
  for (const When when : kWhens) {
    for (const TaskState a : kEnds) {
      for (const TaskState b : kEnds) check_both_orders(when, a, b);
    }
  }
}

TEST_CASE("without requirements only any, failed and all failed do not hold") {
  for (const When when : kWhens) {
    INFO("when " << static_cast<int>(when));
    Graph graph;
    graph.add("task").when = when;
    graph.root("task");
    Player play;
    play.submit(1, graph);
    check_came_to(play, expected(when, {}));
  }
}

TEST_CASE("a task with a condition waits until all its requirements have ended") {
  Graph graph;
  graph.add("bad");
  graph.add("slow");
  graph.add("cleanup", {"bad", "slow"}).when = When::kFailed;
  graph.add("after", {"cleanup"});
  graph.root("after");
  Player play;
  play.submit(1, graph);
  play.end("bad", Outcome::kFailed);
  CHECK(play.now_running() == Names{"slow"});
  play.end("slow");
  CHECK(play.now_running() == Names{"cleanup"});
  play.end("cleanup");
  play.end("after");
  CHECK(play.ended.at(1) == RunState::kDone);  // what failed was not asked for
}

TEST_CASE("a skip by a condition that does not hold spreads, and is no failure") {
  Graph graph;
  graph.add("good");
  graph.add("cleanup", {"good"}).when = When::kFailed;
  graph.add("after", {"cleanup"});
  graph.add("always", {"cleanup"}).when = When::kEnded;
  graph.root("after");
  graph.root("always");
  Player play;
  play.submit(1, graph);
  play.end("good");
  CHECK(play.state(1, "cleanup") == TaskState::kSkipped);
  CHECK(play.state(1, "after") == TaskState::kSkipped);
  play.end("always");
  CHECK(play.ended.at(1) == RunState::kDone);
}

TEST_CASE("a wrapper whose condition holds is done") {
  Graph graph;
  graph.add("bad");
  graph.add("wrapper", {"bad"}).when = When::kEnded;
  graph.plan.tasks.back().has_work = false;
  graph.root("wrapper");
  Player play;
  play.submit(1, graph);
  play.end("bad", Outcome::kFailedForGood);
  CHECK(play.state(1, "wrapper") == TaskState::kDone);
  CHECK(play.ended.at(1) == RunState::kDone);
}

TEST_CASE("something external that is missing blocks what needs it, and nothing else") {
  Graph graph;
  graph.add("file").external = true;
  graph.add("load", {"file"});
  graph.add("report", {"load"});
  graph.add("other");
  graph.root("report");
  graph.root("other");
  Player play;
  const bool fail_fast = GENERATE(true, false);
  play.submit(1, graph, {fail_fast, 0});
  CHECK(play.state(1, "file") == TaskState::kBlocked);
  CHECK(play.state(1, "report") == TaskState::kBlocked);
  CHECK(play.now_running() == Names{"other"});
  SECTION("the run is blocked") {
    play.end("other");
    CHECK(play.ended.at(1) == RunState::kBlocked);
  }
  SECTION("a failure weighs more") {
    play.end("other", Outcome::kFailed);
    CHECK(play.ended.at(1) == RunState::kFailed);
  }
  SECTION("so does a cancel") {
    play.cancel(1);
    play.end("other", Outcome::kCancelled);
    CHECK(play.ended.at(1) == RunState::kCancelled);
  }
  CHECK(play.started == Names{"other"});
  CHECK(play.scheduler.idle());
}

TEST_CASE("a failure that comes after a blocked requirement weighs more") {
  Graph graph;
  graph.add("file").external = true;
  graph.add("bad");
  graph.add("task", {"file", "bad"});
  graph.root("task");
  Player play;
  play.submit(1, graph);
  CHECK_FALSE(play.states.contains({1, "task"}));
  play.end("bad", Outcome::kFailed);
  CHECK(play.state(1, "task") == TaskState::kUpstreamFailed);
  CHECK(play.causes.at("task") == "bad");
  CHECK(play.ended.at(1) == RunState::kFailed);
}

TEST_CASE("something external that is asked for itself, or has come, or is asked for later") {
  Graph graph;
  graph.add("file").external = true;
  graph.root("file");
  Player play;
  play.submit(1, graph);
  CHECK(play.ended.at(1) == RunState::kBlocked);
  play.submit(2, graph);  // nothing is kept of the first time
  CHECK(play.ended.at(2) == RunState::kBlocked);
  graph.plan.tasks[0].complete = true;
  graph.add("load", {"file"});
  graph.root("load");
  play.submit(3, graph);
  play.end("load");
  CHECK(play.ended.at(3) == RunState::kDone);
}

TEST_CASE("an asked condition makes its task run, skips it, or fails it") {
  Graph graph;
  graph.add("first").has_work = false;
  graph.add("task", {"first"}).when = When::kAsk;
  graph.plan.tasks.back().has_work = GENERATE(true, false);
  graph.add("after", {"task"});
  graph.root("after");
  Player play;
  play.submit(1, graph);
  CHECK(play.now_running().empty());
  const JobId task = play.asking.at("task");
  CHECK(play.scheduler.state(task) == TaskState::kPending);
  SECTION("holds") {
    play.answer("task", true);
    if (graph.plan.tasks[1].has_work) play.end("task");
    CHECK(play.state(1, "task") == TaskState::kDone);
    play.end("after");
    CHECK(play.ended.at(1) == RunState::kDone);
  }
  SECTION("does not hold") {
    play.answer("task", false);
    CHECK(play.started.empty());
    CHECK(play.state(1, "after") == TaskState::kSkipped);
    CHECK(play.ended.at(1) == RunState::kDone);
  }
  SECTION("fails") {
    play.scheduler.when_failed(task, play.now);
    play.take();
    CHECK(play.started.empty());
    CHECK(play.state(1, "task") == TaskState::kFailed);
    CHECK(play.state(1, "after") == TaskState::kUpstreamFailed);
    CHECK(play.causes.at("after") == "task");
    CHECK(play.ended.at(1) == RunState::kFailed);
  }
}

TEST_CASE("an answer that comes twice, or when its task has ended, is dropped") {
  Graph graph;
  graph.add("bad");
  graph.add("task").when = When::kAsk;
  graph.plan.tasks.back().retry.times = 3;
  graph.root("bad");
  graph.root("task");
  Player play;
  const bool fail_fast = GENERATE(true, false);
  play.submit(1, graph, {fail_fast, 0});
  const JobId task = play.asking.at("task");
  SECTION("answered twice") {
    play.answer("task", true);
    play.scheduler.when_answered(task, false, play.now);
    play.scheduler.when_failed(task, play.now);
    play.take();
    CHECK(play.now_running() == Names{"bad", "task"});
    play.end("task", Outcome::kFailed);
    play.wait(Duration(0));
    CHECK(play.now_running() == Names{"bad", "task"});  // it is not asked again
  }
  SECTION("stopped meanwhile") {
    if (fail_fast) {
      play.end("bad", Outcome::kFailed);
      CHECK(play.ended.at(1) == RunState::kFailed);
    } else {
      play.cancel(1);
      CHECK(play.stopped == Names{"bad"});
      play.end("bad", Outcome::kCancelled);
      CHECK(play.ended.at(1) == RunState::kCancelled);
    }
    CHECK(play.state(1, "task") == TaskState::kCancelled);
    const bool holds = GENERATE(true, false);
    play.scheduler.when_answered(task, holds, play.now);
    play.scheduler.when_failed(task, play.now);
    play.take();
    CHECK(play.now_running().empty());
    CHECK(play.scheduler.idle());
    // Nor does the answer reach another job in the place of the old one.
    Graph again;
    again.add("task").when = When::kAsk;
    again.root("task");
    play.asking.clear();
    play.submit(2, again);
    play.scheduler.when_answered(task, true, play.now);
    play.take();
    CHECK(play.now_running().empty());
    play.answer("task", true);
    CHECK(play.now_running() == Names{"task"});
  }
}

TEST_CASE(
    "a run that shares a task that asks goes on with it when the other is "
    "cancelled") {
  Graph graph;
  graph.add("task").when = When::kAsk;
  graph.root("task");
  Player play;
  play.submit(1, graph);
  play.submit(2, graph);
  play.cancel(1);
  CHECK(play.ended.at(1) == RunState::kCancelled);
  play.answer("task", true);
  play.end("task");
  CHECK(play.ended.at(2) == RunState::kDone);
}

}  // namespace moondial::when_test
