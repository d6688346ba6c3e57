#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "base/ids.h"
#include "base/secret_masker.h"
#include "engine/attempt_log.h"
#include "engine/event_loop.h"
#include "engine/process_runner.h"
#include "engine/script_host.h"

namespace moondial {

/// The commands that one script asks for: started, listened to, answered. Loop thread only.
class ScriptCommands {
 public:
  struct Context {
    EventLoop& loop;
    ProcessRunner& runner;
    ScriptHost& scripts;
    const SecretMasker& masker;  ///< all that they say goes through it
    AttemptLog& log;
    AttemptId attempt;
    Environment environment;
    Duration grace{0};  ///< between TERM and KILL
  };
  /// What the context names outlives this. `on_result` is told of each command that has ended.
  ScriptCommands(Context context, std::function<void(const CommandResult&)> on_result);

  /// The one that commands are started in from now on.
  void set_environment(Environment environment) { context_.environment = std::move(environment); }
  /// Starts a command; its end is answered to the script, unless finish() was called.
  void start(ScriptCommand command);
  /// Stops one that nobody wants any more; nothing if there is no such request.
  void stop(uint64_t request);
  /// Stops all; with `kill`, without grace.
  void stop_all(bool kill);
  /// The script has ended: nothing is answered any more. `done` is called once, when all commands
  /// have ended: at once if there is none. After it, a further script may ask for commands.
  void finish(std::function<void()> done);

 private:
  struct Command {
    std::unique_ptr<Process> process;
    std::shared_ptr<MaskedStream> said;
    std::unique_ptr<Watch> timeout;
    bool timed_out = false;
  };
  void exited(uint64_t request, CommandResult result);

  Context context_;
  std::function<void(const CommandResult&)> on_result_;
  std::map<uint64_t, Command> commands_;  // by the script's number of its request
  std::function<void()> done_;            // set: the script has ended
};

}  // namespace moondial
