#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/event_loop.h"
#include "lua/channel.h"
#include "lua/protocol.h"

namespace moondial {

/// How a loader is started: this program, which calls loader_main() when it is told so.
struct LoaderCommand {
  std::string executable = "/proc/self/exe";
  std::vector<std::string> argv = {"moondial", "__loader"};  ///< the descriptor's number follows
};

/// "ended by signal 11 (SIGSEGV)" or "ended with status 3", of a status as of waitpid.
[[nodiscard]] std::string describe_wait_status(int status);

/// A loader's process, from its start until it was waited for. Not to be destroyed inside its own
/// callbacks. The thread that starts it must live as long as it does.
class LoaderProcess {
 public:
  struct Events {
    std::function<void(msg::FromLoader)> on_message;
    std::function<void(std::string how)> on_ended;  ///< the last call; after its last message
  };

  [[nodiscard]] static Result<std::unique_ptr<LoaderProcess>> start(EventLoop& loop,
                                                                    const LoaderCommand& command,
                                                                    Events events);
  /// Calls `events` from now on, in place of those it was started with. Not after on_ended.
  void take_events(Events events) { events_ = std::move(events); }
  /// Kills it and its lanes and waits, if it has not ended.
  ~LoaderProcess();
  LoaderProcess(const LoaderProcess&) = delete;
  LoaderProcess& operator=(const LoaderProcess&) = delete;

  void send(const msg::ToLoader& message, Descriptor passed = {});
  /// Kills it and its lanes; on_ended follows.
  void kill();

  /// Asks it to end its lanes and itself; kills it after a bound. Instead of the events, `on_gone`
  /// is called, later. One that loads, and so does not listen, is to be killed first.
  void let_go(std::function<void()> on_gone);
  /// After let_go: waits, at most that bound.
  void wait();

 private:
  LoaderProcess(EventLoop& loop, pid_t pid, Descriptor pidfd, Descriptor socket, Events events);
  void receive(std::string_view bytes);
  void exited();
  void finish();
  bool reap_lanes(bool block) const;
  bool reap(bool block);

  EventLoop& loop_;
  const pid_t pid_;
  Descriptor pidfd_;
  Events events_;
  bool ended_ = false;     // and was waited for
  bool finished_ = false;  // and so were its lanes, if they came to us
  int wait_status_ = 0;
  MonoTime kill_at_;
  Channel channel_;
  std::unique_ptr<Watch> exit_watch_;
  std::unique_ptr<Watch> bound_;  // of its end, then of its lanes'
};

}  // namespace moondial
