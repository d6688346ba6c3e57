#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "engine/process_runner.h"
#include "uv/program_lookup.h"
#include "uv/unique_fd.h"

// Starting one command: its environment, its program, its streams. No loop here.

namespace moondial {

/// The environment of a command, as execve wants it: `marks` first, then the command's own, where
/// a name in marks hides one in extra_environment, which hides one in environment.
class ChildEnvironment {
 public:
  /// Keeps pointers into `command`, which has to outlive it.
  ChildEnvironment(const CommandSpec& command, std::vector<std::string> marks);

  /// Ends with a null pointer.
  [[nodiscard]] char* const* pointers() const { return pointers_.data(); }
  /// The value of `name`, or null.
  [[nodiscard]] const char* find(std::string_view name) const;

 private:
  std::vector<std::string> marks_;
  std::vector<char*> pointers_;
};

/// A command's descriptors 0, 1 and 2, and our ends of the pipes among them.
struct ChildStreams {
  UniqueFd in, out, err;  ///< the child's; none: /dev/null, or for err the same as out
  bool err_is_out = false;
  UniqueFd read_out, read_err;  ///< ours, non-blocking; only of kLog and kCapture
};

/// Refuses what execve or open cannot express.
[[nodiscard]] Status check_command(const CommandSpec& command);

/// Opens files and makes pipes as the command says. All descriptors are close-on-exec.
[[nodiscard]] Result<ChildStreams> open_streams(const CommandSpec& command);

/// A message for what the system refused with `error` when it was to start `program`.
[[nodiscard]] Error explain_refusal(int error, const CommandSpec& command,
                                    const std::string& program);

/// Starts commands. One thread.
class ChildStarter {
 public:
  ChildStarter();
  ~ChildStarter();
  ChildStarter(const ChildStarter&) = delete;
  ChildStarter& operator=(const ChildStarter&) = delete;

  /// The path to execute: names without a slash are looked up in PATH (ProgramLookup).
  [[nodiscard]] Result<std::string> find_program(const CommandSpec& command,
                                                 const ChildEnvironment& environment) const;

  /// The id of the new process: leader of a session, default signal handling, no descriptor but
  /// 0, 1 and 2.
  [[nodiscard]] Result<int> start(const CommandSpec& command, const ChildEnvironment& environment,
                                  const ChildStreams& streams) const;

  /// The same of a program of ours: its descriptors from 3 on are copies of `descriptors`, 0, 1 and
  /// 2 are /dev/null. `argv` and `environment` end with a null pointer.
  [[nodiscard]] Result<int> start_program(const std::string& path, char* const* argv,
                                          char* const* environment,
                                          std::span<const int> descriptors) const;

 private:
  struct Attributes;
  std::unique_ptr<Attributes> attributes_;
  UniqueFd null_;
  mutable ProgramLookup lookup_;  ///< only remembers
};

/// `text: reason of the system`, with the code that fits.
[[nodiscard]] Error system_error(const std::string& text, int error);

}  // namespace moondial
