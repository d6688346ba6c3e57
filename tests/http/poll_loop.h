// An event loop for tests: one step at a time, on a clock that the test moves.
#pragma once

#include <poll.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "engine/event_loop.h"

namespace moondial {

class PollLoop final : public EventLoop {
 public:
  [[nodiscard]] UtcTime utc() const override { return UtcTime(std::chrono::hours(400'000)) + now_; }
  [[nodiscard]] MonoTime mono() const override { return MonoTime(now_); }

  std::unique_ptr<FdWatch> watch(int fd, Readiness interest,
                                 std::function<void(Readiness)> on_ready) override {
    auto watch = std::make_unique<PolledFd>(*this, fd, interest, std::move(on_ready));
    return watch;
  }
  std::unique_ptr<Watch> timer(MonoTime due, std::function<void()> on_due) override {
    return std::make_unique<Timer>(*this, due, std::move(on_due));
  }
  std::unique_ptr<Watch> on_signal(int, std::function<void()>) override { return nullptr; }
  void post(std::function<void()> task) override { tasks_.push_back(std::move(task)); }
  void defer(std::function<void()> task) override { tasks_.push_back(std::move(task)); }
  void offload(std::function<void()> work, std::function<void()> done) override {
    work();
    post(std::move(done));
  }
  void run() override {}
  void stop() override {}

  void advance(Duration by) { now_ += by; }

  /// Handles what is at hand, waiting at most `wait_ms` for a descriptor. False: nothing was.
  bool step(int wait_ms = 0) {
    bool any = run_tasks();
    any = run_timers() || any;
    return poll_descriptors(any ? 0 : wait_ms) || any;
  }
  /// Until nothing is at hand.
  void settle() {
    while (step(1)) {
    }
  }
  [[nodiscard]] size_t live_watches() const { return fds_.size() + timers_.size(); }

 private:
  struct PolledFd final : FdWatch {
    PolledFd(PollLoop& the_loop, int the_fd, Readiness what, std::function<void(Readiness)> call)
        : loop(the_loop), fd(the_fd), interest(what), on_ready(std::move(call)) {
      loop.fds_.push_back(this);
    }
    ~PolledFd() override { std::erase(loop.fds_, this); }
    void set_interest(Readiness what) override { interest = what; }
    PollLoop& loop;
    int fd;
    Readiness interest;
    std::function<void(Readiness)> on_ready;
  };
  struct Timer final : Watch {
    Timer(PollLoop& the_loop, MonoTime when, std::function<void()> call)
        : loop(the_loop), due(when), on_due(std::move(call)) {
      loop.timers_.push_back(this);
    }
    ~Timer() override { std::erase(loop.timers_, this); }
    PollLoop& loop;
    MonoTime due;
    std::function<void()> on_due;
  };

  bool run_tasks() {
    const size_t count = tasks_.size();
    for (size_t i = 0; i < count; ++i) {
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
    return count > 0;
  }
  bool run_timers() {
    const auto due = std::ranges::find_if(
        timers_, [this](const Timer* t) { return t->on_due && t->due <= mono(); });
    if (due == timers_.end()) return false;
    const auto call = std::exchange((*due)->on_due, nullptr);
    call();
    return true;
  }
  bool poll_descriptors(int wait_ms) {
    std::vector<pollfd> polled;
    for (const PolledFd* watch : fds_) {
      const int events =
          (watch->interest.readable ? POLLIN : 0) | (watch->interest.writable ? POLLOUT : 0);
      polled.push_back({events == 0 ? -1 : watch->fd, static_cast<short>(events), 0});
    }
    if (::poll(polled.data(), polled.size(), wait_ms) <= 0) return false;
    for (const pollfd& ready : polled) {
      if (ready.revents == 0) continue;
      const auto found =
          std::ranges::find_if(fds_, [&](const PolledFd* w) { return w->fd == ready.fd; });
      if (found == fds_.end()) continue;
      const auto call = (*found)->on_ready;
      call({(ready.revents & ~POLLOUT) != 0, (ready.revents & POLLOUT) != 0});
    }
    return true;
  }

  Duration now_{std::chrono::hours(1)};
  std::deque<std::function<void()>> tasks_;
  std::vector<PolledFd*> fds_;
  std::vector<Timer*> timers_;
};

}  // namespace moondial
