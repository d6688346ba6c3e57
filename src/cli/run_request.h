#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/secret_params.h"

namespace moondial {

/// What a command that starts a run was given.
struct RunArguments {
  TaskArguments task;
  std::string range;        ///< the parameter that is an interval of tasks; empty: none is
  bool reverse = false;     ///< of it: the last one first
  bool downstream = false;  ///< also all that was made from the task
  uint64_t retry = 0;       ///< the run that is gone on with, instead of a task; 0: none
  std::string directory;    ///< of -C
  std::optional<int> jobs;
  bool force = false;
  bool force_all = false;
  bool dry_run = false;
  bool fail_fast = false;
  bool wait = false;               ///< for what is external and missing
  std::vector<std::string> pools;  ///< "name=N"
  std::optional<double> priority;
  bool detach = false;
  bool json = false;
};

/// Adds the options that all such commands have: -j, --fail-fast, --pool, --priority, --wait,
/// --detach and --json. `arguments` outlives the command line's reading.
void add_run_options(CommandOptions& command, RunArguments& arguments);

/// The request's body. kInvalid says what is malformed.
[[nodiscard]] Result<std::string> run_body(const RunArguments& arguments,
                                           const std::vector<std::string>& environment,
                                           const std::string& request_id);

/// The body of a request that a schedule fires.
[[nodiscard]] Result<std::string> trigger_body();

/// The command that does what a run left, for a shell: the same without what forces. Secrets are to
/// be put in again.
[[nodiscard]] std::string continue_command(const RunArguments& arguments,
                                           const SecretParams& secrets);

/// Starts the run and stays with it to its end, or only says what it would do, as the arguments
/// ask. Returns the program's exit status.
int start_run(const RunArguments& arguments);

}  // namespace moondial
