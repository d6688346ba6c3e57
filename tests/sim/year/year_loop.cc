#include "tests/sim/year/year_loop.h"

#include <algorithm>

namespace moondial::sim {

class YearLoop::Timer final : public Watch {
 public:
  Timer(YearLoop& loop, std::pair<UtcTime, uint64_t> key) : loop_(loop), key_(key) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() override { loop_.timers_.erase(key_); }

 private:
  YearLoop& loop_;
  const std::pair<UtcTime, uint64_t> key_;
};

std::unique_ptr<Watch> YearLoop::timer(MonoTime due, std::function<void()> on_due) {
  const std::pair key(UtcTime(due.time_since_epoch()), ++last_);
  timers_.emplace(key, std::move(on_due));
  return std::make_unique<Timer>(*this, key);
}

void YearLoop::post(std::function<void()> task) {
  const OutsideEngine outside;
  queue_.push_back(std::move(task));
}

void YearLoop::offload(std::function<void()> work, std::function<void()> done) {
  post([work = std::move(work), done = std::move(done)] {
    work();
    done();
  });
}

void YearLoop::later(Duration in, std::function<void()> event) {
  const OutsideEngine outside;
  events_.emplace(std::pair(now_ + in, ++last_), std::move(event));
}

bool YearLoop::may_step() {
  if (steps_left_ > 0) --steps_left_;
  is_dead_ = is_dead_ || steps_left_ == 0;
  return !is_dead_;
}

void YearLoop::run_until(UtcTime end) {
  while (!is_dead_) {
    if (!queue_.empty()) {
      if (!may_step()) return;
      const auto task = std::move(queue_.front());
      queue_.pop_front();
      const InEngine in;
      task();
      continue;
    }
    const bool has_timer = !timers_.empty();
    const bool is_event =
        !events_.empty() && (!has_timer || events_.begin()->first < timers_.begin()->first);
    if (!is_event && !has_timer) break;
    Due& due = is_event ? events_ : timers_;
    if (due.begin()->first.first > end) break;
    if (!may_step()) return;
    now_ = std::max(now_, due.begin()->first.first);
    const auto task = std::move(due.begin()->second);
    due.erase(due.begin());
    const Allocates who(!is_event);
    task();
  }
  if (!is_dead_) now_ = std::max(now_, end);
}

void YearLoop::clear() {
  is_dead_ = true;
  queue_.clear();
  events_.clear();
}

void YearLoop::revive(UtcTime now) {
  now_ = std::max(now_, now);
  is_dead_ = false;
  steps_left_ = UINT64_MAX;
}

}  // namespace moondial::sim
