#pragma once

#include <functional>
#include <memory>

#include "engine/event_loop.h"

namespace moondial {

/// The event loop on libuv. Ignores SIGPIPE in the whole process, so that a write to a closed
/// pipe or socket is an error and no death.
///
/// Limits: a descriptor has at most one FdWatch at a time, and is one that epoll takes (no regular
/// file). Timers have a resolution of a millisecond and never fire before they are due.
///
/// run() may be called again after stop(); a stop() before run() makes that run() return at once.
/// The destructor lets work in the pool end, drops what was posted, deferred or is still to be
/// told, and asserts that no watch is live and libuv holds no handle.
class UvLoop final : public EventLoop {
 public:
  UvLoop();
  ~UvLoop() override;
  UvLoop(const UvLoop&) = delete;
  UvLoop& operator=(const UvLoop&) = delete;

  [[nodiscard]] UtcTime utc() const override;
  [[nodiscard]] MonoTime mono() const override;

  [[nodiscard]] std::unique_ptr<FdWatch> watch(int fd, Readiness interest,
                                               std::function<void(Readiness)> on_ready) override;
  [[nodiscard]] std::unique_ptr<Watch> timer(MonoTime due, std::function<void()> on_due) override;
  [[nodiscard]] std::unique_ptr<Watch> on_signal(int signum,
                                                 std::function<void()> on_signal) override;
  void post(std::function<void()> task) override;
  void defer(std::function<void()> task) override;
  void offload(std::function<void()> work, std::function<void()> done) override;
  void run() override;
  void stop() override;

 private:
  struct State;  // all that includes <uv.h>
  std::unique_ptr<State> state_;
};

}  // namespace moondial
