// Attempts whose commands have outlived the engine that started them. When the scheduler wants such
// a task to run, it runs already.
#include <utility>

#include "engine/engine.h"
#include "engine/recovery.h"

namespace moondial {
namespace {

constexpr int64_t kPlenty = int64_t{1} << 60;

}  // namespace

/// Takes on what an earlier engine has begun, instead of a start. False: there is nothing.
bool Engine::adopt_held(JobId job, LiveTask& task) {
  const auto node = held_.extract(task.instance->id);
  if (!node) return false;
  const HeldAttempt& held = node.mapped();
  task.attempt = std::make_unique<Attempt>(
      services_, *this, AttemptOrder{held.attempt, job, task.instance, task.generation->id});
  attempts_[held.attempt] = job;
  AttemptStart start;
  start.runs = scheduler_.runs_of(job);
  start.number = held.number;
  const LiveRun& oldest = runs_.at(start.runs.front());
  start.environment = oldest.environment;
  start.scheduled_at = oldest.scheduled_at;
  task.attempt->adopt(std::move(start), held);
  return true;
}

Status Engine::end_unadopted() {
  if (!adopts_first_) return Status();
  // What runs already is adopted though there may be more of it than units: a pool has shrunk, or
  // one whose command had ended has given its units back before it published.
  for (const PoolView& pool : scheduler_.pools()) scheduler_.set_pool(pool.name, kPlenty);
  pump();
  restore_pools();
  adopts_first_ = false;
  Status problem;
  for (auto held = held_.begin(); held != held_.end();) {
    Status ended = end_held_attempt(parts_.store, parts_.targets, parts_.runner, parts_.loop,
                                    held->second, options_.state_dir);
    if (ended.ok()) {
      held = held_.erase(held);
    } else {
      if (problem.ok()) problem = std::move(ended);
      ++held;  // its task does not start here
    }
  }
  scheduler_.retry_held_back();
  schedule_pump();
  return problem;
}

}  // namespace moondial
