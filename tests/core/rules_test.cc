// Rules that a first reading of the scheduler would not expect to matter.
#include <cmath>
#include <set>

#include "core/plan_order.h"
#include "core/retry.h"
#include "tests/catch.h"
#include "tests/core/graph.h"

namespace moondial::rules_test {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("a task ends the same whichever of its requirements ends first") {
  Graph graph;
  graph.add("skips");
  graph.add("fails");
  graph.add("needs both", {"skips", "fails"});
  graph.root("needs both");
  Player play;
  play.submit(1, graph);
  const bool skip_first = GENERATE(true, false);
  if (skip_first) {
    play.end("skips", Outcome::kSkipped);
    CHECK_FALSE(play.ended.contains(1));
    play.end("fails", Outcome::kFailed);
  } else {
    play.end("fails", Outcome::kFailed);
    play.end("skips", Outcome::kSkipped);
  }
  CHECK(play.state(1, "needs both") == TaskState::kUpstreamFailed);
  CHECK(play.causes.at("needs both") == "fails");
  CHECK(play.ended.at(1) == RunState::kFailed);
}

TEST_CASE("an attempt that somebody else stopped cancels its task and what needs it") {
  Graph graph;
  graph.add("a").retry.times = 3;
  graph.add("b", {"a"});
  graph.root("b");
  Player play;
  play.submit(1, graph);
  play.end("a", Outcome::kCancelled);
  CHECK(play.state(1, "a") == TaskState::kCancelled);
  CHECK(play.state(1, "b") == TaskState::kCancelled);
  CHECK(play.ended.at(1) == RunState::kCancelled);
}

TEST_CASE("narrow tasks in turn cannot starve one that needs both their pools") {
  Player play(1000);
  play.scheduler.set_pool("a", 1);
  play.scheduler.set_pool("b", 1);
  Graph both;
  both.add("both").uses = {{"a", 1}, {"b", 1}};
  both.plan.tasks[0].priority = 5;
  both.root("both");
  uint64_t runs = 0;
  const auto narrow = [&](const std::string& pool, int i) {
    Graph graph;
    graph.add(pool + std::to_string(i)).uses = {{pool, 1}};
    graph.root(pool + std::to_string(i));
    play.submit(++runs, graph);
  };
  narrow("a", 0);
  narrow("b", 0);
  play.submit(++runs, both);
  for (int i = 1; i < 10; ++i) {
    narrow("a", i);
    narrow("b", i);
  }
  CHECK(play.now_running() == Names{"a0", "b0"});
  play.end("a0");
  CHECK(play.now_running() == Names{"b0"});
  CHECK(play.scheduler.lacking(play.scheduler.find("a1")) == Names{"a"});  // reserved for `both`
  CHECK(play.scheduler.lacking(play.scheduler.find("both")) == Names{"b"});
  play.end("b0");
  CHECK(play.now_running() == Names{"both"});
}

TEST_CASE("a wide task keeps only what it has lacked, and nothing once it is gone") {
  Player play(2);
  play.scheduler.set_pool("db", 1);
  Graph graph;
  graph.add("db 1").uses = {{"cpu", 1}, {"db", 1}};
  graph.add("db 2").uses = {{"cpu", 1}, {"db", 1}};
  graph.root("db 1");
  graph.root("db 2");
  play.submit(1, graph);
  Graph others;
  for (const char* id : {"x", "y"}) {
    others.add(id);
    others.root(id);
  }
  play.submit(2, others);
  CHECK(play.now_running() == Names{"db 1", "x"});
  play.end("db 1");  // db is free, but now "db 2" is older than "y" and takes the processor
  CHECK(play.now_running() == Names{"db 2", "x"});

  Graph wide;
  wide.add("wide").uses = {{"cpu", 2}};
  wide.plan.tasks[0].priority = 1;
  wide.root("wide");
  play.submit(3, wide);
  play.end("x");
  CHECK(play.now_running() == Names{"db 2"});
  play.cancel(3);
  CHECK(play.now_running() == Names{"db 2", "y"});
}

TEST_CASE("a urgent task that has ended makes nothing urgent any more") {
  Graph graph;
  graph.add("first").priority = 9;
  graph.add("fails").priority = 9;
  graph.add("slow");
  graph.add("urgent", {"fails", "slow"}).priority = 5;
  graph.add("other").priority = 1;
  for (const char* root : {"first", "urgent", "other"}) graph.root(root);
  Player play(1);
  play.submit(1, graph);
  play.end("first");
  CHECK(play.now_running() == Names{"fails"});
  play.end("fails", Outcome::kFailed);  // nothing waits for "slow" any more
  CHECK(play.now_running() == Names{"other"});
}

TEST_CASE("the longest remaining path falls, too, and sums cannot overflow") {
  Graph graph;
  graph.add("holds");
  graph.plan.tasks[0].priority = 9;
  graph.add("a").estimate = 1s;
  graph.add("b").estimate = 2s;
  graph.root("a");
  graph.root("b");
  graph.root("holds");
  Graph later;
  later.add("a");
  later.add("after a", {"a"}).estimate = Duration::max();
  later.add("after that", {"after a"}).estimate = Duration::max();
  later.root("after that");
  Player play(1);
  play.submit(1, graph);
  play.submit(2, later);
  SECTION("a has the longer way") {
    play.end("holds");
    CHECK(play.now_running() == Names{"a"});
  }
  SECTION("until the run is cancelled") {
    play.cancel(2);
    play.end("holds");
    CHECK(play.now_running() == Names{"b"});
  }
}

TEST_CASE("a run that joins hears at once that a task runs or is retried") {
  Graph graph;
  graph.add("runs");
  graph.add("retries").retry = {1, 60s, 1, 0s, 0};
  graph.root("runs");
  graph.root("retries");
  Player play;
  play.submit(1, graph);
  play.end("retries", Outcome::kFailed);
  play.submit(2, graph);
  CHECK(play.state(2, "runs") == TaskState::kRunning);
  CHECK(play.state(2, "retries") == TaskState::kRetrying);
  play.wait(60s);
  CHECK(play.state(2, "retries") == TaskState::kRunning);
}

TEST_CASE("a run holds what the tasks that it joins still wait for, and can say so") {
  Graph one;
  one.add("deep");
  one.add("middle", {"deep"});
  one.add("top", {"middle"});
  one.root("top");
  Graph two;
  two.add("top");
  two.root("top");
  Player play;
  play.submit(1, one);
  play.submit(2, two);
  const auto along = play.scheduler.joined_along(RunId(2));
  REQUIRE(along.size() == 2);
  CHECK(play.names.at(along[0]) == "middle");
  CHECK(play.names.at(along[1]) == "deep");
  CHECK(play.scheduler.joined_along(RunId(1)).empty());
  CHECK(play.scheduler.joined_along(RunId(9)).empty());
  CHECK(play.state(2, "deep") == TaskState::kRunning);
  play.cancel(1);
  play.end("deep", Outcome::kFailed);
  CHECK(play.state(2, "top") == TaskState::kUpstreamFailed);
  CHECK(play.causes.at("top") == "deep");
  CHECK(play.ended.at(2) == RunState::kFailed);
}

TEST_CASE("joining cannot make a cycle, even if the two plans disagree") {
  Graph one;
  one.add("first");
  one.add("a", {"first"});
  one.add("b", {"a"});
  one.root("b");
  Graph two;
  two.add("b");
  two.add("a", {"b"});
  two.root("a");
  Player play;
  play.submit(1, one);
  play.submit(2, two);
  for (const char* id : {"first", "a", "b"}) play.end(id);
  CHECK(play.ended.at(1) == RunState::kDone);
  CHECK(play.ended.at(2) == RunState::kDone);
}

TEST_CASE("fail-fast does not start again what was lost, nor retry for itself what others retry") {
  Graph graph;
  graph.add("bad");
  graph.add("lost");
  graph.add("shared").retry = {3, 10s, 1, 0s, 0};
  for (const char* root : {"bad", "lost", "shared"}) graph.root(root);
  Graph other;
  other.add("shared");
  other.root("shared");
  Player play;
  play.submit(1, graph, {true, 0});
  play.submit(2, other);
  play.end("bad", Outcome::kFailed);
  play.end("lost", Outcome::kLost);
  CHECK(play.state(1, "lost") == TaskState::kCancelled);
  play.end("shared", Outcome::kFailed);
  CHECK(play.state(1, "shared") == TaskState::kCancelled);
  CHECK(play.state(2, "shared") == TaskState::kRetrying);
  CHECK(play.ended.at(1) == RunState::kFailed);
  play.wait(10s);
  play.end("shared");
  CHECK(play.ended.at(2) == RunState::kDone);
}

TEST_CASE("a loss while being stopped is nobody's fault") {
  Graph graph;
  graph.add("a");
  graph.root("a");
  Player play;
  for (uint64_t run = 1; run < 9; ++run) {
    play.submit(run, graph);
    if (run == 1) continue;
    play.cancel(run - 1);  // shared: it goes on
    CHECK(play.stopped.empty());
  }
  for (uint64_t run = 8; run < 14; ++run) {
    play.cancel(run);
    play.submit(run + 1, graph);
    play.end("a", Outcome::kLost);
    CHECK(play.now_running() == Names{"a"});
  }
  play.end("a");
  CHECK(play.ended.at(14) == RunState::kDone);
}

TEST_CASE("cancelling what has ended does nothing") {
  Graph graph;
  graph.add("a");
  graph.root("a");
  Player play;
  play.submit(1, graph);
  play.end("a");
  play.cancel(1, true);
  play.cancel(77, true);
  CHECK(play.ended.at(1) == RunState::kDone);
}

TEST_CASE("the id of a job is never used again, and its identity is free when it has ended") {
  Graph graph;
  graph.add("a");
  graph.root("a");
  Player play;
  std::set<JobId> seen;
  for (uint64_t run = 1; run <= 30'000; ++run) {
    const auto jobs = play.scheduler.submit(RunId(run), graph.plan, {}, play.now);
    REQUIRE(seen.insert(jobs[0]).second);
    (void)play.scheduler.take_decisions();
    play.scheduler.attempt_ended(jobs[0], Outcome::kSucceeded, play.now);
    REQUIRE_FALSE(play.scheduler.find("a"));
    (void)play.scheduler.take_decisions();
    REQUIRE(play.scheduler.state(jobs[0]) == TaskState::kDone);  // until the next call
  }
  // Memory is given back after much of it was used, and ids go on.
  Graph large;
  for (int i = 0; i < 20'000; ++i) {
    large.add(std::to_string(i)).has_work = false;
    large.root(std::to_string(i));
  }
  for (uint64_t run = 40'000; run < 40'003; ++run) {
    for (const JobId job : play.scheduler.submit(RunId(run), large.plan, {}, play.now)) {
      REQUIRE(seen.insert(job).second);
    }
    while (!play.scheduler.take_decisions().empty()) {
    }
  }
}

TEST_CASE("many distinct pool needs and retry policies do not pile up") {
  Player play(1'000'000);
  for (uint64_t run = 1; run <= 2000; ++run) {
    Graph graph;
    PlanTask& task = graph.add("a");
    task.uses = {{"cpu", static_cast<int64_t>(run)}, {"cpu", 1}, {"db", 0}};
    task.retry.delay = Duration(run);
    graph.root("a");
    play.submit(run, graph);
    CHECK(play.scheduler.pools()[0].used == static_cast<int64_t>(run) + 1);
    play.end("a");
  }
  CHECK(play.scheduler.pools().size() == 1);
}

TEST_CASE("what a run does comes in the plan's order, requirements first") {
  Plan plan;
  plan.tasks.resize(6);
  plan.tasks[0].requires_ = {3, 4};
  plan.tasks[3].requires_ = {5};
  plan.tasks[4].complete = true;
  plan.tasks[4].requires_ = {2};
  plan.roots = {0, 1};
  CHECK(order_to_run(plan) == std::vector<uint32_t>{1, 5, 3, 0});
  plan.roots = {4};
  CHECK(order_to_run(plan).empty());
}

TEST_CASE("waits before retries are bounded and never negative") {
  std::mt19937_64 random(1);
  const auto wait = [&](RetryPolicy policy, int retry) {
    return retry_wait(policy, retry, random);
  };
  CHECK(wait({9, 30s, 2, 10min, 0}, 1) == 30s);
  CHECK(wait({9, 30s, 2, 10min, 0}, 4) == 4min);
  CHECK(wait({9, 30s, 2, 10min, 0}, 6) == 10min);
  CHECK(wait({9, 30s, 2, 10min, 0}, INT32_MAX) == 10min);
  CHECK(wait({9, 30s, 1e308, 0s, 0}, 99) > 24h * 365);
  CHECK(wait({9, 30s, 1e308, 0s, 0}, 99) < 24h * 365 * 11);
  CHECK(wait({9, Duration::max(), 1, 0s, 1}, 2) < 24h * 365 * 11);
  CHECK(wait({9, 30s, 0.5, 0s, 0}, 3) == 7500ms);
  CHECK(wait({9, -30s, 2, 0s, 0}, 3) == 0s);
  CHECK(wait({9, 30s, -2, 0s, 0}, 2) == 0s);
  CHECK(wait({9, 30s, std::nan(""), 0s, 0}, 2) == 0s);
  CHECK(wait({9, 0s, 2, 0s, 1}, 2) == 0s);
  Duration least = 1h;
  Duration most = 0s;
  for (int i = 0; i < 2000; ++i) {
    const Duration one = wait({9, 100s, 1, 0s, 0.3}, 1);
    least = std::min(least, one);
    most = std::max(most, one);
  }
  CHECK(least >= 70s);
  CHECK(least < 72s);
  CHECK(most <= 130s);
  CHECK(most > 128s);
}

TEST_CASE("without jitter nothing is drawn, so that tasks do not disturb each other's delays") {
  std::mt19937_64 random(5);
  const std::mt19937_64 before = random;
  (void)retry_wait({3, 10s, 2, 0s, 0}, 2, random);
  CHECK(random == before);
}

}  // namespace moondial::rules_test
