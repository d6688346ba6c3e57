// What running scripts await: planned in the generation of the attempt that asks, then added to the
// runs that want it.
#include <algorithm>
#include <utility>

#include "engine/engine.h"

namespace moondial {
namespace {

/// All that is wrong, as one text for the line that awaits.
Error as_one(const Error& error) {
  if (error.diagnostics.empty()) return error;
  std::string text;
  for (const Diagnostic& diagnostic : error.diagnostics) {
    text += (text.empty() ? "" : "\n") + diagnostic.text();
  }
  return Error{error.code, std::move(text), {}};
}

}  // namespace

void Engine::attempt_awaits(Attempt& attempt, ScriptAwait await) {
  const Generation& generation = *tasks_.at(attempt.order().job).generation;
  PlanRequest request;
  request.tasks = std::move(await.tasks);
  plan_in(generation, std::move(request),
          [this, id = attempt.order().id, number = await.request](Result<PlannedTasks> planned,
                                                                  const Generation* of) {
            await_planned(id, number, std::move(planned), *of);
          });
}

void Engine::await_planned(AttemptId id, uint64_t request, Result<PlannedTasks> planned,
                           const Generation& generation) {
  const auto job = attempts_.find(id);
  if (job == attempts_.end()) return;
  Attempt& attempt = *tasks_.at(job->second).attempt;
  if (!attempt.awaits(request)) return;
  if (!planned.ok()) return attempt.await_ended(request, as_one(planned.error()));
  settle_against_runs(*planned, job->second);
  const Status possible = check_awaited(planned->plan, generation);
  if (!possible.ok()) return attempt.await_ended(request, as_one(possible.error()));

  if (waits_for_externals(job->second)) wait_for_externals(planned->plan);
  const Result<Awaited> awaited = scheduler_.await(job->second, planned->plan, parts_.loop.mono());
  if (!awaited.ok()) {
    // An attempt that is being stopped hears nothing any more.
    if (awaited.error().code != Code::kCancelled) {
      attempt.await_ended(request, as_one(awaited.error()));
    }
    return;
  }
  OpenAwait& open = awaits_[awaited->id];
  open.attempt = id;
  open.request = request;
  for (const uint32_t root : planned->plan.roots) {
    open.roots.push_back(planned->plan.tasks[root].id);
  }
  want_awaited(*awaited, *planned, generation);
  record_awaited(job->second, open.roots);
  attempt.await_taken();
  schedule_pump();
}

/// What leaves nothing and has succeeded in a run that wants the job is complete for what the job
/// comes to need.
void Engine::settle_against_runs(PlannedTasks& planned, JobId job) const {
  for (const RunId run : scheduler_.runs_of(job)) {
    const std::set<std::string>& succeeded = runs_.at(run).succeeded;
    for (PlanTask& task : planned.plan.tasks) {
      if (succeeded.contains(task.id)) task.complete = true;  // though another run may be at it
    }
  }
}

/// Against the pools as they are: nothing that waits for units may wait for ever.
Status Engine::check_awaited(const Plan& plan, const Generation& generation) const {
  std::map<std::string, int64_t> sizes = generation.declarations.pools;
  for (const PoolView& pool : scheduler_.pools()) {
    // One that somebody has made smaller is to be waited for.
    const auto set = set_pools_.find(pool.name);
    sizes[pool.name] = set == set_pools_.end() ? pool.size : set->second.declared;
  }
  auto problems = validate(plan, sizes);
  if (problems.empty()) return {};
  return Error{Code::kInvalid, "what is awaited cannot be run", std::move(problems)};
}

/// Makes what an await has brought known: to the engine, to the runs, to the record.
void Engine::want_awaited(const Awaited& awaited, const PlannedTasks& planned,
                          const Generation& generation) {
  for (const auto& [name, size] : generation.declarations.pools) {
    if (declared_pools_.emplace(name, size).second) scheduler_.set_pool(name, size);
  }
  std::map<JobId, Duration> estimates;
  std::set<JobId> made;
  for (size_t i = 0; i < awaited.jobs.size(); ++i) {
    const JobId job = awaited.jobs[i];
    if (!job) continue;
    estimates[job] = planned.plan.tasks[i].estimate;
    if (tasks_.contains(job)) continue;
    made.insert(job);
    keep_task(job, planned.instances[i], generation);
    keep_inputs(job, planned, i);
    watch_needs(job, planned.plan.tasks[i], planned.plan.tasks, awaited.jobs);
  }
  std::vector<Record> records, needs;
  for (const Want& want : awaited.wants) {
    const auto estimate = estimates.find(want.job);
    runs_.at(want.run).add_task(want.job,
                                estimate == estimates.end() ? Duration(0) : estimate->second);
    const std::string& why = tasks_.at(want.job).instance->why;
    if (made.contains(want.job)) {
      records.push_back(planned_record(want.run, want.job, why));
    } else {
      records.push_back(joined_record(want.run, want.job, why));
      needs.push_back(joined_needs(want.run, want.job));
    }
  }
  std::ranges::move(needs, std::back_inserter(records));
  if (!records.empty()) parts_.store.write(std::move(records), {});
}

/// What it awaits is there by now, also where it is complete.
void Engine::record_awaited(JobId waiter, const std::vector<std::string>& roots) {
  std::vector<Record> records;
  for (const RunId run : scheduler_.runs_of(waiter)) {
    records.push_back(TaskAwaits{run, tasks_.at(waiter).instance->id, roots});
  }
  if (!records.empty()) parts_.store.write(std::move(records), {});
}

void Engine::attempt_stops_awaiting(Attempt& attempt, uint64_t request) {
  for (auto open = awaits_.begin(); open != awaits_.end(); ++open) {
    if (open->second.attempt != attempt.order().id || open->second.request != request) continue;
    scheduler_.stop_awaiting(attempt.order().job, open->first);
    awaits_.erase(open);
    return schedule_pump();
  }
}

bool Engine::attempt_paused(Attempt& attempt) {
  // What is still being planned is not the scheduler's yet: it can be awaited only while the
  // attempt runs.
  const auto taken = std::ranges::count_if(
      awaits_, [&](const auto& open) { return open.second.attempt == attempt.order().id; });
  if (static_cast<size_t>(taken) < attempt.open_awaits()) return false;
  if (!scheduler_.pause(attempt.order().job)) return false;
  schedule_pump();
  return true;
}

void Engine::act(const AwaitEnded& decision) {
  const auto node = awaits_.extract(decision.await);
  const LiveTask& waiter = tasks_.at(decision.waiter);
  if (!node || waiter.attempt == nullptr) return;
  AwaitResult result;
  for (size_t i = 0; i < decision.roots.size(); ++i) {
    const AwaitedRoot& root = decision.roots[i];
    AwaitedTask task{node.mapped().roots.at(i), root.state, ""};
    if (root.job) task.error = tasks_.at(root.job).error;
    result.push_back(std::move(task));
  }
  waiter.attempt->await_ended(node.mapped().request, std::move(result));
}

}  // namespace moondial
