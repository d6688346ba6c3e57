// Jobs that could start, and are held back because something outside says no.
#include <random>
#include <set>

#include "tests/core/graph.h"

namespace moondial::held_back_test {
namespace {

/// A scheduler of `cpu` slots, and jobs that may not start for now.
struct Gate {
  explicit Gate(int64_t cpu) { scheduler.set_pool("cpu", cpu); }

  void submit(uint64_t run, const Graph& graph) {
    const auto jobs = scheduler.submit(RunId(run), graph.plan, {}, MonoTime());
    for (size_t i = 0; i < jobs.size(); ++i) {
      if (jobs[i]) names[jobs[i]] = graph.plan.tasks[i].id;
    }
  }
  void take() {
    const auto may_start = [this](JobId job) {
      asked.push_back(names.at(job));
      return !closed.contains(names.at(job));
    };
    for (;;) {
      const auto decisions = scheduler.take_decisions(true, may_start);
      if (decisions.empty()) return;
      for (const Decision& decision : decisions) {
        if (const auto* start = std::get_if<StartAttempt>(&decision)) {
          REQUIRE_FALSE(closed.contains(names.at(start->job)));
          running[names.at(start->job)] = start->job;
        } else if (const auto* end = std::get_if<RunEnded>(&decision)) {
          ended[end->run.value] = end->state;
        }
      }
    }
  }
  void end(const std::string& id, Outcome outcome = Outcome::kSucceeded) {
    scheduler.attempt_ended(running.at(id), outcome, MonoTime());
    running.erase(id);
    take();
  }
  void open(const std::string& id) {
    closed.erase(id);
    scheduler.retry_held_back();
    take();
  }
  [[nodiscard]] std::vector<std::string> now() const {
    std::vector<std::string> out;
    for (const auto& [id, job] : running) out.push_back(id);
    return out;
  }

  Scheduler scheduler{1};
  std::map<JobId, std::string> names;
  std::set<std::string> closed;
  std::vector<std::string> asked;
  std::map<std::string, JobId> running;
  std::map<uint64_t, RunState> ended;
};

using Ids = std::vector<std::string>;

TEST_CASE("a job that is held back takes nothing, and what comes after it goes first") {
  Gate gate(1);
  Graph graph;
  graph.add("A").priority = 9;
  graph.add("B");
  graph.add("All", {"A", "B"}).has_work = false;
  graph.root("All");
  gate.closed = {"A"};
  gate.submit(1, graph);
  gate.take();
  CHECK(gate.now() == Ids{"B"});
  const JobId a = gate.scheduler.find("A");
  CHECK(gate.scheduler.is_held_back(a));
  CHECK(gate.scheduler.held_back() == 1);
  CHECK(gate.scheduler.state(a) == TaskState::kReady);
  CHECK(gate.scheduler.lacking(a).empty());
  CHECK(gate.scheduler.next_starts(9).empty());
  gate.end("B");
  CHECK(gate.now().empty());
  CHECK(gate.asked == Ids{"A", "B"});  // not again and again
  gate.open("A");
  CHECK_FALSE(gate.scheduler.is_held_back(a));
  CHECK(gate.now() == Ids{"A"});
  gate.end("A");
  CHECK(gate.ended.at(1) == RunState::kDone);
}

TEST_CASE("what is asked again and refused again is held back again") {
  Gate gate(2);
  Graph graph;
  graph.add("A");
  graph.root("A");
  gate.closed = {"A"};
  gate.submit(1, graph);
  gate.take();
  gate.scheduler.retry_held_back();
  CHECK(gate.scheduler.held_back() == 0);
  gate.take();
  CHECK(gate.scheduler.held_back() == 1);
  CHECK(gate.asked == Ids{"A", "A"});
}

TEST_CASE("a lock goes past a job that is held back") {
  Gate gate(4);
  Graph graph;
  for (const char* id : {"A", "B", "C"}) graph.add(id).lock = "table";
  graph.plan.tasks[0].priority = 9;
  graph.plan.tasks[2].uses = {{"cpu", 2}};  // another class
  graph.add("All", {"A", "B", "C"}).has_work = false;
  graph.root("All");
  gate.closed = {"A", "B"};
  gate.submit(1, graph);
  gate.take();
  CHECK(gate.now() == Ids{"C"});
  gate.open("A");
  CHECK(gate.now() == Ids{"C"});  // who has it keeps it
  CHECK(gate.scheduler.lacking(gate.scheduler.find("A")) == Ids{"lock table"});
  gate.end("C");
  CHECK(gate.now() == Ids{"A"});
  gate.end("A");
  gate.open("B");
  gate.end("B");
  CHECK(gate.ended.at(1) == RunState::kDone);
}

TEST_CASE("a run ends whose jobs are held back, by a cancel or by failing fast") {
  Gate gate(4);
  Graph graph;
  graph.add("A");
  graph.add("B").lock = "table";
  graph.add("C");
  graph.add("All", {"A", "B", "C"}).has_work = false;
  graph.root("All");
  gate.closed = {"A", "B"};
  SECTION("cancel") {
    gate.submit(1, graph);
    gate.take();
    gate.scheduler.cancel_run(RunId(1), false, MonoTime());
    gate.take();
    gate.end("C", Outcome::kCancelled);
    CHECK(gate.ended.at(1) == RunState::kCancelled);
  }
  SECTION("one task") {
    gate.submit(1, graph);
    gate.take();
    gate.scheduler.cancel_job(gate.scheduler.find("A"), false, MonoTime());
    gate.scheduler.cancel_job(gate.scheduler.find("B"), false, MonoTime());
    gate.end("C");
    CHECK(gate.ended.at(1) == RunState::kCancelled);
  }
  SECTION("another run goes on with them") {
    gate.submit(1, graph);
    gate.submit(2, graph);
    gate.take();
    gate.scheduler.cancel_run(RunId(1), false, MonoTime());
    gate.take();
    CHECK(gate.ended.at(1) == RunState::kCancelled);
    gate.closed.clear();
    gate.open("A");
    CHECK(gate.now() == Ids{"A", "B", "C"});
  }
  CHECK(gate.scheduler.held_back() == 0);
}

TEST_CASE("pools that change size while jobs are held back") {
  Gate gate(4);
  Graph graph;
  graph.add("A").uses = {{"cpu", 3}};
  graph.plan.tasks[0].lock = "table";
  graph.root("A");
  gate.closed = {"A"};
  gate.submit(1, graph);
  gate.take();
  gate.scheduler.set_pool("cpu", 1);
  gate.open("A");
  CHECK(gate.now().empty());
  CHECK(gate.scheduler.held_back() == 0);
  gate.scheduler.set_pool("cpu", 3);
  gate.take();
  CHECK(gate.now() == Ids{"A"});
}

TEST_CASE("whatever is held back and let go in whatever order, all is done in the end") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](uint64_t bound) { return random() % bound; };
    INFO("seed " << seed);
    Gate gate(1 + static_cast<int64_t>(below(3)));
    Graph graph;
    Ids all;
    for (uint64_t i = 0; i < 2 + below(12); ++i) {
      Ids needs;
      for (uint64_t n = below(3); n > 0 && !all.empty(); --n)
        needs.push_back(all[below(all.size())]);
      const std::string id = "t" + std::to_string(i);
      PlanTask& task = graph.add(id, needs);
      task.priority = static_cast<double>(below(3));
      if (below(3) == 0) task.lock = below(2) == 0 ? "a" : "b";
      all.push_back(id);
      graph.root(id);
      if (below(2) == 0) gate.closed.insert(id);
    }
    gate.submit(1, graph);
    gate.take();
    for (int step = 0; step < 2000 && gate.ended.empty(); ++step) {
      const std::string& id = all[below(all.size())];
      if (gate.running.contains(id)) {
        gate.end(id);
      } else if (below(4) == 0) {
        gate.open(id);
      } else if (below(8) == 0) {
        gate.closed.insert(id);
      }
      // Nothing is idle that could go.
      if (gate.now().empty() && gate.ended.empty()) REQUIRE(gate.scheduler.held_back() > 0);
    }
    CHECK(gate.ended.contains(1));
    CHECK(gate.scheduler.held_back() == 0);
  }
}

}  // namespace
}  // namespace moondial::held_back_test
