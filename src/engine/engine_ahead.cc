// Attempts that are prepared before there is room for them. A row is durable, and staging is made,
// some milliseconds after it was asked for: a task that runs shorter than that would leave its slot
// idle for longer than it uses it. How many are prepared follows from how many have been started
// lately: where tasks take long, next to none.
#include <algorithm>
#include <utility>

#include "engine/engine.h"

namespace moondial {
namespace {

/// Longer than preparing takes.
constexpr Duration kLately = std::chrono::milliseconds(50);
/// A group of records that is written at once is not to grow without bound.
constexpr size_t kMostAhead = 64;

}  // namespace

std::unique_ptr<Attempt> Engine::new_attempt(JobId job, const LiveTask& task) {
  return std::make_unique<Attempt>(
      services_, *this,
      AttemptOrder{parts_.store.next_attempt(), job, task.instance, task.generation->id});
}

void Engine::prepare_ahead() {
  const MonoTime lately = parts_.loop.mono() - kLately;
  while (!starts_.empty() && (starts_.front() < lately || starts_.size() > kMostAhead)) {
    starts_.pop_front();
  }
  // One start alone says nothing about what comes.
  if (starts_.size() < 2 || shutting_down_) return;
  for (const JobId job : scheduler_.next_starts(starts_.size())) {
    LiveTask& task = tasks_.at(job);
    if (task.ahead != nullptr || task.instance->work == WorkKind::kNone) continue;
    if (held_.contains(task.instance->id)) continue;
    task.ahead = new_attempt(job, task);
    task.ahead->prepare();
  }
}

void Engine::drop_ahead(JobId job) {
  const auto found = tasks_.find(job);
  if (found == tasks_.end() || found->second.ahead == nullptr) return;
  std::unique_ptr<Attempt> attempt = std::move(found->second.ahead);
  Attempt& dropped = *attempt;
  dropped_.emplace(dropped.order().id, std::move(attempt));
  dropped.drop();
}

/// It is calling us: it goes when that call has returned.
void Engine::attempt_dropped(Attempt& attempt) {
  parts_.loop.defer([this, id = attempt.order().id] {
    dropped_.erase(id);
    end_if_idle();
  });
}

}  // namespace moondial
