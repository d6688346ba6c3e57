#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "engine/event_loop.h"

namespace moondial::sim {

/// A loop of which the driver takes one step at a time. Work for the pool is done, and is told to
/// be done, whenever the driver says, in any order.
class SimLoop final : public EventLoop {
 public:
  [[nodiscard]] UtcTime utc() const override { return UtcTime(now_ + jumped_); }
  [[nodiscard]] MonoTime mono() const override { return MonoTime(now_); }
  std::unique_ptr<FdWatch> watch(int, Readiness, std::function<void(Readiness)>) override {
    return nullptr;
  }
  std::unique_ptr<Watch> timer(MonoTime due, std::function<void()> on_due) override;
  std::unique_ptr<Watch> on_signal(int, std::function<void()>) override { return nullptr; }
  void post(std::function<void()> task) override { queue_.push_back(std::move(task)); }
  void defer(std::function<void()> task) override { queue_.push_back(std::move(task)); }
  void offload(std::function<void()> work, std::function<void()> done) override;
  void run() override {}
  void stop() override {}

  /// Where its clocks begin.
  void begin_at(Duration now) { now_ = now; }
  [[nodiscard]] Duration now() const { return now_; }
  /// The wall clock is set.
  void jump(Duration by) { jumped_ += by; }

  // What the driver can do.
  [[nodiscard]] bool has_tasks() const { return !queue_.empty(); }
  void do_task();
  [[nodiscard]] size_t pool_work() const { return offloaded_.size(); }
  void do_pool_work(size_t which);
  [[nodiscard]] bool has_timers() const { return !timers_.empty(); }
  [[nodiscard]] bool has_due_timer() const {
    return has_timers() && timers_.begin()->first.first <= mono();
  }
  /// Time passes until the next timer is due, and a bit; it fires.
  void fire_timer(Duration late);
  void pass(Duration time) { now_ += time; }
  /// Drops all that is to be done.
  void clear();

 private:
  class Timer;
  struct Work {
    std::function<void()> work;
    std::function<void()> done;
  };
  Duration now_{0};
  Duration jumped_{std::chrono::hours(300'000)};
  std::deque<std::function<void()>> queue_;
  std::vector<Work> offloaded_;
  std::map<std::pair<MonoTime, uint64_t>, std::function<void()>> timers_;
  uint64_t last_timer_ = 0;
};

}  // namespace moondial::sim
