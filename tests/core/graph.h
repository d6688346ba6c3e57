#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/scheduler.h"
#include "tests/catch.h"

namespace moondial {

/// Builds a plan by names, and plays a scheduler by names.
class Graph {
 public:
  PlanTask& add(const std::string& id, const std::vector<std::string>& needs = {}) {
    PlanTask task;
    task.id = id;
    task.uses = {{"cpu", 1}};
    for (const std::string& need : needs) task.requires_.push_back(index_.at(need));
    index_[id] = static_cast<uint32_t>(plan.tasks.size());
    plan.tasks.push_back(std::move(task));
    return plan.tasks.back();
  }
  void root(const std::string& id) { plan.roots.push_back(index_.at(id)); }

  Plan plan;

 private:
  std::map<std::string, uint32_t> index_;
};

using Names = std::vector<std::string>;

/// Each needs the one before it; the last is asked for.
inline Graph chain(const Names& ids) {
  Graph graph;
  for (size_t i = 0; i < ids.size(); ++i) {
    graph.add(ids[i], i == 0 ? Names{} : Names{ids[i - 1]});
  }
  graph.root(ids.back());
  return graph;
}

class Player {
 public:
  explicit Player(int64_t cpu = 1000) { scheduler.set_pool("cpu", cpu); }

  void submit(uint64_t run, const Graph& graph, RunOptions options = {}) {
    const auto jobs = scheduler.submit(RunId(run), graph.plan, options, now);
    for (size_t i = 0; i < jobs.size(); ++i) {
      if (jobs[i]) names[jobs[i]] = graph.plan.tasks[i].id;
    }
    take();
  }
  void end(const std::string& id, Outcome outcome = Outcome::kSucceeded) {
    scheduler.attempt_ended(running.at(id), outcome, now);
    running.erase(id);
    take();
  }
  AwaitId await(const std::string& id, const Graph& graph) {
    const Result<Awaited> awaited = try_await(id, graph);
    REQUIRE(awaited.ok());
    return awaited->id;
  }
  void pause(const std::string& id) {
    REQUIRE(scheduler.pause(running.at(id)));
    take();
  }
  /// Why an await is refused; empty if it is not.
  std::string refusal(const std::string& id, const Graph& graph) {
    const Result<Awaited> awaited = try_await(id, graph);
    return awaited.ok() ? "" : awaited.error().message;
  }
  /// The attempt that was just started is taken back.
  Result<Awaited> require_more(const std::string& id, const Graph& graph) {
    Result<Awaited> required =
        named(scheduler.requires_more(running.at(id), graph.plan, now), graph);
    if (required.ok()) running.erase(id);
    take();
    return required;
  }
  void answer(const std::string& id, bool holds) {
    scheduler.when_answered(asking.at(id), holds, now);
    asking.erase(id);
    take();
  }
  void cancel(uint64_t run, bool kill = false) {
    scheduler.cancel_run(RunId(run), kill, now);
    take();
  }
  void cancel_task(const std::string& id, bool kill = false) {
    scheduler.cancel_job(scheduler.find(id), kill, now);
    take();
  }
  void wait(Duration by) {
    now += by;
    scheduler.tick(now);
    take();
  }
  /// Takes all decisions, until there are none.
  void take() {
    for (;;) {
      const auto decisions = scheduler.take_decisions();
      if (decisions.empty()) return;
      for (const Decision& decision : decisions) {
        std::visit([this](const auto& one) { see(one); }, decision);
      }
    }
  }
  [[nodiscard]] std::vector<std::string> now_running() const {
    std::vector<std::string> out;
    for (const auto& [id, job] : running) out.push_back(id);
    return out;
  }
  /// `run 1 done A` style, so that a test reads well.
  [[nodiscard]] TaskState state(uint64_t run, const std::string& id) const {
    return states.at({run, id});
  }

  Scheduler scheduler{7};
  MonoTime now{};
  std::map<JobId, std::string> names;
  std::map<std::string, JobId> running;
  std::map<std::string, JobId> asking;
  std::map<AwaitId, AwaitEnded> answers;
  std::vector<std::pair<uint64_t, std::string>> wants;
  std::vector<std::string> started;
  std::vector<std::string> stopped;
  std::map<std::pair<uint64_t, std::string>, TaskState> states;
  std::map<uint64_t, RunState> ended;
  std::map<std::string, std::string> causes;
  size_t forgotten = 0;

 private:
  Result<Awaited> try_await(const std::string& id, const Graph& graph) {
    return named(scheduler.await(running.at(id), graph.plan, now), graph);
  }
  Result<Awaited> named(Result<Awaited> awaited, const Graph& graph) {
    if (!awaited.ok()) return awaited;
    for (size_t i = 0; i < awaited->jobs.size(); ++i) {
      if (awaited->jobs[i]) names[awaited->jobs[i]] = graph.plan.tasks[i].id;
    }
    for (const Want& want : awaited->wants) wants.emplace_back(want.run.value, names.at(want.job));
    return awaited;
  }
  void see(const StartAttempt& one) {
    REQUIRE_FALSE(running.contains(names.at(one.job)));  // one identity never twice at once
    running[names.at(one.job)] = one.job;
    started.push_back(names.at(one.job));
  }
  void see(const StopAttempt& one) { stopped.push_back(names.at(one.job) + (one.kill ? "!" : "")); }
  void see(const AskWhen& one) { REQUIRE(asking.emplace(names.at(one.job), one.job).second); }
  void see(const AwaitEnded& one) {
    REQUIRE(scheduler.state(one.waiter) == TaskState::kRunning);
    for (const AwaitedRoot& root : one.roots) {
      if (root.job) REQUIRE(scheduler.state(root.job) == root.state);
    }
    REQUIRE(answers.emplace(one.await, one).second);
  }
  void see(const TaskChanged& one) {
    REQUIRE_FALSE(ended.contains(one.run.value));
    states[{one.run.value, names.at(one.job)}] = one.state;
    if (one.cause) causes[names.at(one.job)] = names.at(one.cause);
  }
  void see(const RunEnded& one) { ended[one.run.value] = one.state; }
  void see(const JobForgotten&) { ++forgotten; }
};

}  // namespace moondial
