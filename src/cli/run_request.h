#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/secret_params.h"

namespace moondial {

/// What `moondial run` was given.
struct RunArguments {
  TaskArguments task;
  std::string directory;  ///< of -C
  std::optional<int> jobs;
  bool force = false;
  bool force_all = false;
  bool dry_run = false;
  bool fail_fast = false;
  std::vector<std::string> pools;  ///< "name=N"
  std::optional<double> priority;
  bool detach = false;
  bool json = false;
};

/// The request's body. kInvalid says what is malformed.
[[nodiscard]] Result<std::string> run_body(const RunArguments& arguments,
                                           const std::vector<std::string>& environment,
                                           const std::string& request_id);

/// The command that does what a run left, for a shell: the same without what forces. Secrets are to
/// be put in again.
[[nodiscard]] std::string continue_command(const RunArguments& arguments,
                                           const SecretParams& secrets);

int run_command(const RunArguments& arguments);

}  // namespace moondial
