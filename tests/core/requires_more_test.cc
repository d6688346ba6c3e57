// Requirements found missing when a task starts.
#include "tests/catch.h"
#include "tests/core/graph.h"

namespace moondial::requires_more_test {

using namespace std::chrono_literals;

TEST_CASE("a task that finds an input gone waits until it has been made again") {
  Graph graph = chain({"input", "task"});
  graph.plan.tasks[0].complete = true;
  graph.plan.tasks[1].lock = "table";
  Player play(1);
  play.submit(1, graph);
  Graph rival = chain({"rival"});
  rival.plan.tasks[0].lock = "table";
  play.submit(2, rival);
  CHECK(play.now_running() == Names{"task"});
  REQUIRE(play.require_more("task", chain({"input"})).ok());
  CHECK(play.state(1, "task") == TaskState::kPending);
  CHECK(play.wants == std::vector<std::pair<uint64_t, std::string>>{{1, "input"}});
  CHECK(play.now_running() == Names{"rival"});  // units and lock are free, and it is older
  play.end("rival");
  CHECK(play.now_running() == Names{"input"});
  play.end("input");
  CHECK(play.now_running() == Names{"task"});
  play.end("task");
  CHECK(play.ended.at(1) == RunState::kDone);
  CHECK(play.scheduler.pools()[0].used == 0);
}

TEST_CASE("an attempt that is taken back has not been") {
  Graph graph = chain({"task"});
  graph.plan.tasks[0].retry = {1, 0s, 1, 0s, 0};
  Scheduler scheduler(1);
  scheduler.set_pool("cpu", 1);
  const JobId task = scheduler.submit(RunId(1), graph.plan, {}, MonoTime())[0];
  Graph more = chain({"input"});
  more.plan.tasks[0].has_work = false;
  for (int attempt = 1; attempt < 3; ++attempt) {
    for (int again = 0; again < 2; ++again) {
      const auto decisions = scheduler.take_decisions();
      const auto start = std::ranges::find_if(
          decisions, [](const Decision& one) { return std::holds_alternative<StartAttempt>(one); });
      REQUIRE(start != decisions.end());
      CHECK(std::get<StartAttempt>(*start).job == task);
      CHECK(std::get<StartAttempt>(*start).attempt == attempt);
      if (again == 0) REQUIRE(scheduler.requires_more(task, more.plan, MonoTime()).ok());
    }
    scheduler.attempt_ended(task, Outcome::kFailed, MonoTime());
  }
  CHECK(scheduler.state(task) == TaskState::kFailed);
}

TEST_CASE("new requirements count like the others") {
  const auto outcome = GENERATE(Outcome::kFailed, Outcome::kSkipped, Outcome::kCancelled);
  Player play;
  play.submit(1, chain({"task", "after"}));
  Graph more = chain({"deep", "input"});
  more.add("slow");
  more.root("slow");
  REQUIRE(play.require_more("task", more).ok());
  CHECK(play.now_running() == Names{"deep", "slow"});
  play.end("deep", outcome);
  play.end("slow");
  if (outcome == Outcome::kFailed) {
    CHECK(play.causes.at("task") == "deep");
    CHECK(play.ended.at(1) == RunState::kFailed);
  } else if (outcome == Outcome::kSkipped) {
    CHECK(play.state(1, "after") == TaskState::kSkipped);
    CHECK(play.ended.at(1) == RunState::kDone);
  } else {
    CHECK(play.state(1, "after") == TaskState::kCancelled);
    CHECK(play.ended.at(1) == RunState::kCancelled);
  }
  CHECK(play.scheduler.idle());
}

TEST_CASE("what is missing and external blocks, what is there after all does not") {
  Player play;
  play.submit(1, chain({"task"}));
  Graph more = chain({"file"});
  more.plan.tasks[0].complete = true;
  REQUIRE(play.require_more("task", more).ok());
  CHECK(play.now_running() == Names{"task"});
  more.plan.tasks[0].complete = false;
  more.plan.tasks[0].external = true;
  REQUIRE(play.require_more("task", more).ok());
  CHECK(play.state(1, "task") == TaskState::kBlocked);
  CHECK(play.ended.at(1) == RunState::kBlocked);
}

TEST_CASE("a task with another condition is asked again with what was made again") {
  Graph graph = chain({"bad", "task"});
  graph.plan.tasks[1].when = GENERATE(When::kEnded, When::kAsk);
  Player play;
  play.submit(1, graph);
  play.end("bad", Outcome::kFailed);
  if (graph.plan.tasks[1].when == When::kAsk) play.answer("task", true);
  REQUIRE(play.require_more("task", chain({"input"})).ok());
  play.end("input", Outcome::kFailed);
  if (graph.plan.tasks[1].when == When::kAsk) {
    CHECK(play.now_running().empty());
    play.answer("task", false);
    CHECK(play.state(1, "task") == TaskState::kSkipped);
  } else {
    play.end("task");
  }
  CHECK(play.ended.at(1) == RunState::kDone);
}

TEST_CASE("new requirements inherit urgency, and runs that join want them") {
  Graph graph = chain({"task"});
  graph.plan.tasks[0].priority = 6;
  Player play;
  play.submit(1, graph);
  play.submit(3, chain({"input"}));
  REQUIRE(play.require_more("task", chain({"input", "new"})).ok());
  CHECK(play.scheduler.urgency(play.scheduler.find("new")) == 6);
  CHECK(play.scheduler.urgency(play.scheduler.find("input")) == 6);
  play.submit(2, graph);
  CHECK(play.scheduler.joined_along(RunId(2)).size() == 2);
  play.cancel(1);
  CHECK(play.scheduler.urgency(play.scheduler.find("new")) == 6);
  play.cancel(2);
  CHECK(play.scheduler.urgency(play.scheduler.find("input")) == 0);
  CHECK(play.stopped.empty());  // run 3 has asked for it
  play.end("input");
  CHECK(play.ended.at(3) == RunState::kDone);
}

TEST_CASE("what would wait for itself is refused, and the attempt goes on") {
  Graph graph = chain({"task", "after"});
  graph.plan.tasks[0].lock = "table";
  Player play;
  play.submit(1, graph);
  const auto cycle = play.require_more("task", chain({"after", "new"}));
  REQUIRE_FALSE(cycle.ok());
  CHECK(cycle.error().code == Code::kInvalid);
  CHECK(cycle.error().message == "a cycle: task -> new -> after -> task");
  CHECK_FALSE(play.scheduler.find("new"));
  CHECK(play.scheduler.state(play.running.at("task")) == TaskState::kRunning);

  Graph locked = chain({"input"});  // the task gives its own lock back
  locked.plan.tasks[0].lock = "table";
  REQUIRE(play.require_more("task", locked).ok());
  CHECK(play.now_running() == Names{"input"});
  play.end("input");
  play.end("task");
  play.end("after");
  CHECK(play.ended.at(1) == RunState::kDone);
}

TEST_CASE("a requirement whose lock a waiter holds that waits for the task is refused") {
  Graph waiter = chain({"w"});
  waiter.plan.tasks[0].lock = "table";
  Player play;
  play.submit(1, waiter);
  (void)play.await("w", chain({"task"}));
  play.take();
  Graph locked = chain({"input"});
  locked.plan.tasks[0].lock = "table";
  const auto refused = play.require_more("task", locked);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message ==
        "a deadlock: task -> input, which needs the lock \"table\" that w holds -> task");
}

TEST_CASE("nothing more is required by what is not to be started") {
  Graph graph = chain({"task"});
  graph.add("bad");
  graph.root("bad");
  Player play;
  play.submit(1, graph, {true, 0});
  const bool shared = GENERATE(true, false);
  if (shared) play.submit(2, chain({"task"}));
  const bool cancelled = GENERATE(true, false);
  cancelled ? play.cancel(1) : play.end("bad", Outcome::kFailed);
  const auto required = play.require_more("task", chain({"input"}));
  if (shared) {
    REQUIRE(required.ok());
    CHECK(play.state(1, "task") == TaskState::kCancelled);
    CHECK(play.running.contains("input"));
    play.end("input");
    play.end("task");
    CHECK(play.ended.at(2) == RunState::kDone);
  } else {
    REQUIRE_FALSE(required.ok());
    CHECK(required.error().code == Code::kCancelled);
    play.end("task", Outcome::kCancelled);
    CHECK(play.state(1, "task") == TaskState::kCancelled);
  }
  if (cancelled) play.end("bad", Outcome::kCancelled);
  CHECK(play.ended.at(1) == (cancelled ? RunState::kCancelled : RunState::kFailed));
  CHECK(play.scheduler.idle());
}

TEST_CASE("what an earlier attempt awaited holds a new requirement neither up nor back") {
  Graph graph = chain({"w"});
  graph.plan.tasks[0].retry = {2, 0s, 1, 0s, 0};
  Player play;
  play.submit(1, graph);
  (void)play.await("w", chain({"x"}));
  play.take();
  play.end("w", Outcome::kFailed);
  CHECK(play.now_running() == Names{"w", "x"});
  REQUIRE(play.require_more("w", chain({"input"})).ok());
  const bool x_first = GENERATE(true, false);
  if (x_first) play.end("x", Outcome::kFailed);
  play.end("input");
  CHECK(play.running.contains("w"));
  play.end("w");
  if (!x_first) {
    CHECK(play.stopped == Names{"x"});
    play.end("x", Outcome::kCancelled);
  }
  CHECK(play.ended.at(1) == RunState::kDone);
}

}  // namespace moondial::requires_more_test
