#include "tests/sim/sim_loop.h"

#include <algorithm>

namespace moondial::sim {

class SimLoop::Timer final : public Watch {
 public:
  Timer(SimLoop& loop, std::pair<MonoTime, uint64_t> key) : loop_(loop), key_(key) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() override { loop_.timers_.erase(key_); }

 private:
  SimLoop& loop_;
  const std::pair<MonoTime, uint64_t> key_;
};

std::unique_ptr<Watch> SimLoop::timer(MonoTime due, std::function<void()> on_due) {
  const std::pair key(due, ++last_timer_);
  timers_.emplace(key, std::move(on_due));
  return std::make_unique<Timer>(*this, key);
}

void SimLoop::offload(std::function<void()> work, std::function<void()> done) {
  offloaded_.push_back({std::move(work), std::move(done)});
}

void SimLoop::do_task() {
  const auto task = std::move(queue_.front());
  queue_.pop_front();
  task();
}

void SimLoop::do_pool_work(size_t which) {
  Work one = std::move(offloaded_[which]);
  offloaded_.erase(offloaded_.begin() + static_cast<std::ptrdiff_t>(which));
  one.work();
  queue_.push_back(std::move(one.done));
}

void SimLoop::fire_timer(Duration late) {
  const auto next = timers_.begin();
  now_ = std::max(now_, next->first.first.time_since_epoch() + late);
  const auto task = std::move(next->second);
  timers_.erase(next);
  task();
}

void SimLoop::clear() {
  queue_.clear();
  offloaded_.clear();
}

}  // namespace moondial::sim
