#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
};

/// A running command. Destroying it before it has ended kills it and drops its callbacks.
class Process {
 public:
  virtual ~Process() = default;
  [[nodiscard]] virtual int pid() const = 0;
  /// TERM to its process group now; KILL to the group, and to what left the group, after `grace`.
  /// Asked again, the shorter time counts. The end is still reported by on_exit.
  virtual void stop(Duration grace) = 0;
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
  /// live command of this runner: what a crashed engine left behind. Returns how many. Blocks
  /// until they are gone (bounded: 5 s, then an error).
  [[nodiscard]] virtual Result<int> end_leftovers() = 0;
};

}  // namespace moondial
