// The coming hours, played by the scheduler: pools, priorities, locks, overlap, deadlines.
#include "core/forecast.h"

#include <numeric>

#include "tests/catch.h"
#include "tests/core/graph.h"
#include "tests/core/random.h"

namespace moondial::forecast_test {
namespace {

using namespace std::chrono_literals;
using Kind = ForecastHold::Kind;
using Holds = std::vector<ForecastHold>;

constexpr UtcTime kMidnight = std::chrono::sys_days{std::chrono::year(2026) / 11 / 30};

UtcTime at(Duration time) { return kMidnight + time; }

Graph one(const std::string& id, Duration takes) {
  Graph graph;
  graph.add(id).estimate = takes;
  graph.root(id);
  return graph;
}

ForecastFiring firing(const std::string& schedule, UtcTime time, const Graph& graph,
                      Overlap overlap = Overlap::kSkip) {
  ForecastFiring out;
  out.schedule = schedule;
  out.at = time;
  out.plan = graph.plan;
  out.overlap = overlap;
  return out;
}

ForecastInput input_of(std::vector<ForecastFiring> firings, int64_t cpu = 8) {
  ForecastInput out;
  out.now = kMidnight;
  out.pools = {{"cpu", cpu}};
  out.firings = std::move(firings);
  return out;
}

/// The runs of the firings, in the order in which they were given.
std::vector<ForecastRun> play(std::vector<ForecastFiring> firings, int64_t cpu = 8) {
  return forecast(input_of(std::move(firings), cpu)).firings;
}

TEST_CASE("a run starts when it is due and ends when its tasks have taken their time") {
  Graph graph = chain({"fetch", "clean", "report"});
  graph.plan.tasks[0].estimate = 1h;
  graph.plan.tasks[1].estimate = 20min;
  graph.plan.tasks[2].estimate = 5min;
  const auto runs = play({firing("nightly", at(90min), graph)});
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].name == "nightly");
  CHECK(runs[0].fate == ForecastFate::kEnds);
  CHECK(runs[0].start == at(90min));
  CHECK(runs[0].finish == at(90min + 85min));
  CHECK(runs[0].held_up == Holds{{Kind::kTask, "fetch", 1h},
                                 {Kind::kTask, "clean", 20min},
                                 {Kind::kTask, "report", 5min}});
  CHECK_FALSE(runs[0].at_risk);
  CHECK_FALSE(runs[0].slack);
}

TEST_CASE("a deadline has slack, or the run is late by so much") {
  auto early = firing("early", at(1h), one("A", 30min));
  early.deadline = at(2h);
  auto late = firing("late", at(1h), one("B", 90min));
  late.deadline = at(2h);
  auto exact = firing("exact", at(1h), one("C", 1h));
  exact.deadline = at(2h);
  const auto runs = play({early, late, exact});
  CHECK(runs[0].slack == 30min);
  CHECK_FALSE(runs[0].at_risk);
  CHECK(runs[1].slack == -30min);
  CHECK(runs[1].at_risk);
  CHECK(runs[2].slack == 0s);
  CHECK_FALSE(runs[2].at_risk);
}

TEST_CASE("what waits for a pool is held up by it") {
  Graph a = one("A", 2h), b = one("B", 10min);
  a.plan.tasks[0].uses.push_back({"db", 1});
  b.plan.tasks[0].uses.push_back({"db", 1});
  ForecastInput input = input_of({firing("a", at(1h), a), firing("b", at(90min), b)});
  input.pools.emplace_back("db", 1);
  const auto runs = forecast(input).firings;
  CHECK(runs[1].start == at(3h));
  CHECK(runs[1].finish == at(190min));
  CHECK(runs[1].held_up == Holds{{Kind::kPool, "db", 90min}, {Kind::kTask, "B", 10min}});
}

TEST_CASE("what waits for a lock is held up by it") {
  Graph a = one("A", 1h), b = one("B", 10min);
  a.plan.tasks[0].lock = b.plan.tasks[0].lock = "ledger";
  const auto runs = play({firing("a", at(0s), a), firing("b", at(30min), b)});
  CHECK(runs[1].held_up == Holds{{Kind::kLock, "ledger", 30min}, {Kind::kTask, "B", 10min}});
}

TEST_CASE("the more urgent goes first, and the path is followed through waits") {
  Graph slow = one("slow", 1h), urgent = one("urgent", 1h);
  urgent.plan.tasks[0].priority = 10;
  Graph chained = chain({"first", "second"});
  chained.plan.tasks[0].estimate = 10min;
  chained.plan.tasks[1].estimate = 20min;
  // All are due at once, with room for one.
  const auto runs = play({firing("slow", at(0s), slow), firing("urgent", at(0s), urgent),
                          firing("chained", at(0s), chained)},
                         1);
  CHECK(runs[1].start == at(0s));
  CHECK(runs[0].start == at(1h));  // the longer remaining path
  CHECK(runs[2].start == at(2h));
  CHECK(runs[2].finish == at(150min));
  CHECK(runs[2].held_up == Holds{{Kind::kPool, "cpu", 2h},
                                 {Kind::kTask, "second", 20min},
                                 {Kind::kTask, "first", 10min}});
}

TEST_CASE("a run's extra priority counts") {
  auto low = firing("low", at(0s), one("A", 1h));
  auto high = firing("high", at(0s), one("B", 1h));
  high.options.extra_priority = 5;
  const auto runs = play({low, high}, 1);
  CHECK(runs[0].start == at(1h));
  CHECK(runs[1].start == at(0s));
}

TEST_CASE("while a run goes on, a firing of its schedule is skipped") {
  std::vector<ForecastFiring> firings;
  for (int i = 0; i < 3; ++i) {
    firings.push_back(firing("s", at(i * 1h), one("T" + std::to_string(i), 90min)));
  }
  const auto runs = play(firings);
  CHECK(runs[0].finish == at(90min));
  CHECK(runs[1].fate == ForecastFate::kSkipped);
  CHECK(runs[1].earlier == at(0s));
  CHECK_FALSE(runs[1].start);
  CHECK_FALSE(runs[1].finish);
  CHECK(runs[2].start == at(2h));
}

TEST_CASE("a run that ends when the next firing is due does not go on any more") {
  const auto runs = play({firing("s", at(0s), one("A", 1h)), firing("s", at(1h), one("B", 1h))});
  CHECK(runs[1].fate == ForecastFate::kEnds);
  CHECK(runs[1].start == at(1h));
}

TEST_CASE("while a run goes on, a firing of its schedule waits, one after the other") {
  std::vector<ForecastFiring> firings;
  for (int i = 0; i < 3; ++i) {
    firings.push_back(
        firing("s", at(i * 1h), one("T" + std::to_string(i), 150min), Overlap::kQueue));
  }
  firings[1].deadline = at(4h);
  const auto runs = play(firings);
  CHECK(runs[1].start == at(150min));
  CHECK(runs[1].finish == at(5h));
  CHECK(runs[1].slack == -1h);
  CHECK(runs[1].held_up == Holds{{Kind::kTask, "T1", 150min}, {Kind::kOverlap, "s", 90min}});
  CHECK(runs[2].start == at(5h));
  CHECK(runs[2].held_up.front() == ForecastHold{Kind::kOverlap, "s", 3h});
}

TEST_CASE("while a run goes on, a firing of its schedule goes beside it") {
  const auto runs = play({firing("s", at(0s), one("T0", 90min), Overlap::kParallel),
                          firing("s", at(1h), one("T1", 90min), Overlap::kParallel)});
  CHECK(runs[0].finish == at(90min));
  CHECK(runs[1].finish == at(150min));
}

TEST_CASE("while a run goes on, a firing of its schedule cancels it") {
  auto first = firing("s", at(0s), one("T0", 90min), Overlap::kCancel);
  first.deadline = at(3h);
  const auto runs = play({first, firing("s", at(1h), one("T1", 90min), Overlap::kCancel)}, 1);
  CHECK(runs[0].fate == ForecastFate::kCancelled);
  CHECK(runs[0].finish == at(1h));
  CHECK(runs[0].at_risk);
  CHECK(runs[1].start == at(1h));
  CHECK(runs[1].finish == at(150min));
}

TEST_CASE("a run that wants the task that is cancelled keeps it") {
  const auto runs = play({firing("s", at(0s), one("T", 90min), Overlap::kCancel),
                          firing("other", at(30min), one("T", 90min)),
                          firing("s", at(1h), one("U", 10min), Overlap::kCancel)});
  CHECK(runs[0].fate == ForecastFate::kCancelled);
  CHECK(runs[0].finish == at(1h));
  CHECK(runs[1].fate == ForecastFate::kEnds);
  CHECK(runs[1].finish == at(90min));
}

TEST_CASE("a firing without work makes room for the next at once") {
  Graph done = one("A", 1h);
  done.plan.tasks[0].complete = true;
  const auto runs = play({firing("s", at(1h), done), firing("s", at(1h), one("B", 1h))});
  CHECK(runs[0].fate == ForecastFate::kEnds);
  CHECK(runs[0].finish == at(1h));
  CHECK_FALSE(runs[0].start);
  CHECK(runs[0].held_up.empty());
}

TEST_CASE("what a run before it has made is there, and what leaves nothing runs again") {
  Graph file = one("file", 1h), nothing = one("nothing", 1h);
  file.plan.tasks[0].claims = {"data/x.csv"};
  const auto runs = play({firing("a", at(0s), file), firing("b", at(2h), file),
                          firing("c", at(0s), nothing), firing("d", at(2h), nothing)});
  CHECK(runs[1].finish == at(2h));
  CHECK(runs[3].finish == at(3h));
}

TEST_CASE("runs share a task") {
  Graph needs = chain({"shared", "mine"});
  needs.plan.tasks[0].estimate = 2h;
  needs.plan.tasks[1].estimate = 10min;
  const auto runs = play({firing("a", at(0s), one("shared", 2h)), firing("b", at(1h), needs)});
  CHECK(runs[1].start == at(0s));
  CHECK(runs[1].finish == at(130min));
  CHECK(runs[1].held_up == Holds{{Kind::kTask, "shared", 1h}, {Kind::kTask, "mine", 10min}});
}

TEST_CASE("what runs already has started, whatever is more urgent, and takes what is left") {
  ForecastInput input = input_of({firing("s", at(30min), one("B", 10min), Overlap::kQueue)}, 1);
  Graph graph;
  graph.add("fetched").complete = true;
  graph.add("running", {"fetched"}).estimate = 2h;
  graph.add("urgent").estimate = 5min;
  graph.plan.tasks.back().priority = 100;
  graph.root("running");
  graph.root("urgent");
  ForecastOpenRun open;
  open.name = "run 7";
  open.schedule = "s";
  open.at = at(-1h);
  open.plan = graph.plan;
  open.deadline = at(30min);
  open.running = {{0, 5min}, {1, 40min}};
  input.open.push_back(open);
  const Forecast out = forecast(input);
  REQUIRE(out.open.size() == 1);
  CHECK(out.open[0].name == "run 7");
  CHECK(out.open[0].start == at(0s));
  CHECK(out.open[0].finish == at(45min));
  CHECK(out.open[0].slack == -15min);
  CHECK(out.open[0].held_up == Holds{{Kind::kPool, "cpu", 40min}, {Kind::kTask, "urgent", 5min}});
  CHECK(out.firings[0].start == at(45min));
  CHECK(out.firings[0].held_up == Holds{{Kind::kOverlap, "s", 15min}, {Kind::kTask, "B", 10min}});
}

TEST_CASE("an attempt that has taken longer than expected ends at once") {
  ForecastInput input = input_of({});
  ForecastOpenRun open;
  open.plan = one("A", 1h).plan;
  open.running = {{0, -5min}};
  input.open.push_back(open);
  CHECK(forecast(input).open[0].finish == at(0s));
}

TEST_CASE("a firing whose time has passed is due at once") {
  auto past = firing("s", at(-1h), one("A", 10min));
  const auto runs = play({past});
  CHECK(runs[0].at == at(-1h));
  CHECK(runs[0].finish == at(10min));
  CHECK(runs[0].held_up == Holds{{Kind::kTask, "A", 10min}});
}

TEST_CASE("a task without an estimate takes what is said for it, and is counted") {
  Graph graph = chain({"known", "unknown"});
  graph.plan.tasks[0].estimate = 1h;
  ForecastInput input = input_of({firing("s", at(0s), graph)});
  CHECK(forecast(input).firings[0].finish == at(1h));
  CHECK(forecast(input).firings[0].unknown == 1);
  input.unknown = 10min;
  CHECK(forecast(input).firings[0].finish == at(70min));
}

TEST_CASE("what is external and missing blocks, and the rest is done") {
  Graph graph;
  graph.add("partner").external = true;
  graph.add("load", {"partner"}).estimate = 1h;
  graph.add("other").estimate = 2h;
  graph.root("load");
  graph.root("other");
  auto blocked = firing("s", at(0s), graph);
  blocked.deadline = at(6h);
  const auto runs = play({blocked});
  CHECK(runs[0].fate == ForecastFate::kBlocked);
  CHECK(runs[0].why == "partner");
  CHECK(runs[0].finish == at(2h));
  CHECK(runs[0].at_risk);
  CHECK_FALSE(runs[0].slack);
}

TEST_CASE("a condition that is asked for holds, and one on failure skips") {
  Graph graph;
  graph.add("work").estimate = 1h;
  graph.add("asked", {"work"}).when = When::kAsk;
  graph.plan.tasks.back().estimate = 30min;
  graph.add("mail", {"work"}).when = When::kFailed;
  graph.plan.tasks.back().estimate = 5h;
  graph.root("asked");
  graph.root("mail");
  const auto runs = play({firing("s", at(0s), graph)});
  CHECK(runs[0].fate == ForecastFate::kEnds);
  CHECK(runs[0].finish == at(90min));
}

TEST_CASE("a plan that cannot run is refused, and the others go on") {
  Graph big = one("big", 1h);
  big.plan.tasks[0].uses = {{"cpu", 9}};
  auto refused = firing("big", at(0s), big);
  refused.deadline = at(6h);
  const auto runs = play({refused, firing("small", at(0s), one("small", 1h))});
  CHECK(runs[0].fate == ForecastFate::kRefused);
  CHECK_FALSE(runs[0].why.empty());
  CHECK(runs[0].at_risk);
  CHECK(runs[1].finish == at(1h));
}

TEST_CASE("a run that waits for units that no pool has any more never ends") {
  Graph big = one("big", 1h);
  big.plan.tasks[0].uses = {{"cpu", 9}};
  ForecastOpenRun open;
  open.schedule = "s";
  open.plan = big.plan;
  open.deadline = at(6h);
  ForecastInput input = input_of({firing("s", at(1h), one("B", 1h), Overlap::kQueue),
                                  firing("small", at(0s), one("small", 1h))});
  input.open.push_back(open);
  const Forecast out = forecast(input);
  CHECK(out.open[0].fate == ForecastFate::kNever);
  CHECK(out.open[0].at_risk);
  CHECK(out.firings[0].fate == ForecastFate::kNever);
  CHECK(out.firings[1].finish == at(1h));
}

/// A night of random plans in which much is shared and waited for.
ForecastInput random_night(uint64_t seed) {
  Random random{seed};
  ForecastInput input = input_of({}, (1 + below(random, 4)));
  input.pools.emplace_back("db", (1 + below(random, 2)));
  input.unknown = 1min;
  const int firings = (1 + below(random, 30));
  for (int i = 0; i < firings; ++i) {
    Graph graph;
    std::vector<std::string> ids;
    const int tasks = (1 + below(random, 6));
    for (int t = 0; t < tasks; ++t) {
      // Some are shared; a shared one needs nothing, so that no two plans disagree.
      const bool shared = one_in(random, 3);
      const std::string id = shared ? "shared " + std::to_string(t)
                                    : "own " + std::to_string(i) + "." + std::to_string(t);
      std::vector<std::string> needs;
      if (!shared && !ids.empty() && !one_in(random, 3)) needs.push_back(ids.back());
      PlanTask& task = graph.add(id, needs);
      task.estimate = below(random, 41) * 1min;
      if (one_in(random, 3)) task.uses.push_back({"db", 1});
      if (one_in(random, 10)) task.lock = "l";
      if (one_in(random, 5)) task.priority = below(random, 4);
      if (one_in(random, 2)) task.claims = {id};
      graph.root(id);
      ids.push_back(id);
    }
    input.firings.push_back(firing("s" + std::to_string((1 + below(random, 4))),
                                   at(below(random, 121) * 1min), graph,
                                   static_cast<Overlap>(below(random, 4))));
    input.firings.back().deadline = at(3h);
  }
  return input;
}

TEST_CASE("in random nights all is accounted for, and the same again") {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    INFO(seed);
    const ForecastInput input = random_night(seed);
    const auto runs = forecast(input).firings;
    const auto again = forecast(input).firings;
    REQUIRE(runs.size() == input.firings.size());
    for (size_t i = 0; i < runs.size(); ++i) {
      const ForecastRun& run = runs[i];
      CHECK(run.finish == again[i].finish);
      CHECK(run.held_up == again[i].held_up);
      if (run.fate == ForecastFate::kSkipped) continue;
      REQUIRE(run.finish);
      CHECK(*run.finish >= run.at);
      Duration sum{0};
      for (const ForecastHold& hold : run.held_up) {
        CHECK(!hold.name.empty());
        CHECK(hold.time > Duration(0));
        sum += hold.time;
      }
      CHECK(sum == *run.finish - run.at);
      CHECK(run.at_risk == (run.fate != ForecastFate::kEnds || *run.finish > *run.deadline));
    }
  }
}

}  // namespace
}  // namespace moondial::forecast_test
