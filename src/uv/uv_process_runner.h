#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/event_loop.h"
#include "engine/process_runner.h"
#include "uv/child_process.h"
#include "uv/held_commands.h"
#include "uv/proc_fs.h"
#include "uv/spawn_child.h"

namespace moondial {

/// Commands as child processes on Linux. One runner in a process, on the loop's thread.
///
/// It makes this process the reaper of orphaned descendants, and sets SIGCHLD to its default. It
/// takes every child that is in another session than this process for a descendant of its commands
/// and will reap or kill it: other children (the loader) must stay in this process' session, and
/// then it leaves them alone.
///
/// Whose an escaped descendant is, is told by its session if a live command leads that, else by
/// MOONDIAL_COMMAND in its environment. One that can be told by neither (it cleaned its
/// environment and began a session of its own) is killed when every command that lived when it was
/// first seen has ended.
///
/// Commands with `hold` run beneath holders of their own (uv/held_commands.h), which are left
/// alone.
///
/// The environment of a command gets, besides the marks of ProcessRunner, MOONDIAL_COMMAND: unique
/// to the command, since an attempt may run several at once.
class UvProcessRunner final : public ProcessRunner {
 public:
  static constexpr size_t kCaptureBytes = size_t{16} << 20;

  /// `state_dir` is the value of MOONDIAL_STATE. At most `capture_bytes` are kept of each captured
  /// stream.
  UvProcessRunner(EventLoop& loop, const std::string& state_dir,
                  size_t capture_bytes = kCaptureBytes);
  /// Kills what still runs and waits for it (5 s at most), calling no callback. Not from inside a
  /// callback of a command.
  ~UvProcessRunner() override;
  UvProcessRunner(const UvProcessRunner&) = delete;
  UvProcessRunner& operator=(const UvProcessRunner&) = delete;

  [[nodiscard]] Result<std::unique_ptr<Process>> spawn(
      CommandSpec command, std::function<void(std::string_view)> on_output,
      std::function<void(CommandResult)> on_exit) override;
  [[nodiscard]] Result<int> end_leftovers(const std::set<AttemptId>& adopted) override;
  [[nodiscard]] std::vector<AttemptId> held() override;
  [[nodiscard]] Result<std::unique_ptr<Process>> adopt(
      AttemptId attempt, std::function<void(std::string_view)> on_output,
      std::function<void(CommandResult)> on_exit) override;
  [[nodiscard]] Status end_held(AttemptId attempt) override;
  void leave_held() override;

 private:
  using Child = std::shared_ptr<ChildProcess>;

  /// A child of ours that is no leader: a descendant of a command, adopted when its parent ended.
  struct Orphan {
    uint64_t owner = 0;     // sequence of its command; 0: unknown
    uint64_t suspects = 0;  // owner unknown: commands up to this one may be it
    bool immune = false;    // we may not kill it
    bool in_group = false;  // of its command
  };

  void schedule_sweep();
  void sweep();
  bool adopt_orphans();
  void identify(int pid, Orphan& orphan) const;
  bool kill_orphans();
  void kill_orphan(int pid, Orphan& orphan, ChildProcess* owner);
  [[nodiscard]] ChildProcess* owner_of(const Orphan& orphan) const;
  [[nodiscard]] bool is_doomed(const Orphan& orphan) const;
  [[nodiscard]] bool group_lives(const ChildProcess& child) const;
  [[nodiscard]] std::vector<Child> take_cleared();
  void keep_watching();
  void tick();

  // Constant after construction.
  EventLoop& loop_;
  const std::string state_dir_;
  const size_t capture_bytes_;
  const std::string sequence_prefix_;  // of the value of MOONDIAL_COMMAND
  ChildStarter starter_;
  HeldCommands held_;

  uint64_t last_sequence_ = 0;
  std::map<uint64_t, Child> children_;         // by sequence: the oldest first
  std::unordered_map<int, uint64_t> leaders_;  // pid → sequence, of children_
  std::vector<Child> exited_;                  // of children_: seen to exit, not yet finished
  std::map<int, Orphan> orphans_;              // by pid
  OwnChildren own_children_;
  bool sweep_scheduled_ = false;
  std::unique_ptr<Watch> tick_;          // while there are children
  std::unique_ptr<Watch> child_signal_;  // while there are orphans
  std::shared_ptr<bool> alive_;          // false once the destructor began: for deferred calls
};

}  // namespace moondial
