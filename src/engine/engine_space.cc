// Disk space: below min_free nothing starts. What would start is held back, what runs goes on, and
// every few seconds it is looked at again.
#include "engine/engine.h"

namespace moondial {
namespace {

constexpr Duration kLookAgain = std::chrono::seconds(3);

}  // namespace

bool Engine::has_room(JobId job) {
  if (tasks_.at(job).instance->external) return true;  // it is only waited for
  // Units and locks of what runs already are its own before anything else may take them.
  const bool is_held = held_.contains(tasks_.at(job).instance->id);
  if (adopts_first_) return is_held;
  if (is_held) return false;  // it could not be ended: it must not run twice
  return space_.shortage(tasks_.at(job).instance->outputs, parts_.loop.mono()) == nullptr;
}

void Engine::arm_space() {
  if (scheduler_.held_back() == 0) return space_timer_.reset();
  if (space_timer_) return;
  space_timer_ = parts_.loop.timer(parts_.loop.mono() + kLookAgain, [this] { look_at_space(); });
}

/// min_free may have been lowered meanwhile, so that the configuration is read again as well.
void Engine::look_at_space() {
  ++planning_;
  load([this](const Result<const Generation*>& /*loaded*/) {
    planning_ended();
    space_timer_.reset();
    if (space_.look_again(parts_.loop.mono())) scheduler_.retry_held_back();
    schedule_pump();
  });
}

/// Of a live task that is held back.
const SpaceShortage* Engine::shortage_of(JobId job) const {
  if (!scheduler_.is_held_back(job)) return nullptr;
  return space_.known_shortage(tasks_.at(job).instance->outputs);
}

/// The first task of a run that waits for space.
const SpaceShortage* Engine::shortage_of(const LiveRun& run) const {
  if (scheduler_.held_back() == 0) return nullptr;
  for (const auto& [job, state] : run.tasks()) {
    if (is_final(state)) continue;
    if (const SpaceShortage* found = shortage_of(job)) return found;
  }
  return nullptr;
}

}  // namespace moondial
