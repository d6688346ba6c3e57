#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event_loop.h"
#include "engine/process_runner.h"
#include "uv/child_process.h"
#include "uv/hold_protocol.h"
#include "uv/unique_fd.h"

namespace moondial {

/// The engine's end of one held command: hears its holder, and tells it what to do. Loop thread
/// only.
class HeldCommand : public std::enable_shared_from_this<HeldCommand> {
 public:
  struct Start {
    AttemptId attempt;
    int pid = 0;         ///< of the command
    int holder_pid = 0;  ///< 0: it has gone, and `result` is there
    UniqueFd pidfd;      ///< of the holder
    UniqueFd socket;
    hold::Position logged;
    std::vector<std::string> secrets;
    std::optional<CommandResult> result;
  };
  /// What only the owner of all can do for one.
  struct Owner {
    /// The holder has gone: reaps it if it is a child.
    std::function<void(HeldCommand&)> on_gone;
    /// Without a word: ends what is left of the command, and finds out how it ended.
    std::function<CommandResult(AttemptId)> find_result;
    /// Removes what tells of it.
    std::function<void(AttemptId)> forget;
  };

  /// `owner` outlives this.
  HeldCommand(EventLoop& loop, Start start, ChildCallbacks callbacks, const Owner& owner);
  /// Begins to hear. Apart from the constructor because callbacks share this object.
  void attach();

  [[nodiscard]] AttemptId attempt() const { return attempt_; }
  [[nodiscard]] int pid() const { return pid_; }
  [[nodiscard]] int holder_pid() const { return holder_pid_; }
  [[nodiscard]] KeptOutput adopted_at() const { return {logged_.bytes, logged_.lines}; }
  [[nodiscard]] const std::vector<std::string>& secrets() const { return secrets_; }

  void stop(Duration grace);
  void output_kept(KeptOutput up_to);
  /// Its Process has gone: it is killed, or, when it has ended, forgotten.
  void abandon();
  /// Lets go of it as it is.
  void leave();
  /// Waits for the holder's end, at most `patience`; then kills it. For the end of the runner,
  /// after abandon().
  void end_now(Duration patience);

 private:
  void on_socket(Readiness ready);
  void hear(size_t budget);
  void take_messages();
  void handle(const hold::Header& header, std::string_view payload);
  void report(CommandResult result);
  void say(uint32_t kind, uint64_t value, uint64_t more);
  void send();
  void on_holder_gone();
  void hang_up();

  // Constant after construction.
  EventLoop& loop_;
  const AttemptId attempt_;
  const int pid_;
  const int holder_pid_;
  const hold::Position logged_;
  const std::vector<std::string> secrets_;
  const Owner& owner_;

  UniqueFd pidfd_, socket_;
  std::unique_ptr<FdWatch> exit_watch_, socket_watch_;
  std::shared_ptr<ChildCallbacks> callbacks_;  // null: abandoned, left or reported
  std::optional<CommandResult> result_;        // of one whose holder has gone long ago
  std::string in_, out_;
  bool over_ = false;  // reported, or would be
  bool abandoned_ = false, left_ = false;
};

}  // namespace moondial
