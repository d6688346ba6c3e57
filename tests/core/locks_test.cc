// Locks: one holder at a time, the most urgent first.
#include "tests/catch.h"
#include "tests/core/graph.h"
#include "tests/large.h"

namespace moondial::locks_test {
namespace {

using namespace std::chrono_literals;

/// Adds an asked-for task that wants a lock.
PlanTask& add_locked(Graph& graph, const std::string& id, const std::string& lock,
                     double priority = 0) {
  PlanTask& task = graph.add(id);
  task.lock = lock;
  task.priority = priority;
  graph.root(id);
  return task;
}

Graph one_locked(const std::string& id, const std::string& lock, double priority = 0) {
  Graph graph;
  add_locked(graph, id, lock, priority);
  return graph;
}

Names lacking(const Player& play, const std::string& id) {
  return play.scheduler.lacking(play.scheduler.find(id));
}

}  // namespace

TEST_CASE("tasks with one lock run one after the other, the most urgent first, then the older") {
  Graph graph;
  add_locked(graph, "a", "table");
  add_locked(graph, "b", "table");
  add_locked(graph, "urgent", "table", 5);
  add_locked(graph, "elsewhere", "other");
  add_locked(graph, "free", "");
  add_locked(graph, "free too", "");
  Player play;
  play.submit(1, graph);
  CHECK(play.now_running() == Names{"elsewhere", "free", "free too", "urgent"});
  play.end("urgent");
  CHECK(play.running.contains("a"));
  CHECK_FALSE(play.running.contains("b"));
  play.end("a", Outcome::kFailed);
  CHECK(play.running.contains("b"));
}

TEST_CASE("a lock is held until the attempt has ended, not only its work") {
  Graph graph;
  add_locked(graph, "a", "table");
  add_locked(graph, "b", "table");
  Player play(1);
  play.submit(1, graph);
  play.scheduler.work_ended(play.running.at("a"));
  play.take();
  CHECK(play.now_running() == Names{"a"});
  CHECK(lacking(play, "b") == Names{"lock table"});
  play.end("a");
  CHECK(play.now_running() == Names{"b"});
  CHECK(lacking(play, "b").empty());
}

TEST_CASE("a lock is free between two attempts") {
  Graph graph;
  add_locked(graph, "a", "table").retry = {1, 60s, 1, 0s, 0};
  add_locked(graph, "b", "table");
  Player play;
  play.submit(1, graph);
  play.end("a", Outcome::kFailed);
  CHECK(play.now_running() == Names{"b"});
  play.wait(60s);
  CHECK(lacking(play, "a") == Names{"lock table"});
  play.end("b");
  CHECK(play.now_running() == Names{"a"});
}

TEST_CASE("a lock is no pool, not even one of the same name") {
  Graph graph;
  add_locked(graph, "a", "db").uses = {{"db", 1}};
  add_locked(graph, "b", "db").uses = {{"db", 1}};
  Player play;
  play.scheduler.set_pool("db", 1);
  play.submit(1, graph);
  const auto pools = play.scheduler.pools();
  REQUIRE(pools.size() == 2);
  CHECK(pools[1].name == "db");
  CHECK(pools[1].used == 1);
  CHECK(pools[1].waiting == 1);
  CHECK(lacking(play, "b") == Names{"db", "lock db"});
}

TEST_CASE("what waits for a lock keeps no units from others") {
  Graph graph;
  add_locked(graph, "holds", "table", 9);
  add_locked(graph, "waits", "table", 5).uses = {{"cpu", 2}};
  add_locked(graph, "x", "");
  add_locked(graph, "y", "");
  Player play(2);
  play.submit(1, graph);
  CHECK(play.now_running() == Names{"holds", "x"});
  play.end("x");
  CHECK(play.now_running() == Names{"holds", "y"});
  CHECK(lacking(play, "waits") == Names{"cpu", "lock table"});
  play.end("holds");
  CHECK(lacking(play, "waits") == Names{"cpu"});
  play.end("y");
  CHECK(play.now_running() == Names{"waits"});
}

TEST_CASE("a lock is kept for the most urgent one, also while that lacks units") {
  Player play(4);
  play.submit(1, one_locked("x", ""));
  Graph wide = one_locked("wide", "table", 5);
  wide.plan.tasks[0].uses = {{"cpu", 4}};
  play.submit(2, wide);
  for (uint64_t i = 0; i < 5; ++i) {
    Graph narrow = one_locked("narrow " + std::to_string(i), "table");
    narrow.plan.tasks[0].uses = {};
    play.submit(3 + i, narrow);
  }
  CHECK(play.now_running() == Names{"x"});
  CHECK(lacking(play, "wide") == Names{"cpu"});
  CHECK(lacking(play, "narrow 4") == Names{"lock table"});
  play.end("x");
  CHECK(play.now_running() == Names{"wide"});
  play.end("wide");
  CHECK(play.now_running() == Names{"narrow 0"});
}

TEST_CASE("who gets a lock next follows urgency, up and down") {
  Player play(1);
  play.submit(1, one_locked("x", "", 9));
  for (uint64_t i = 0; i < 4; ++i) {
    play.submit(2 + i, one_locked("t" + std::to_string(i), "table", 3.0 - static_cast<double>(i)));
  }
  Graph joins = one_locked("t2", "table", 7);
  play.submit(10, joins);
  SECTION("raised by a run that joins") {
    play.end("x");
    CHECK(play.now_running() == Names{"t2"});
  }
  SECTION("lowered when it is cancelled") {
    play.cancel(10);
    play.end("x");
    CHECK(play.now_running() == Names{"t0"});
  }
  SECTION("gone with the first") {
    play.cancel(10);
    play.cancel(2);
    play.end("x");
    CHECK(play.now_running() == Names{"t1"});
  }
  SECTION("gone with one that was not the first") {
    play.cancel(3);
    play.end("x");
    play.end("t2");
    play.end("t0");
    CHECK(play.now_running() == Names{"t3"});
  }
}

TEST_CASE("a cancelled holder keeps its lock until its attempt has ended") {
  Player play;
  play.submit(1, one_locked("a", "table"));
  play.submit(2, one_locked("b", "table"));
  play.cancel(1);
  CHECK(play.now_running() == Names{"a"});
  play.end("a", Outcome::kCancelled);
  CHECK(play.now_running() == Names{"b"});
}

TEST_CASE("what no pool can hold any more does not keep its lock from others") {
  Player play(4);
  play.submit(1, one_locked("holds", "table"));
  Graph big = one_locked("big", "table", 5);
  big.plan.tasks[0].uses = {{"cpu", 3}};
  play.submit(2, big);
  play.submit(3, one_locked("small", "table"));
  play.submit(4, one_locked("small too", "table"));
  play.scheduler.set_pool("cpu", 2);
  play.end("holds");
  CHECK(play.now_running() == Names{"small"});
  SECTION("the pool grows again") {
    play.scheduler.set_pool("cpu", 3);
    play.end("small");
    CHECK(play.now_running() == Names{"big"});
    play.end("big");
  }
  SECTION("it shrinks while big is the next") {
    play.scheduler.set_pool("cpu", 3);
    play.submit(5, one_locked("x", ""));
    play.end("small");
    CHECK(play.now_running() == Names{"x"});
    play.scheduler.set_pool("cpu", 2);
    play.take();
    CHECK(play.now_running() == Names{"small too", "x"});
    play.end("small too");
    CHECK(lacking(play, "big") == Names{"cpu"});
    play.cancel(2);
    CHECK(play.ended.at(2) == RunState::kCancelled);
  }
}

TEST_CASE("a hundred thousand locks cost no more than one, and are forgotten") {
  constexpr int kMany = large(100'000);
  Graph graph;
  for (int i = 0; i < kMany; ++i) {
    add_locked(graph, std::to_string(i), "lock " + std::to_string(i / 2));
  }
  Player play(8);
  play.submit(1, graph);
  while (!play.running.empty()) play.end(play.running.begin()->first);
  CHECK(play.ended.at(1) == RunState::kDone);
  CHECK(std::ssize(play.started) == kMany);
}

}  // namespace moondial::locks_test
