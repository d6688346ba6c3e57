#pragma once

#include <functional>
#include <string>

#include "cli/http_client.h"
#include "cli/project.h"
#include "cli/secret_params.h"

namespace moondial {

struct FollowOptions {
  /// What is told at the end if something is left.
  std::function<std::string(const SecretParams& secrets)> continue_command;
  std::string task;    ///< whose parameters it shows; empty if it shows none
  std::string prefix;  ///< of other commands that are told: `moondial [-C DIR]`
  bool json = false;   ///< one document at the end, on standard output
};

/// Starts a run with `request` and stays with it to its end: shows it, passes Ctrl-C on, sums it
/// up. Returns the program's exit status.
int follow_run(Project project, const ApiRequest& request, const FollowOptions& options);

}  // namespace moondial
