#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"

namespace moondial {

/// A whole environment, `NAME=value` each, shared by many commands.
using Environment = std::shared_ptr<const std::vector<std::string>>;

/// Where a stream of a child goes to or comes from.
struct StreamSpec {
  enum class Kind : uint8_t {
    kNull,     ///< /dev/null
    kLog,      ///< output: handed to on_output as it comes
    kCapture,  ///< output: collected for CommandResult, up to the runner's bound
    kFile,     ///< the file `path`: read, or created and truncated
    kText,     ///< input: the bytes of `text`
  };
  Kind kind = Kind::kNull;
  std::string path;
  std::string text;
};

struct CommandSpec {
  AttemptId attempt;              ///< whose process it is
  std::vector<std::string> argv;  ///< argv[0] is looked up in the PATH of its environment
  Environment environment;
  std::vector<std::string> extra_environment;  ///< replaces same names
  std::string cwd;                             ///< absolute
  StreamSpec in;
  StreamSpec out{StreamSpec::Kind::kLog, {}, {}};
  StreamSpec err{StreamSpec::Kind::kLog, {}, {}};
  /// It outlives this process, and another one may adopt it. At most one of an attempt; its input
  /// is kNull, its output kLog.
  bool hold = false;
  /// Of one that is held: what is masked in all that it says, for whoever adopts it.
  std::vector<std::string> secrets;
};

struct CommandResult {
  int exit_code = 0;  ///< valid if signal == 0
  int signal = 0;     ///< that ended it, or 0
  std::string out;    ///< of kCapture
  std::string err;    ///< of kCapture
  bool cut = false;   ///< captured output was longer than the bound
  Duration wall{0};
  Duration cpu{0};                     ///< user + system, of the leader and what it waited for
  int64_t peak_memory_bytes = 0;       ///< largest resident set, likewise
  std::vector<std::string> leftovers;  ///< processes that it left behind and that were ended:
                                       ///< "pid 123 (sleep 100)"
  // Of a held command.
  bool lost = false;     ///< its holder was killed, and it with that: nothing else here is known
  bool unheard = false;  ///< some of its last output may be lost, for the same reason, and with it
                         ///< what its secrets were
};

/// Up to where the output of a held command has been kept: whoever adopts it is told the rest.
struct KeptOutput {
  uint64_t bytes = 0;
  uint64_t lines = 0;  ///< that were made of them
};

/// A running command. Destroying it before it has ended kills it and drops its callbacks, unless it
/// was left (ProcessRunner::leave_held). Destroying one that was held, after its end, forgets it:
/// nobody can adopt it any more.
class Process {
 public:
  virtual ~Process() = default;
  [[nodiscard]] virtual int pid() const = 0;
  /// TERM to its process group now; KILL to the group, and to what left the group, after `grace`.
  /// Asked again, the shorter time counts. The end is still reported by on_exit.
  virtual void stop(Duration grace) = 0;
  /// What on_output was told, up to there, is kept. A held command that is never told so waits at
  /// its next write when some megabytes are open.
  virtual void output_kept(KeptOutput /*up_to*/) {}
  /// The last of these that its last engine has said, of one that was adopted: its output goes on
  /// there.
  [[nodiscard]] virtual KeptOutput adopted_at() const { return {}; }
  /// CommandSpec::secrets, of one that was adopted.
  [[nodiscard]] virtual std::vector<std::string> secrets() const { return {}; }
};

/// Starts commands and notices their end.
///
/// Each command leads a process group (session) of its own. It has ended when its exit was seen,
/// and its log and capture streams have ended; the wait for the streams after the exit is bounded
/// (1 s), since a grandchild can hold them. Then whatever is left of its group, and descendants
/// that left the group (found because this process is their reaper, and by the attempt's mark in
/// their environment), are killed and waited for, before on_exit is called. on_exit is the last
/// callback. If stdout and stderr are both kLog they share one pipe, so that their order is kept.
///
/// Cost: starting does not grow with this process (vfork semantics); ends are seen through
/// pidfds, without looking at other children. Loop thread only.
class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;

  /// `on_output` gets log bytes as they come (not split at lines). A command that cannot be started
  /// (not found, no permission, no such cwd, unreadable stdin file) is an error with a message for
  /// a person. The environment gets MOONDIAL_ATTEMPT_ID=<attempt> and MOONDIAL_STATE=<state dir> as
  /// marks.
  [[nodiscard]] virtual Result<std::unique_ptr<Process>> spawn(
      CommandSpec command, std::function<void(std::string_view)> on_output,
      std::function<void(CommandResult)> on_exit) = 0;

  /// Kills every process on this machine that carries this project's mark and is no child of a
  /// live command of this runner: what a crashed engine left behind, but the held commands of
  /// `adopted`. Returns how many. Blocks until they are gone (bounded: 5 s, then an error).
  [[nodiscard]] virtual Result<int> end_leftovers(const std::set<AttemptId>& adopted) = 0;

  // Held commands: those with CommandSpec::hold.

  /// Whose commands an earlier engine has left to be adopted: they run, or have ended and their
  /// exit is known. Blocking; so are the others of these.
  [[nodiscard]] virtual std::vector<AttemptId> held() { return {}; }
  /// Goes on with one as if this runner had started it, with the same callbacks as spawn(). An
  /// error if it is not there any more: then nothing of it runs.
  [[nodiscard]] virtual Result<std::unique_ptr<Process>> adopt(
      AttemptId /*attempt*/, std::function<void(std::string_view)> /*on_output*/,
      std::function<void(CommandResult)> /*on_exit*/) {
    return Error{Code::kNotFound, "nothing is held", {}};
  }
  /// Kills one that nobody is to adopt, with all that is below it, and forgets it.
  [[nodiscard]] virtual Status end_held(AttemptId /*attempt*/) { return Status(); }
  /// From now on this runner leaves those that it has as they are, for another engine: they are
  /// told and heard no more, and nothing ends them with their Process or with this runner.
  virtual void leave_held() {}
};

}  // namespace moondial
