#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event_loop.h"
#include "engine/process_runner.h"
#include "uv/held_command.h"
#include "uv/held_file.h"
#include "uv/spawn_child.h"

namespace moondial {

/// The commands that outlive this process: each runs beneath a holder of its own (uv/holder), a
/// process of a few hundred KiB, most of them shared, that is the parent of the command and the
/// reaper of all that comes of it, keeps what it says until an engine has, and writes down how it
/// ended. Its life sign is a lock on a file in the state directory; this process talks to it over a
/// socket, and an engine that comes later over the one that it listens at.
///
/// The command goes down with its holder: the kernel kills it (PR_SET_PDEATHSIG), and what else it
/// had started is found by MOONDIAL_COMMAND=held.<attempt> in its environment. Loop thread only.
class HeldCommands {
 public:
  /// `starter` outlives this.
  HeldCommands(EventLoop& loop, std::string state_dir, const ChildStarter& starter);
  HeldCommands(const HeldCommands&) = delete;
  HeldCommands& operator=(const HeldCommands&) = delete;
  /// Ends those that were not left, in `patience`. No callback is called any more.
  void end_all(Duration patience);
  ~HeldCommands();

  [[nodiscard]] Result<std::unique_ptr<Process>> spawn(const CommandSpec& command,
                                                       ChildCallbacks callbacks);
  [[nodiscard]] std::vector<AttemptId> adoptable() const;
  [[nodiscard]] Result<std::unique_ptr<Process>> adopt(AttemptId attempt, ChildCallbacks callbacks);
  [[nodiscard]] Status end(AttemptId attempt);
  void leave();

  /// A child of this process that the runner has to leave alone.
  [[nodiscard]] bool is_holder(int pid) const { return holders_.contains(pid); }
  /// By the value of its MOONDIAL_COMMAND: of a command that this engine has.
  [[nodiscard]] bool has(std::string_view mark) const;
  /// The files of all others but `adopted` go: their processes have.
  void forget_others(const std::set<AttemptId>& adopted);
  [[nodiscard]] static std::string mark_of(AttemptId attempt);

 private:
  [[nodiscard]] Result<HeldCommand::Start> start(const CommandSpec& command);
  [[nodiscard]] Result<HeldCommand::Start> gone_at_once(AttemptId attempt) const;
  [[nodiscard]] Result<int> start_holder(const CommandSpec& command, const std::string& program,
                                         const ChildEnvironment& environment, int socket, int file);
  [[nodiscard]] Result<UniqueFd> connect(AttemptId attempt) const;
  [[nodiscard]] Result<HeldCommand::Start> reach(AttemptId attempt) const;
  [[nodiscard]] std::unique_ptr<Process> keep(HeldCommand::Start start, ChildCallbacks callbacks);
  [[nodiscard]] Status end_processes(AttemptId attempt) const;
  [[nodiscard]] CommandResult find_result(AttemptId attempt) const;
  void gone(HeldCommand& command);

  // Constant after construction.
  EventLoop& loop_;
  const std::string state_dir_;
  const HeldFiles files_;
  const ChildStarter& starter_;
  HeldCommand::Owner owner_;

  UniqueFd program_;                                            // once it was needed
  std::map<AttemptId, std::shared_ptr<HeldCommand>> commands_;  // whose holders live
  std::set<int> holders_;                                       // our children among them
};

}  // namespace moondial
