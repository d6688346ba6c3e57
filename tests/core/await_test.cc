// Dependencies found while running.
#include <algorithm>

#include "tests/catch.h"
#include "tests/core/graph.h"
#include "tests/large.h"

namespace moondial::await_test {
namespace {

using namespace std::chrono_literals;
using States = std::vector<TaskState>;

/// Tasks without requirements, all asked for.
Graph roots(const Names& ids) {
  Graph graph;
  for (const std::string& id : ids) {
    graph.add(id);
    graph.root(id);
  }
  return graph;
}

Graph with_lock(Graph graph, size_t task, const std::string& lock) {
  graph.plan.tasks[task].lock = lock;
  return graph;
}

States states_of(const AwaitEnded& ended) {
  States out;
  for (const AwaitedRoot& root : ended.roots) out.push_back(root.state);
  return out;
}

int64_t used(const Player& play, const std::string& name) {
  for (const PoolView& pool : play.scheduler.pools()) {
    if (pool.name == name) return pool.used;
  }
  return -1;
}

}  // namespace

TEST_CASE("what is awaited runs, and the waiter is told how it ended") {
  Player play;
  play.submit(1, roots({"w"}));
  const AwaitId id = play.await("w", chain({"deep", "x"}));
  CHECK(play.wants == std::vector<std::pair<uint64_t, std::string>>{{1, "deep"}, {1, "x"}});
  play.take();
  CHECK(play.now_running() == Names{"deep", "w"});
  CHECK(play.scheduler.unmet(play.running.at("w")).size() == 1);
  play.end("deep");
  CHECK(play.answers.empty());
  play.end("x");
  REQUIRE(play.answers.contains(id));
  CHECK(play.answers.at(id).waiter == play.running.at("w"));
  CHECK(states_of(play.answers.at(id)) == States{TaskState::kDone});
  CHECK(play.scheduler.unmet(play.running.at("w")).empty());
  CHECK_FALSE(play.ended.contains(1));
  play.end("w");
  CHECK(play.ended.at(1) == RunState::kDone);
  CHECK(play.forgotten == 3);
}

TEST_CASE("what is complete is answered at once, and so is nothing") {
  Graph graph = roots({"x", "y"});
  for (PlanTask& task : graph.plan.tasks) task.complete = true;
  Player play;
  play.submit(1, roots({"w"}));
  const AwaitId both = play.await("w", graph);
  const AwaitId nothing = play.await("w", Graph());
  CHECK(play.wants.empty());
  CHECK(play.answers.empty());  // with the next decisions, not before
  play.take();
  CHECK(states_of(play.answers.at(both)) == States{TaskState::kComplete, TaskState::kComplete});
  CHECK(states_of(play.answers.at(nothing)).empty());
}

TEST_CASE("a list is awaited to its end, and what fails in it does not fail the waiter") {
  Graph graph = roots({"bad", "good", "skips", "was"});
  graph.plan.tasks[3].complete = true;
  graph.add("file").external = true;
  graph.add("needs bad", {"bad"});
  graph.add("wrapper", {"good"}).has_work = false;
  for (const char* id : {"file", "needs bad", "wrapper", "good"}) graph.root(id);
  Player play;
  play.submit(1, roots({"w"}));
  const AwaitId id = play.await("w", graph);
  play.take();
  play.end("bad", Outcome::kFailed);
  play.end("skips", Outcome::kSkipped);
  CHECK(play.answers.empty());
  play.end("good");
  CHECK(states_of(play.answers.at(id)) == States{TaskState::kFailed, TaskState::kDone,
                                                 TaskState::kSkipped, TaskState::kComplete,
                                                 TaskState::kBlocked, TaskState::kUpstreamFailed,
                                                 TaskState::kDone, TaskState::kDone});
  CHECK(play.now_running() == Names{"w"});
  play.end("w");
  CHECK(play.ended.at(1) == RunState::kDone);  // only what was asked for counts
}

TEST_CASE("several awaits at a time are answered each for itself") {
  Player play;
  play.submit(1, roots({"w"}));
  const AwaitId x = play.await("w", roots({"x"}));
  const AwaitId both = play.await("w", roots({"x", "y"}));
  const AwaitId y = play.await("w", roots({"y", "y"}));
  play.take();
  play.end("y", Outcome::kFailed);
  CHECK(states_of(play.answers.at(y)) == States{TaskState::kFailed, TaskState::kFailed});
  CHECK(play.answers.size() == 1);
  play.end("x");
  CHECK(states_of(play.answers.at(x)) == States{TaskState::kDone});
  CHECK(states_of(play.answers.at(both)) == States{TaskState::kDone, TaskState::kFailed});
  CHECK(play.started == Names{"w", "x", "y"});
}

TEST_CASE("a paused waiter gives its units back, and goes on when it has them again") {
  Player play(1);
  play.submit(1, roots({"w"}));
  const AwaitId id = play.await("w", roots({"x"}));
  play.take();
  CHECK(play.started == Names{"w"});  // there is no room
  play.pause("w");
  CHECK(play.state(1, "w") == TaskState::kWaiting);
  CHECK(play.now_running() == Names{"w", "x"});
  CHECK(used(play, "cpu") == 1);
  play.scheduler.attempt_ended(play.running.at("x"), Outcome::kSucceeded, play.now);
  const auto decisions = play.scheduler.take_decisions();
  REQUIRE(decisions.size() == 3);
  CHECK(std::get<TaskChanged>(decisions[0]).state == TaskState::kDone);
  CHECK(std::get<TaskChanged>(decisions[1]).job == play.running.at("w"));
  CHECK(std::get<TaskChanged>(decisions[1]).state == TaskState::kRunning);
  CHECK(std::get<AwaitEnded>(decisions[2]).await == id);
  CHECK(used(play, "cpu") == 1);
  play.end("w");
  CHECK(used(play, "cpu") == 0);
}

TEST_CASE("a paused waiter competes like a ready job, and keeps its age") {
  Player play(2);
  Graph wide = roots({"w"});
  wide.plan.tasks[0].uses = {{"cpu", 2}};
  play.submit(1, wide);
  const AwaitId id = play.await("w", roots({"x"}));
  play.pause("w");
  Graph urgent = roots({"urgent"});
  urgent.plan.tasks[0].priority = 1;
  play.submit(2, urgent);
  play.submit(3, roots({"young"}));
  CHECK(play.now_running() == Names{"urgent", "w", "x"});
  play.end("x");
  CHECK(play.now_running() == Names{"urgent", "w"});  // the free unit is kept for w
  CHECK(play.answers.empty());
  CHECK(play.scheduler.lacking(play.running.at("w")) == Names{"cpu"});
  CHECK(play.scheduler.pools()[0].waiting == 2);
  CHECK(play.state(1, "w") == TaskState::kWaiting);
  play.end("urgent");
  CHECK(play.answers.contains(id));
  CHECK(play.scheduler.lacking(play.running.at("w")).empty());
  CHECK(play.now_running() == Names{"w"});
  play.end("w");
  CHECK(play.now_running() == Names{"young"});
}

TEST_CASE("a waiter whose units a shrunken pool can no longer hold does not hold others up") {
  Player play(2);
  Graph wide = roots({"w"});
  wide.plan.tasks[0].uses = {{"cpu", 2}};
  play.submit(1, wide);
  (void)play.await("w", roots({"x"}));
  play.pause("w");
  play.submit(2, roots({"other"}));
  play.scheduler.set_pool("cpu", 1);
  play.end("x");
  play.end("other");
  play.submit(3, roots({"another"}));
  CHECK(play.answers.empty());
  CHECK(play.running.contains("another"));
  play.scheduler.set_pool("cpu", 2);
  play.end("another");
  CHECK(play.answers.size() == 1);
}

TEST_CASE("pausing is refused when an answer is about to come, or the attempt is being stopped") {
  Player play(1);
  play.submit(1, roots({"w"}));
  Graph complete = roots({"x"});
  complete.plan.tasks[0].complete = true;
  (void)play.await("w", roots({"y"}));
  const AwaitId id = play.await("w", complete);
  CHECK_FALSE(play.scheduler.pause(play.running.at("w")));
  play.take();
  CHECK(play.answers.contains(id));
  CHECK(used(play, "cpu") == 1);
  play.cancel(1);
  CHECK_FALSE(play.scheduler.pause(play.running.at("w")));
  CHECK(play.scheduler.state(play.running.at("w")) == TaskState::kRunning);
}

TEST_CASE("one answer is enough to go on, and the waiter may pause again") {
  Player play(1);
  play.submit(1, roots({"w"}));
  const AwaitId x = play.await("w", roots({"x"}));
  const AwaitId y = play.await("w", roots({"y"}));
  play.pause("w");
  play.end("x");
  CHECK(play.answers.contains(x));
  CHECK_FALSE(play.running.contains("y"));
  play.pause("w");
  CHECK(play.running.contains("y"));
  play.end("y");
  CHECK(play.answers.contains(y));
  play.end("w");
  CHECK(play.ended.at(1) == RunState::kDone);
}

TEST_CASE(
    "while starts are not allowed nothing paused goes on, but who is not paused is answered") {
  Player play;
  play.submit(1, roots({"paused", "runs"}));
  (void)play.await("paused", roots({"x"}));
  play.pause("paused");
  (void)play.await("runs", roots({"x"}));
  play.take();
  play.scheduler.attempt_ended(play.running.at("x"), Outcome::kSucceeded, play.now);
  const auto decisions = play.scheduler.take_decisions(false);
  REQUIRE(decisions.size() == 2);
  CHECK(std::get<AwaitEnded>(decisions[1]).waiter == play.running.at("runs"));
  play.take();
  CHECK(play.answers.begin()->second.waiter == play.running.at("paused"));
}

// --- Urgency ---

TEST_CASE("the waiter's urgency reaches all that it awaits, and goes with it") {
  Player play(1);
  Graph first = roots({"w"});
  first.plan.tasks[0].priority = 7;
  play.submit(1, first);
  Graph others = chain({"old deep", "old"});
  for (const char* id : {"a", "b"}) {
    others.add(id).priority = 3;
    others.root(id);
  }
  play.submit(2, others);
  Graph awaited = chain({"old deep", "old", "new", "newer"});
  (void)play.await("w", awaited);
  play.take();
  for (const char* id : {"old deep", "old", "new", "newer"}) {
    INFO(id);
    CHECK(play.scheduler.urgency(play.scheduler.find(id)) == 7);
  }
  SECTION("in the order in which things start") {
    play.pause("w");
    for (const char* id : {"old deep", "old", "new", "newer"}) play.end(id);
    CHECK(play.answers.size() == 1);
  }
  SECTION("through awaits of awaits, up and down") {
    play.pause("w");
    for (const char* id : {"old deep", "old"}) play.end(id);
    (void)play.await("new", chain({"a", "last"}));
    play.pause("new");
    CHECK(play.scheduler.urgency(play.scheduler.find("a")) == 7);
    CHECK(play.scheduler.urgency(play.scheduler.find("last")) == 7);
    Graph more = roots({"w"});
    more.plan.tasks[0].priority = 9;
    play.submit(3, more);
    CHECK(play.scheduler.urgency(play.scheduler.find("last")) == 9);
    CHECK(play.scheduler.urgency(play.scheduler.find("a")) == 9);
    play.cancel(3);
    CHECK(play.scheduler.urgency(play.scheduler.find("last")) == 7);
    play.cancel(1);
    CHECK(play.scheduler.urgency(play.scheduler.find("a")) == 3);
  }
}

TEST_CASE("every run's extra priority counts for what is awaited for it") {
  Player play;
  play.submit(1, roots({"w"}), {false, 1});
  play.submit(2, roots({"w"}), {false, 4});
  Graph graph = roots({"x"});
  graph.plan.tasks[0].priority = 2;
  (void)play.await("w", graph);
  CHECK(play.wants == std::vector<std::pair<uint64_t, std::string>>{{1, "x"}, {2, "x"}});
  play.take();
  CHECK(play.scheduler.urgency(play.scheduler.find("x")) == 6);
  play.cancel(2);
  CHECK(play.scheduler.urgency(play.scheduler.find("x")) == 3);
}

TEST_CASE("a long chain of awaits, each of the next, has one urgency") {
  Player play(1);
  Graph first = roots({"0"});
  first.plan.tasks[0].priority = 1;
  play.submit(1, first);
  constexpr int kDepth = 2000;
  for (int i = 0; i < kDepth; ++i) {
    (void)play.await(std::to_string(i), roots({std::to_string(i + 1)}));
    play.pause(std::to_string(i));
  }
  const std::string last = std::to_string(kDepth);
  REQUIRE(play.running.contains(last));
  Graph more = roots({"0"});
  more.plan.tasks[0].priority = 5;
  play.submit(2, more);
  CHECK(play.scheduler.urgency(play.running.at(last)) == 5);
  CHECK(play.refusal(last, roots({"0"})).starts_with("a cycle: 2000 -> 0 -> 1 -> 2"));
  for (int i = kDepth; i >= 0; --i) play.end(std::to_string(i));
  CHECK(play.ended.at(1) == RunState::kDone);
  CHECK(play.ended.at(2) == RunState::kDone);
}

TEST_CASE("a hundred thousand tasks in one await") {
  constexpr int kMany = large(100'000);
  Graph graph;
  for (int i = 0; i < kMany; ++i) graph.add(std::to_string(i));
  for (int i = 0; i < kMany; ++i) graph.root(std::to_string(i));
  Player play(8);
  play.submit(1, roots({"w"}));
  const AwaitId id = play.await("w", graph);
  play.pause("w");
  while (play.answers.empty()) play.end(play.running.begin()->first);
  CHECK(std::ssize(play.answers.at(id).roots) == kMany);
  play.end("w");
  CHECK(play.ended.at(1) == RunState::kDone);
}

// --- Refusals ---

TEST_CASE("a cycle through requirements and awaits is refused with its way, and changes nothing") {
  Player play;
  play.submit(1, chain({"w", "after", "last"}));
  Graph awaited = chain({"last", "new"});
  awaited.plan.tasks[1].file = "pipelines/p.lua";
  awaited.plan.tasks[1].line = 7;
  const auto refused = play.scheduler.await(play.running.at("w"), awaited.plan, play.now);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::kInvalid);
  CHECK(refused.error().message == "a cycle: w -> new -> last -> after -> w");
  REQUIRE(refused.error().diagnostics.size() == 1);
  CHECK(refused.error().diagnostics[0].text().starts_with("pipelines/p.lua:7: a cycle: w -> new"));
  CHECK_FALSE(play.scheduler.find("new"));
  CHECK(play.scheduler.take_decisions().empty());
  CHECK(play.refusal("w", roots({"w"})) == "a cycle: w -> w");
  CHECK(play.refusal("w", roots({"fine", "after"})) == "a cycle: w -> after -> w");
  CHECK_FALSE(play.scheduler.find("fine"));

  (void)play.await("w", roots({"x"}));
  play.take();
  CHECK(play.refusal("x", roots({"w"})) == "a cycle: x -> w -> x");
  CHECK(play.refusal("x", roots({"last"})) == "a cycle: x -> last -> after -> w -> x");
  CHECK(play.refusal("x", roots({"y"})).empty());
  play.take();
  for (const char* id : {"y", "x", "w", "after", "last"}) play.end(id);
  CHECK(play.ended.at(1) == RunState::kDone);
}

TEST_CASE("what a waiter will most likely await again counts as awaited") {
  Player play;
  Graph graph = roots({"w"});
  graph.plan.tasks[0].retry = {1, 60s, 1, 0s, 0};
  play.submit(1, graph);
  (void)play.await("w", roots({"x"}));
  play.take();
  play.end("w", Outcome::kFailed);
  CHECK(play.refusal("x", roots({"w"})) == "a cycle: x -> w -> x");
}

TEST_CASE("awaiting what needs a lock that the waiter holds is refused") {
  Player play;
  play.submit(1, with_lock(roots({"w"}), 0, "table"));
  CHECK(play.refusal("w", with_lock(chain({"deep", "x"}), 0, "table")) ==
        "a deadlock: w -> x -> deep, which needs the lock \"table\" that w holds");
  CHECK(play.refusal("w", with_lock(roots({"x"}), 0, "other")).empty());

  Graph wrapper = with_lock(roots({"wrapper"}), 0, "table");
  wrapper.plan.tasks[0].has_work = false;  // it never takes it
  CHECK(play.refusal("w", wrapper).empty());
}

TEST_CASE("a live job that waits for the waiter's lock cannot be awaited") {
  Player play;
  play.submit(1, with_lock(roots({"w"}), 0, "table"));
  play.submit(2, with_lock(chain({"deep", "x"}), 1, "table"));
  CHECK(play.refusal("w", roots({"x"})) ==
        "a deadlock: w -> x, which needs the lock \"table\" that w holds");
  CHECK(play.refusal("w", roots({"deep"})).empty());
}

TEST_CASE("a deadlock of several waiters through their locks is refused where it would close") {
  Player play;
  play.submit(1, with_lock(roots({"a"}), 0, "a's"));
  play.submit(2, with_lock(roots({"b"}), 0, "b's"));
  (void)play.await("a", with_lock(roots({"x"}), 0, "b's"));  // b may end, and x go on
  play.pause("a");
  CHECK(play.now_running() == Names{"a", "b"});
  CHECK(play.refusal("b", with_lock(chain({"deep", "y"}), 0, "a's")) ==
        "a deadlock: b -> y -> deep, which needs the lock \"a's\" that a holds -> x, which needs "
        "the lock \"b's\" that b holds");
  SECTION("then it goes on") {
    play.end("b");
    CHECK(play.now_running() == Names{"a", "x"});
    play.end("x");
    CHECK(play.answers.size() == 1);
  }
  SECTION("without a lock there is no deadlock") {
    const AwaitId id = play.await("b", roots({"y"}));
    play.pause("b");
    play.end("y");
    CHECK(play.answers.contains(id));
  }
}

TEST_CASE("a paused waiter keeps its lock") {
  Player play;
  play.submit(1, with_lock(roots({"w", "other"}), 0, "table"));
  play.submit(2, with_lock(roots({"rival"}), 0, "table"));
  (void)play.await("w", roots({"x"}));
  play.pause("w");
  CHECK(play.now_running() == Names{"other", "w", "x"});
  CHECK(play.scheduler.lacking(play.scheduler.find("rival")) == Names{"lock table"});
  play.end("x");
  play.end("w");
  CHECK(play.now_running() == Names{"other", "rival"});
}

TEST_CASE("an attempt that is being stopped awaits nothing more") {
  Player play;
  play.submit(1, roots({"w"}));
  play.cancel(1);
  const auto refused = play.scheduler.await(play.running.at("w"), roots({"x"}).plan, play.now);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::kCancelled);
  CHECK_FALSE(play.scheduler.find("x"));
}

// --- Ends of waiters ---

TEST_CASE("cancelling a run stops a paused waiter, which needs no units for that") {
  Player play(1);
  play.submit(1, roots({"w"}));
  (void)play.await("w", chain({"x", "y"}));
  play.pause("w");
  play.cancel(1, true);
  CHECK(play.stopped == Names{"w!", "x!"});
  CHECK(play.state(1, "y") == TaskState::kCancelled);
  SECTION("the waiter ends first") {
    play.end("w", Outcome::kCancelled);
    CHECK_FALSE(play.ended.contains(1));
    play.end("x", Outcome::kCancelled);
  }
  SECTION("what it awaits ends first, and wakes nobody") {
    play.end("x", Outcome::kSucceeded);
    CHECK(play.scheduler.state(play.running.at("w")) == TaskState::kWaiting);
    CHECK(used(play, "cpu") == 0);
    play.end("w", Outcome::kCancelled);
  }
  CHECK(play.answers.empty());
  CHECK(play.state(1, "w") == TaskState::kCancelled);
  CHECK(play.ended.at(1) == RunState::kCancelled);
  CHECK(play.scheduler.idle());
}

TEST_CASE("a waiter that has an answer and waits for its units is stopped, too") {
  Player play(1);
  play.submit(1, roots({"w"}));
  (void)play.await("w", roots({"x"}));
  play.pause("w");
  Graph urgent = roots({"urgent"});
  urgent.plan.tasks[0].priority = 1;
  play.submit(2, urgent);
  play.end("x");
  CHECK(play.now_running() == Names{"urgent", "w"});
  const Outcome outcome = GENERATE(Outcome::kCancelled, Outcome::kFailed, Outcome::kLost);
  if (outcome == Outcome::kCancelled) play.cancel(1);
  play.end("urgent");
  if (outcome == Outcome::kCancelled) {
    CHECK(play.stopped == Names{"w"});
    CHECK(play.answers.empty());
    CHECK(used(play, "cpu") == 0);
  }
  play.end("w", outcome);
  if (outcome == Outcome::kLost) play.end("w");
  CHECK(used(play, "cpu") == 0);
  CHECK(play.scheduler.pools()[0].waiting == 0);
  CHECK(play.ended.at(1) == (outcome == Outcome::kLost     ? RunState::kDone
                             : outcome == Outcome::kFailed ? RunState::kFailed
                                                           : RunState::kCancelled));
}

TEST_CASE("what only a waiter's awaits wanted is cancelled when it ends without it") {
  Graph graph = roots({"w", "mine"});
  Player play;
  play.submit(1, graph);
  Graph shared = roots({"shared"});
  play.submit(2, shared);
  Graph awaited = chain({"deep", "x", "y"});
  for (const char* id : {"mine", "shared", "runs"}) {
    awaited.add(id);
    awaited.root(id);
  }
  (void)play.await("w", awaited);
  play.pause("w");
  CHECK(play.now_running() == Names{"deep", "mine", "runs", "shared", "w"});
  play.end("w", Outcome::kFailedForGood);
  CHECK(play.stopped == Names{"runs", "deep"});
  CHECK(play.state(1, "y") == TaskState::kCancelled);
  CHECK(play.state(1, "x") == TaskState::kCancelled);
  CHECK(play.state(1, "shared") == TaskState::kCancelled);
  CHECK(play.state(1, "mine") == TaskState::kRunning);
  play.end("mine");
  CHECK_FALSE(play.ended.contains(1));  // not before what it stops has ended
  play.end("deep", Outcome::kCancelled);
  play.end("runs", Outcome::kFailed);  // on its way out: nobody's failure
  CHECK(play.state(1, "runs") == TaskState::kCancelled);
  CHECK(play.ended.at(1) == RunState::kFailed);
  play.end("shared");
  CHECK(play.ended.at(2) == RunState::kDone);
}

TEST_CASE("what a waiter awaits goes on while it is to be tried again") {
  Graph graph = roots({"w"});
  graph.plan.tasks[0].retry = {1, 60s, 1, 0s, 0};
  Player play;
  play.submit(1, graph);
  (void)play.await("w", chain({"x", "y"}));
  play.pause("w");
  const bool is_lost = GENERATE(true, false);
  play.end("w", is_lost ? Outcome::kLost : Outcome::kFailed);
  CHECK(play.stopped.empty());
  if (!is_lost) {
    CHECK(play.scheduler.unmet(play.scheduler.find("w")).empty());
    play.end("x");
    play.wait(60s);
  }
  REQUIRE(play.now_running() == (is_lost ? Names{"w", "x"} : Names{"w", "y"}));
  SECTION("and is awaited again") {
    Graph awaited = chain({"x", "y"});
    awaited.plan.tasks[0].complete = !is_lost;
    const AwaitId id = play.await("w", awaited);
    play.pause("w");
    if (is_lost) play.end("x");
    play.end("y");
    CHECK(states_of(play.answers.at(id)) == States{TaskState::kDone});
    CHECK(play.answers.size() == 1);  // the lost attempt is not answered
    play.end("w");
    CHECK(play.ended.at(1) == RunState::kDone);
  }
  SECTION("or is not, and goes with it") {
    play.end("w");
    CHECK(play.stopped == (is_lost ? Names{"x"} : Names{"y"}));
    play.end(is_lost ? "x" : "y", Outcome::kCancelled);
    CHECK(play.state(1, "y") == TaskState::kCancelled);
    CHECK(play.ended.at(1) == RunState::kDone);
  }
}

TEST_CASE("what failed between two attempts does not fail the waiter") {
  Graph graph = roots({"w"});
  graph.plan.tasks[0].retry = {1, 60s, 1, 0s, 0};
  Player play;
  play.submit(1, graph);
  (void)play.await("w", roots({"x"}));
  play.take();
  play.end("w", Outcome::kFailed);
  play.end("x", Outcome::kFailed);
  CHECK(play.state(1, "w") == TaskState::kRetrying);
  play.wait(60s);
  CHECK(play.now_running() == Names{"w"});
}

TEST_CASE("a waiter that is cancelled while it is to be tried again lets go of what it awaits") {
  Graph graph = roots({"w", "bad"});
  graph.plan.tasks[0].retry = {1, 60s, 1, 0s, 0};
  Player play;
  play.submit(1, graph, {true, 0});
  (void)play.await("w", roots({"x"}));
  play.take();
  play.end("w", Outcome::kFailed);
  play.end("bad", Outcome::kFailed);
  CHECK(play.state(1, "w") == TaskState::kCancelled);
  CHECK(play.stopped == Names{"x"});
  play.end("x", Outcome::kCancelled);
  CHECK(play.ended.at(1) == RunState::kFailed);
}

TEST_CASE("what is stopped because nobody needs it runs again if somebody comes to") {
  Player play;
  play.submit(1, roots({"w", "v"}));
  (void)play.await("w", roots({"x"}));
  play.take();
  play.end("w", Outcome::kSkipped);
  CHECK(play.stopped == Names{"x"});
  SECTION("another waiter of the run") {
    const AwaitId id = play.await("v", roots({"x"}));
    play.end("x", Outcome::kCancelled);
    CHECK(play.running.contains("x"));
    play.end("x");
    CHECK(states_of(play.answers.at(id)) == States{TaskState::kDone});
    play.end("v");
    CHECK(play.state(1, "x") == TaskState::kDone);
  }
  SECTION("another run") {
    play.submit(2, roots({"x"}));
    play.end("v");
    play.end("x", Outcome::kCancelled);
    CHECK(play.state(1, "x") == TaskState::kCancelled);
    CHECK(play.running.contains("x"));
    play.end("x");
    CHECK(play.ended.at(2) == RunState::kDone);
  }
  CHECK(play.ended.at(1) == RunState::kDone);
}

TEST_CASE("a run may come to want again what it was done with") {
  Player play;
  play.submit(1, roots({"w", "v"}));
  play.submit(2, roots({"x"}));
  (void)play.await("w", roots({"x"}));
  play.take();
  play.end("w");
  CHECK(play.state(1, "x") == TaskState::kCancelled);
  CHECK(play.stopped.empty());
  play.wants.clear();
  (void)play.await("v", roots({"x"}));
  CHECK(play.wants == std::vector<std::pair<uint64_t, std::string>>{{1, "x"}});
  play.take();
  CHECK(play.state(1, "x") == TaskState::kRunning);
  play.cancel(2);
  CHECK(play.stopped.empty());
  play.end("x");
  play.end("v");
  CHECK(play.state(1, "x") == TaskState::kDone);
  CHECK(play.ended.at(1) == RunState::kDone);
}

TEST_CASE("one that awaits in turn lets go of everything") {
  Player play;
  play.submit(1, roots({"w"}));
  (void)play.await("w", roots({"x", "y"}));
  play.pause("w");
  (void)play.await("x", roots({"deep", "y"}));
  play.pause("x");
  play.end("w", Outcome::kFailed);
  CHECK(play.stopped == Names{"x", "y", "deep"});
  for (const char* id : {"deep", "x", "y"}) play.end(id, Outcome::kCancelled);
  CHECK(play.ended.at(1) == RunState::kFailed);
  CHECK(play.scheduler.idle());
}

TEST_CASE("a branch that is gone takes its await with it") {
  Player play;
  play.submit(1, roots({"w"}));
  const AwaitId both = play.await("w", roots({"x", "y"}));
  const AwaitId one = play.await("w", roots({"y"}));
  play.take();
  play.scheduler.stop_awaiting(play.running.at("w"), both);
  play.take();
  CHECK(play.stopped == Names{"x"});
  play.end("x");
  play.end("y");
  CHECK_FALSE(play.answers.contains(both));
  CHECK(play.answers.contains(one));
  play.scheduler.stop_awaiting(play.running.at("w"), one);  // told already
  play.scheduler.stop_awaiting(play.running.at("w"), both);
  play.take();
  play.end("w");
  CHECK(play.ended.at(1) == RunState::kDone);
}

TEST_CASE("an answer that nobody waits for any more wakes nobody") {
  Player play(1);
  play.submit(1, roots({"w"}));
  const AwaitId x = play.await("w", roots({"x"}));
  (void)play.await("w", roots({"y"}));
  play.pause("w");
  Graph urgent = roots({"urgent"});
  urgent.plan.tasks[0].priority = 1;
  play.submit(2, urgent);
  play.end("x");
  CHECK(play.scheduler.pools()[0].waiting == 2);  // w, and y
  play.scheduler.stop_awaiting(play.running.at("w"), x);
  CHECK(play.scheduler.pools()[0].waiting == 1);
  play.end("urgent");
  CHECK(play.running.contains("y"));
  play.end("y");
  CHECK(play.answers.size() == 1);
}

// --- Runs ---

TEST_CASE("a run that joins a waiter wants what it awaits") {
  Player play;
  play.submit(1, roots({"w"}));
  (void)play.await("w", chain({"x", "y"}));
  play.pause("w");
  play.submit(2, roots({"w"}));
  CHECK(play.scheduler.joined_along(RunId(2)).size() == 2);
  CHECK(play.scheduler.joined_along(RunId(1)).size() == 2);
  CHECK(play.state(2, "w") == TaskState::kWaiting);
  CHECK(play.state(2, "x") == TaskState::kRunning);
  play.cancel(1);
  CHECK(play.ended.at(1) == RunState::kCancelled);
  CHECK(play.stopped.empty());
  SECTION("and goes on with it") {
    play.end("x");
    play.end("y");
    CHECK(play.answers.size() == 1);
    play.end("w");
    CHECK(play.ended.at(2) == RunState::kDone);
  }
  SECTION("and lets go of it like the first") {
    play.end("w", Outcome::kFailed);
    CHECK(play.state(2, "y") == TaskState::kCancelled);
    CHECK(play.stopped == Names{"x"});
    play.end("x", Outcome::kCancelled);
    CHECK(play.ended.at(2) == RunState::kFailed);
  }
}

TEST_CASE("an answer names no job that is forgotten") {
  Player play;
  play.submit(1, roots({"w"}));
  const AwaitId id = play.await("w", roots({"x", "y"}));
  play.take();
  play.end("x", Outcome::kFailed);
  play.submit(2, roots({"w"}));
  play.cancel(1);
  for (uint64_t run = 3; run < 6; ++run) {
    play.submit(run, roots({"other"}));
    play.end("other");
  }
  CHECK(play.ended.at(1) == RunState::kCancelled);
  const size_t forgotten = play.forgotten;
  play.end("y");  // the player asks for the state of what the answer names
  CHECK(states_of(play.answers.at(id)) == States{TaskState::kFailed, TaskState::kDone});
  CHECK(play.forgotten == forgotten + 1);
  play.end("w");
  CHECK(play.forgotten == play.names.size());
}

TEST_CASE("a run that has failed fast starts nothing for its waiters, and lets what runs end") {
  Player play;
  play.submit(1, roots({"w", "bad"}), {true, 0});
  const AwaitId first = play.await("w", roots({"x"}));
  play.take();
  play.end("bad", Outcome::kFailed);
  const AwaitId second = play.await("w", chain({"x", "y"}));
  const AwaitId third = play.await("w", roots({"z"}));
  play.take();
  CHECK(states_of(play.answers.at(second)) == States{TaskState::kCancelled});
  CHECK(states_of(play.answers.at(third)) == States{TaskState::kCancelled});
  play.end("x");
  CHECK(states_of(play.answers.at(first)) == States{TaskState::kDone});
  play.end("w");
  CHECK(play.ended.at(1) == RunState::kFailed);
  CHECK(play.started == Names{"w", "bad", "x"});
}

TEST_CASE("a run that goes on has started what one that failed fast does not start") {
  Player play;
  play.submit(1, roots({"w", "bad"}), {true, 0});
  play.submit(2, roots({"w"}));
  play.end("bad", Outcome::kFailed);
  const AwaitId id = play.await("w", roots({"x"}));
  play.take();
  CHECK(play.state(1, "x") == TaskState::kCancelled);
  CHECK(play.state(2, "x") == TaskState::kRunning);
  play.end("x");
  CHECK(states_of(play.answers.at(id)) == States{TaskState::kDone});
  play.end("w");
  CHECK(play.ended.at(1) == RunState::kFailed);
  CHECK(play.ended.at(2) == RunState::kDone);
}

}  // namespace moondial::await_test
