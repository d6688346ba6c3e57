#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event_loop.h"
#include "engine/process_runner.h"
#include "uv/spawn_child.h"
#include "uv/unique_fd.h"

namespace moondial {

/// What the callers of a command get told.
struct ChildCallbacks {
  std::function<void(std::string_view)> on_output;
  std::function<void(CommandResult)> on_exit;
};

/// One started command: reads its output, sees its exit, stops its process group. It does not reap:
/// its runner calls finish() when nothing of the command is left. Loop thread only.
class ChildProcess : public std::enable_shared_from_this<ChildProcess> {
 public:
  struct Start {
    uint64_t sequence = 0;  ///< of the runner
    int pid = 0;
    UniqueFd pidfd;
    MonoTime at;
    StreamSpec::Kind out = StreamSpec::Kind::kNull;
    StreamSpec::Kind err = StreamSpec::Kind::kNull;
    size_t capture_bound = 0;
  };

  /// `on_change` asks the runner to look at this child: it has exited, or what it waits for after
  /// the exit has changed. It is called from the loop's callbacks and from stop() and abandon().
  ChildProcess(EventLoop& loop, Start start, ChildCallbacks callbacks,
               std::function<void(ChildProcess&)> on_change);

  /// Begins to read and to watch. Apart from the constructor because callbacks share this object.
  void attach(ChildStreams& streams);

  [[nodiscard]] uint64_t sequence() const { return sequence_; }
  [[nodiscard]] int pid() const { return pid_; }
  [[nodiscard]] bool exited() const { return exited_; }
  [[nodiscard]] bool stopping() const { return kill_due_.has_value(); }

  /// As Process::stop.
  void stop(Duration grace);
  /// Kills it; no callback is called any more.
  void abandon();

  /// After the exit: whether its streams, or, once stop() was called, the rest of its group, are to
  /// be given more time. If so, on_change is called again when that time is up.
  [[nodiscard]] bool waits(bool group_lives);

  /// From now on it waits for nothing but the end of its processes.
  void begin_clearing();
  [[nodiscard]] bool clearing() const { return clearing_; }
  void kill_group();
  /// Notes for the result that it left `pid` behind; once for each.
  void add_leftover(int pid, std::string description);

  /// Takes what is left in the pipes, reaps the leader, lets go of all watches and descriptors. The
  /// leader must have exited.
  void finish();
  /// Calls on_exit, unless abandoned. Once, after finish().
  void report();
  /// Kills and reaps the leader, waiting at most `patience`; no callback, no on_change. For the end
  /// of the runner.
  void end_now(Duration patience);

 private:
  struct Stream {
    UniqueFd fd;
    std::unique_ptr<FdWatch> watch;
    StreamSpec::Kind kind = StreamSpec::Kind::kNull;
    std::string* captured = nullptr;
  };

  void open(Stream& stream, UniqueFd fd, StreamSpec::Kind kind, std::string* captured);
  void read(Stream& stream, size_t budget);
  void hand_out(const Stream& stream, std::string_view bytes);
  void close(Stream& stream);
  void drop_callbacks();
  void on_pidfd();
  void arm_timer();
  [[nodiscard]] bool streams_open() const { return streams_[0].fd || streams_[1].fd; }

  // Constant after construction.
  EventLoop& loop_;
  const uint64_t sequence_;
  const int pid_;
  const MonoTime started_;
  const size_t capture_bound_;
  const std::array<StreamSpec::Kind, 2> kinds_;
  const int64_t peak_floor_;  // what our own memory adds to the child's count at exec
  const std::function<void(ChildProcess&)> on_change_;

  ChildCallbacks callbacks_;
  UniqueFd pidfd_;
  std::unique_ptr<FdWatch> exit_watch_;
  std::array<Stream, 2> streams_;
  std::unique_ptr<Watch> timer_;
  std::optional<MonoTime> kill_due_;  // set by stop()
  MonoTime exited_at_;
  CommandResult result_;
  std::vector<int> leftover_pids_;
  bool exited_ = false;  // a zombie, or reaped
  bool clearing_ = false;
  bool reaped_ = false;  // the id may be somebody else's
  bool abandoned_ = false;
  bool calling_ = false;  // on_output is on the stack
};

}  // namespace moondial
