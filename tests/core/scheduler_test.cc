#include "core/scheduler.h"

#include <set>

#include "tests/catch.h"
#include "tests/core/graph.h"
#include "tests/large.h"

namespace moondial::scheduler_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a task starts when all it needs is done") {
  Graph graph;
  graph.add("a");
  graph.add("b");
  graph.add("c", {"a", "b", "a"});
  graph.root("c");
  Player play;
  play.submit(1, graph);
  CHECK(play.now_running() == Names{"a", "b"});
  play.end("a");
  CHECK(play.now_running() == Names{"b"});
  CHECK(play.scheduler.unmet(play.scheduler.find("c")).size() == 1);
  play.end("b");
  CHECK(play.now_running() == Names{"c"});
  play.end("c");
  CHECK(play.ended.at(1) == RunState::kDone);
  CHECK(play.forgotten == 3);
  CHECK(play.scheduler.idle());
}

TEST_CASE("complete tasks are not run and what they need is not visited") {
  Graph graph;
  graph.add("far");
  graph.add("near", {"far"}).complete = true;
  graph.add("root", {"near"});
  graph.root("root");
  Player play;
  play.submit(1, graph);
  CHECK(play.now_running() == Names{"root"});
}

TEST_CASE("what is said to start next is what starts next") {
  Graph graph;
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g"};
  for (size_t i = 0; i < names.size(); ++i) {
    graph.add(names[i]).uses = {{"cpu", 1}};
    graph.plan.tasks.back().priority = static_cast<double>(i * 5 % names.size());
  }
  for (const char* name : {"x", "y"}) {  // in a queue of their own
    graph.add(name).uses = {{"cpu", 1}, {"db", 1}};
    graph.plan.tasks.back().priority = 2.5;
  }
  graph.add("root", {"a", "b", "c", "d", "e", "f", "g", "x", "y"});
  graph.root("root");
  Player play;
  play.scheduler.set_pool("cpu", 1);
  play.scheduler.set_pool("db", 5);
  play.submit(1, graph);
  Names said = play.now_running();
  for (const JobId job : play.scheduler.next_starts(100)) said.push_back(play.scheduler.id(job));
  CHECK(said.size() == 9);
  const auto three = play.scheduler.next_starts(3);
  REQUIRE(three.size() == 3);
  CHECK(play.scheduler.id(three[2]) == said[3]);
  for (const std::string& name : said) {
    CHECK(play.now_running() == Names{name});
    play.end(name);
  }
  CHECK(play.scheduler.next_starts(3).empty());
}

TEST_CASE("a run without anything to do ends at once") {
  Graph graph;
  graph.add("a").complete = true;
  graph.root("a");
  Player play;
  play.submit(1, graph);
  CHECK(play.ended.at(1) == RunState::kDone);
  CHECK(play.scheduler.idle());
}

TEST_CASE("a wrapper is done when what it needs is, through any number of wrappers") {
  Graph graph;
  graph.add("work");
  std::string last = "work";
  for (int i = 0; i < large(100'000); ++i) {
    const std::string id = "w" + std::to_string(i);
    graph.add(id, {last}).has_work = false;
    last = id;
  }
  graph.root(last);
  Player play;
  play.submit(1, graph);
  play.end("work");
  CHECK(play.ended.at(1) == RunState::kDone);
  CHECK(play.started == Names{"work"});
}

TEST_CASE("a priority reaches all that waits upstream") {
  Graph graph;
  graph.add("low").priority = 1;
  graph.add("deep");
  graph.add("middle", {"deep"});
  graph.add("top", {"middle"}).priority = 5;
  graph.add("all", {"low", "top"});
  graph.root("all");
  Player play(1);
  play.submit(1, graph);
  for (const char* id : {"deep", "middle", "top", "low", "all"}) play.end(id);
  CHECK(play.started == Names{"deep", "middle", "top", "low", "all"});
}

TEST_CASE("a later run makes what it joins as urgent as itself, until it is cancelled") {
  Graph first;
  first.add("x").priority = 2;
  first.add("y").priority = 1;
  first.add("z");
  first.add("all", {"x", "y", "z"});
  first.root("all");
  Graph second;
  second.add("z");
  second.add("urgent", {"z"}).priority = 9;
  second.root("urgent");
  Player play(1);
  play.submit(1, first);
  CHECK(play.now_running() == Names{"x"});
  play.submit(2, second);
  SECTION("z comes next") {
    play.end("x");
    CHECK(play.now_running() == Names{"z"});
  }
  SECTION("z is as it was when the run is gone") {
    play.cancel(2);
    play.end("x");
    CHECK(play.now_running() == Names{"y"});
  }
}

TEST_CASE("among equals the longer remaining path goes first, then the older") {
  Graph graph;
  graph.add("short").estimate = 5s;
  graph.add("long").estimate = 1s;
  graph.add("after long", {"long"}).estimate = 60s;
  graph.add("same 1").estimate = 2s;
  graph.add("same 2").estimate = 2s;
  graph.add("all", {"same 1", "same 2", "short", "after long"});
  graph.root("all");
  Player play(1);
  play.submit(1, graph);
  for (const char* id : {"long", "after long", "short", "same 1", "same 2", "all"}) play.end(id);
  CHECK(play.started == Names{"long", "after long", "short", "same 1", "same 2", "all"});
}

TEST_CASE("pools bound what runs, and units are taken all at once") {
  Graph graph;
  for (int i = 0; i < 6; ++i) {
    graph.add("t" + std::to_string(i)).uses = {{"cpu", 1}, {"db", 2}};
    graph.root("t" + std::to_string(i));
  }
  Player play(4);
  play.scheduler.set_pool("db", 5);
  play.submit(1, graph);
  CHECK(play.now_running().size() == 2);
  CHECK(play.scheduler.lacking(play.scheduler.find("t5")) == Names{"db"});
  CHECK(play.scheduler.pools()[1].used == 4);
  CHECK(play.scheduler.pools()[1].waiting == 4);
  play.scheduler.set_pool("db", 1);  // what runs goes on
  play.end("t0");
  CHECK(play.now_running().size() == 1);
  play.scheduler.set_pool("db", 12);
  play.take();
  CHECK(play.now_running().size() == 4);
}

TEST_CASE("a wide task is not starved by narrow ones") {
  Graph graph;
  for (int i = 0; i < 50; ++i) {
    graph.add("n" + std::to_string(i));
    graph.root("n" + std::to_string(i));
  }
  PlanTask& wide = graph.add("wide");
  wide.uses = {{"cpu", 4}};
  wide.priority = 1;
  graph.root("wide");
  Player play(4);
  // Two narrow ones run already when the wide one comes.
  Graph before;
  before.add("b0");
  before.add("b1");
  before.root("b0");
  before.root("b1");
  play.submit(1, before);
  play.submit(2, graph);
  CHECK(play.now_running() == Names{"b0", "b1"});  // the other two units are reserved
  play.end("b0");
  CHECK(play.now_running() == Names{"b1"});
  play.end("b1");
  CHECK(play.now_running() == Names{"wide"});
}

TEST_CASE("what one lacks is reserved, what it does not lack goes to others") {
  Graph graph;
  graph.add("holds db").uses = {{"cpu", 1}, {"db", 1}};
  graph.plan.tasks.back().priority = 9;
  graph.add("wants db").uses = {{"cpu", 1}, {"db", 1}};
  graph.plan.tasks.back().priority = 5;
  graph.add("other").priority = 1;
  graph.root("holds db");
  graph.root("wants db");
  graph.root("other");
  Player play(2);
  play.scheduler.set_pool("db", 1);
  play.submit(1, graph);
  CHECK(play.now_running() == Names{"holds db", "other"});
}

TEST_CASE("a task that a shrunken pool can no longer hold waits without holding others up") {
  Graph graph;
  graph.add("big").uses = {{"cpu", 3}};
  graph.plan.tasks.back().priority = 5;
  graph.add("small");
  graph.root("big");
  graph.root("small");
  Player play(0);
  play.submit(1, graph);
  play.scheduler.set_pool("cpu", 2);
  play.take();
  CHECK(play.now_running() == Names{"small"});
  play.end("small");
  play.scheduler.set_pool("cpu", 3);
  play.take();
  CHECK(play.now_running() == Names{"big"});
}

TEST_CASE("units may go before the attempt has ended, once") {
  Graph graph;
  graph.add("a");
  graph.add("b");
  graph.root("a");
  graph.root("b");
  Player play(1);
  play.submit(1, graph);
  play.scheduler.work_ended(play.running.at("a"));
  play.take();
  CHECK(play.now_running() == Names{"a", "b"});
  play.end("a");
  CHECK(play.scheduler.pools()[0].used == 1);
  play.end("b");
  CHECK(play.scheduler.pools()[0].used == 0);
}

TEST_CASE("retries wait longer and longer, up to a bound, without holding units") {
  Graph graph;
  graph.add("a").retry = {3, 10s, 3, 40s, 0};
  graph.root("a");
  Player play(1);
  play.submit(1, graph);
  for (const Duration delay : {Duration(10s), Duration(30s), Duration(40s)}) {
    play.end("a", Outcome::kFailed);
    CHECK(play.state(1, "a") == TaskState::kRetrying);
    CHECK(play.scheduler.next_due() == play.now + delay);
    CHECK(play.scheduler.pools()[0].used == 0);
    play.wait(delay - 1us);
    CHECK(play.now_running().empty());
    play.wait(1us);
    CHECK(play.now_running() == Names{"a"});
  }
  play.end("a", Outcome::kFailed);
  CHECK(play.ended.at(1) == RunState::kFailed);
}

TEST_CASE("jitter stays in its range and is the same for the same seed, no delay overflows") {
  std::set<Duration> delays;
  for (int seed = 0; seed < 20; ++seed) {
    Duration first{};
    for (int again = 0; again < 2; ++again) {
      Graph graph;
      graph.add("a").retry = {1, 100s, 1, 0s, 0.2};
      graph.root("a");
      Scheduler scheduler(static_cast<uint64_t>(seed));
      scheduler.set_pool("cpu", 1);
      const JobId job = scheduler.submit(RunId(1), graph.plan, {}, MonoTime())[0];
      (void)scheduler.take_decisions();
      scheduler.attempt_ended(job, Outcome::kFailed, MonoTime());
      const Duration delay = scheduler.next_due()->time_since_epoch();
      CHECK(delay >= 80s);
      CHECK(delay <= 120s);
      if (again == 1) CHECK(delay == first);
      first = delay;
    }
    delays.insert(first);
  }
  CHECK(delays.size() > 10);

  Graph graph;
  graph.add("a").retry = {5000, 1h, 10, 0s, 0};
  graph.root("a");
  Player play;
  play.submit(1, graph);
  for (int i = 0; i < 400; ++i) {
    play.end("a", Outcome::kFailed);
    play.wait(*play.scheduler.next_due() - play.now);
  }
  CHECK(play.now_running() == Names{"a"});
}

TEST_CASE("a failure fails what needs it, names itself, and nothing else") {
  Graph graph;
  graph.add("bad");
  graph.add("good");
  graph.add("needs", {"bad"});
  graph.add("needs more", {"needs", "good"});
  graph.add("independent", {"good"});
  graph.root("needs more");
  graph.root("independent");
  Player play;
  play.submit(1, graph);
  play.end("bad", Outcome::kFailedForGood);
  CHECK(play.state(1, "needs more") == TaskState::kUpstreamFailed);
  CHECK(play.causes.at("needs more") == "bad");
  play.end("good");
  play.end("independent");
  CHECK(play.ended.at(1) == RunState::kFailed);
}

TEST_CASE("fail for good is not retried, a skip skips what needs it and is no failure") {
  Graph graph;
  graph.add("a").retry.times = 5;
  graph.root("a");
  Player play;
  play.submit(1, graph);
  play.end("a", Outcome::kFailedForGood);
  CHECK(play.ended.at(1) == RunState::kFailed);

  Graph skipping;
  skipping.add("s");
  skipping.add("after", {"s"});
  skipping.root("after");
  play.submit(2, skipping);
  play.end("s", Outcome::kSkipped);
  CHECK(play.state(2, "after") == TaskState::kSkipped);
  CHECK(play.ended.at(2) == RunState::kDone);
}

TEST_CASE("a lost attempt runs again without spending a retry, three in a row fail it") {
  Graph graph;
  graph.add("a").retry.times = 1;
  graph.root("a");
  Player play;
  play.submit(1, graph);
  play.end("a", Outcome::kLost);
  play.end("a", Outcome::kLost);
  play.end("a", Outcome::kFailed);  // resets the count, and spends the retry
  play.wait(0s);
  play.end("a", Outcome::kLost);
  play.end("a", Outcome::kLost);
  CHECK(play.now_running() == Names{"a"});
  play.end("a", Outcome::kLost);
  CHECK(play.ended.at(1) == RunState::kFailed);
  CHECK(play.started.size() == 6);
}

TEST_CASE("fail-fast starts nothing more, lets what runs end, and leaves other runs alone") {
  Graph graph;
  graph.add("bad");
  graph.add("runs").retry.times = 9;
  graph.add("shared");
  graph.add("later", {"runs"});
  graph.add("all", {"bad", "later", "shared"});
  graph.root("all");
  Graph other;
  other.add("shared");
  other.root("shared");
  Player play(2);
  play.submit(1, graph, {true, 0});
  play.submit(2, other);
  CHECK(play.now_running() == Names{"bad", "runs"});
  play.end("bad", Outcome::kFailed);
  CHECK(play.state(1, "all") == TaskState::kUpstreamFailed);
  CHECK(play.state(1, "later") == TaskState::kCancelled);
  CHECK(play.state(1, "shared") == TaskState::kCancelled);
  CHECK(play.now_running() == Names{"runs", "shared"});
  play.end("runs", Outcome::kFailed);
  CHECK(play.ended.at(1) == RunState::kFailed);
  play.end("shared");
  CHECK(play.ended.at(2) == RunState::kDone);
}

TEST_CASE("cancelling a run stops what nobody else wants, twice means kill") {
  Graph graph;
  graph.add("a");
  graph.add("b", {"a"});
  graph.root("b");
  Player play;
  play.submit(1, graph);
  play.cancel(1);
  CHECK(play.state(1, "b") == TaskState::kCancelled);
  CHECK(play.stopped == Names{"a"});
  play.cancel(1);
  CHECK(play.stopped == Names{"a"});
  play.cancel(1, true);
  CHECK(play.stopped == Names{"a", "a!"});
  CHECK_FALSE(play.ended.contains(1));
  SECTION("and the end is a cancel") {
    play.end("a", Outcome::kCancelled);
    CHECK(play.state(1, "a") == TaskState::kCancelled);
  }
  SECTION("or a success that was quicker") {
    play.end("a", Outcome::kSucceeded);
    CHECK(play.state(1, "a") == TaskState::kDone);
  }
  SECTION("but never a retry") {
    play.end("a", Outcome::kFailed);
    CHECK(play.state(1, "a") == TaskState::kCancelled);
  }
  CHECK(play.ended.at(1) == RunState::kCancelled);
  CHECK(play.scheduler.idle());
}

TEST_CASE("what two runs share survives the cancelling of one, with all that it needs") {
  Graph one;
  one.add("deep");
  one.add("shared", {"deep"});
  one.add("mine", {"shared"});
  one.root("mine");
  Graph two;  // planned when "deep" was already under way and "shared" alone was asked for
  two.add("shared");
  two.root("shared");
  Player play;
  play.submit(1, one);
  play.submit(2, two);
  play.cancel(1);
  CHECK(play.ended.at(1) == RunState::kCancelled);
  CHECK(play.stopped.empty());
  CHECK(play.now_running() == Names{"deep"});
  play.end("deep");
  play.end("shared");
  CHECK(play.ended.at(2) == RunState::kDone);
  CHECK(play.forgotten == 3);
}

TEST_CASE("a run that comes to want a task that is being stopped gets it run again") {
  Graph graph;
  graph.add("a");
  graph.root("a");
  Player play;
  play.submit(1, graph);
  play.cancel(1);
  play.submit(2, graph);
  play.end("a", Outcome::kCancelled);
  CHECK(play.ended.at(1) == RunState::kCancelled);
  CHECK(play.now_running() == Names{"a"});
  play.end("a");
  CHECK(play.ended.at(2) == RunState::kDone);
}

TEST_CASE("a task that is cancelled is so in all runs, with what needs it, and nothing else") {
  Graph graph;
  graph.add("a").retry = {5, Duration(0), 1, Duration(0), 0};
  graph.add("b", {"a"});
  graph.add("other");
  graph.root("b");
  graph.root("other");
  Player play;
  play.submit(1, graph);
  play.submit(2, graph);
  SECTION("while it runs") {
    play.cancel_task("a");
    CHECK(play.stopped == Names{"a"});
    CHECK(play.state(1, "a") == TaskState::kRunning);
    play.cancel_task("a", true);
    CHECK(play.stopped == Names{"a", "a!"});
    SECTION("and stops") { play.end("a", Outcome::kCancelled); }
    SECTION("and fails by it: that is not retried") { play.end("a", Outcome::kFailed); }
    SECTION("and is lost by it") { play.end("a", Outcome::kLost); }
    for (const uint64_t run : {1, 2}) {
      CHECK(play.state(run, "a") == TaskState::kCancelled);
      CHECK(play.state(run, "b") == TaskState::kCancelled);
      CHECK_FALSE(play.ended.contains(run));
    }
  }
  SECTION("while it waits for what it needs") {
    play.cancel_task("b");
    CHECK(play.state(2, "b") == TaskState::kCancelled);
    CHECK(play.stopped.empty());
    play.end("a");
    CHECK(play.state(1, "a") == TaskState::kDone);
  }
  SECTION("too late: it has succeeded") {
    play.cancel_task("a");
    play.end("a", Outcome::kSucceeded);
    CHECK(play.state(1, "a") == TaskState::kDone);
    play.cancel_task("a");
    play.end("b");
  }
  play.end("other");
  CHECK(play.ended.size() == 2);
  CHECK(play.scheduler.idle());
}

TEST_CASE("a run that failed leaves its tasks to be tried again by the next one") {
  Graph graph;
  graph.add("bad");
  graph.add("slow");
  graph.root("bad");
  graph.root("slow");
  Player play;
  play.submit(1, graph);
  play.end("bad", Outcome::kFailed);
  play.submit(2, graph);
  CHECK(play.now_running() == Names{"bad", "slow"});
  play.end("bad");
  play.end("slow");
  CHECK(play.ended.at(1) == RunState::kFailed);
  CHECK(play.ended.at(2) == RunState::kDone);
}

TEST_CASE("nothing starts while starting is not allowed") {
  Graph graph;
  graph.add("a");
  graph.root("a");
  Scheduler scheduler(1);
  scheduler.set_pool("cpu", 1);
  (void)scheduler.submit(RunId(1), graph.plan, {}, MonoTime());
  CHECK(scheduler.take_decisions(false).empty());
  CHECK(scheduler.take_decisions(true).size() == 2);
}

}  // namespace
}  // namespace moondial::scheduler_test
