#include "engine/live_run.h"

#include <algorithm>
#include <utility>

namespace moondial {

void LiveRun::add_task(JobId job, Duration estimate) {
  const auto [known, is_new] = tasks_.emplace(job, TaskState::kPending);
  if (!is_new) {
    if (is_final(known->second)) enter(job, TaskState::kPending);
    return;
  }
  ++counts_[TaskState::kPending];
  estimates_[job] = estimate;
  known_left_ += estimate;
  if (estimate == Duration(0)) ++unknown_left_;
}

void LiveRun::enter(JobId job, TaskState next) {
  TaskState& current = tasks_.at(job);
  if (--counts_[current] == 0) counts_.erase(current);
  ++counts_[next];
  current = next;
  if (next == TaskState::kRunning) {
    running_.insert(job);
  } else {
    running_.erase(job);
  }
  const auto estimate = estimates_.find(job);
  if (!is_final(next) || estimate == estimates_.end()) return;
  known_left_ -= estimate->second;
  if (estimate->second == Duration(0)) --unknown_left_;
  estimates_.erase(estimate);
}

std::optional<TaskState> LiveRun::state_of(JobId job) const {
  const auto found = tasks_.find(job);
  if (found == tasks_.end()) return std::nullopt;
  return found->second;
}

std::optional<Duration> LiveRun::left(int64_t slots) const {
  const auto open = static_cast<int64_t>(estimates_.size());
  if (unknown_left_ * 2 > open || known_left_ == Duration(0)) return std::nullopt;
  // Tasks of unknown length count as long as the mean of the others.
  const Duration mean = known_left_ / std::max<int64_t>(open - unknown_left_, 1);
  return (known_left_ + mean * unknown_left_) / std::max<int64_t>(slots, 1);
}

void LiveRun::tell(RunEvent event) {
  if (untold_.empty()) return tell_subscribers(event);
  untold_.push_back({std::move(event), false});
}

void LiveRun::hold(RunEvent event) { untold_.push_back({std::move(event), true}); }

void LiveRun::release() {
  untold_.front().held = false;
  while (!untold_.empty() && !untold_.front().held) {
    const Untold next = std::move(untold_.front());
    untold_.pop_front();
    tell_subscribers(next.event);
  }
}

void LiveRun::tell_subscribers(const RunEvent& event) {
  std::vector<uint64_t> now;
  for (const auto& [subscription, callback] : subscribers_) now.push_back(subscription);
  for (const uint64_t subscription : now) {
    const auto found = subscribers_.find(subscription);
    if (found == subscribers_.end()) continue;
    const auto callback = found->second;
    callback(event);
  }
}

}  // namespace moondial
