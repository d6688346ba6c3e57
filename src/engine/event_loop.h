#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"

namespace moondial {

/// What a watched descriptor is ready for; also what it is watched for.
struct Readiness {
  bool readable = false;
  bool writable = false;
};

/// Owns a registration with the loop. Destroying it ends the registration at once: its callback is
/// never called again. May be destroyed inside its own callback.
class Watch {
 public:
  virtual ~Watch() = default;
};

/// A descriptor that is watched; the descriptor itself stays its owner's.
class FdWatch : public Watch {
 public:
  /// Changes what is watched for. Neither: nothing, until asked again.
  virtual void set_interest(Readiness interest) = 0;
};

/// The one thread that decides. All functions but post() are for that thread only; callbacks are
/// called on it, never from inside the call that registered them.
class EventLoop : public Clock {
 public:
  /// Calls `on_ready` whenever `fd` is ready (level-triggered; an error or hang-up counts as
  /// readable). `fd` stays open until the watch is gone.
  [[nodiscard]] virtual std::unique_ptr<FdWatch> watch(int fd, Readiness interest,
                                                       std::function<void(Readiness)> on_ready) = 0;

  /// Calls `on_due` once, at `due` or as soon after it as possible.
  [[nodiscard]] virtual std::unique_ptr<Watch> timer(MonoTime due,
                                                     std::function<void()> on_due) = 0;

  /// Calls `on_signal` when the process gets `signum`.
  [[nodiscard]] virtual std::unique_ptr<Watch> on_signal(int signum,
                                                         std::function<void()> on_signal) = 0;

  /// Calls `task` on the loop's thread, in the order of the calls. From any thread.
  virtual void post(std::function<void()> task) = 0;

  /// Calls `task` on the loop's thread once, after the events that are at hand now are handled and
  /// before the loop sleeps: for work that is better done once for many events.
  virtual void defer(std::function<void()> task) = 0;

  /// Runs `work` on a pool thread, then `done` on the loop's thread.
  virtual void offload(std::function<void()> work, std::function<void()> done) = 0;

  /// Runs until stop(); may be called again. Every watch is gone before the loop is (asserted).
  virtual void run() = 0;
  virtual void stop() = 0;
};

}  // namespace moondial
