#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "engine/event_loop.h"
#include "tests/sim/year/memory.h"

namespace moondial::sim {

/// A loop whose time is told. It goes from one thing that is due to the next.
class YearLoop final : public EventLoop {
 public:
  explicit YearLoop(UtcTime now) : now_(now) {}

  [[nodiscard]] UtcTime utc() const override { return now_; }
  [[nodiscard]] MonoTime mono() const override { return MonoTime(now_.time_since_epoch()); }
  std::unique_ptr<FdWatch> watch(int, Readiness, std::function<void(Readiness)>) override {
    return nullptr;
  }
  std::unique_ptr<Watch> timer(MonoTime due, std::function<void()> on_due) override;
  std::unique_ptr<Watch> on_signal(int, std::function<void()>) override { return nullptr; }
  void post(std::function<void()> task) override;
  void defer(std::function<void()> task) override { post(std::move(task)); }
  void offload(std::function<void()> work, std::function<void()> done) override;
  void run() override {}
  void stop() override {}

  /// Of the fakes: what comes after that time.
  void later(Duration in, std::function<void()> event);
  /// Does all that is due up to then, unless the engine dies.
  void run_until(UtcTime end);
  /// The engine dies before the step after `steps` ones.
  void doom(uint64_t steps) { steps_left_ = steps; }
  [[nodiscard]] bool is_dead() const { return is_dead_; }
  [[nodiscard]] bool has_tasks() const { return !queue_.empty(); }
  /// Nothing of what was to be done comes any more: the engine is gone.
  void clear();
  /// For the next engine.
  void revive(UtcTime now);

 private:
  class Timer;
  using Due = std::map<std::pair<UtcTime, uint64_t>, std::function<void()>>;
  [[nodiscard]] bool may_step();

  UtcTime now_;
  std::deque<std::function<void()>> queue_;
  Due timers_;  // of the engine
  Due events_;  // of the fakes
  uint64_t last_ = 0;
  uint64_t steps_left_ = UINT64_MAX;
  bool is_dead_ = false;
};

}  // namespace moondial::sim
