// What runs and what waits, over all runs: who holds, who wants.
#include <algorithm>

#include "engine/engine.h"

namespace moondial {

QueueView Engine::queue() {
  QueueView out;
  out.pools = scheduler_.pools();
  std::map<std::string, JobId> ready;
  for (const auto& [job, task] : tasks_) {
    const TaskState state = scheduler_.state(job);
    if (state == TaskState::kReady) ready.emplace(task.instance->id, job);
    // A paused one has given its units back, and keeps its lock.
    const bool paused = state == TaskState::kWaiting && task.attempt != nullptr;
    if ((state != TaskState::kRunning && !paused) || task.attempt == nullptr) continue;
    QueueView::Running one;
    one.id = task.instance->id;
    one.runs = scheduler_.runs_of(job);
    one.attempt = task.attempt->order().id;
    one.number = task.attempt->start().number;
    one.since = task.attempt->started();
    one.fraction = task.attempt->fraction();
    one.text = task.attempt->progress_text();
    one.paused = paused;
    if (!paused) one.uses = task.instance->uses;
    one.lock = task.instance->lock;
    out.running.push_back(std::move(one));
  }
  std::ranges::sort(out.running, {},
                    [](const QueueView::Running& one) { return std::pair(one.since, one.id); });
  const auto add = [&](JobId job) {
    const LiveTask& task = tasks_.at(job);
    QueueView::Ready one{task.instance->id, scheduler_.runs_of(job), scheduler_.lacking(job), {}};
    one.since = parts_.loop.utc() - (parts_.loop.mono() - scheduler_.ready_since(job));
    if (const SpaceShortage* shortage = shortage_of(job)) one.space = to_text(*shortage);
    out.ready.push_back(std::move(one));
  };
  for (const JobId job : scheduler_.next_starts(ready.size())) {
    if (ready.erase(scheduler_.id(job)) > 0) add(job);
  }
  for (const auto& [id, job] : ready) add(job);
  for (const PoolView& pool : out.pools) {
    out.declared[pool.name] = declared_size(pool.name).value_or(pool.size);
  }
  return out;
}

}  // namespace moondial
