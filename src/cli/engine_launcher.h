#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/project.h"

namespace moondial {

/// What may interrupt a wait: when `fd` is readable, `go_on` is asked, and false ends the wait.
struct Interrupt {
  int fd = -1;
  std::function<bool()> go_on;
};

/// Starts an engine of a project: this binary again, in a session of its own, without our terminal
/// and without the marks (MOONDIAL_…) that tasks get, so that it may outlive us. Waits until it
/// serves, and reaps it when it does not. kConflict: another one holds the project already. An
/// error tells what the engine said. When interrupted, gives up with kCancelled; the engine goes
/// on.
[[nodiscard]] Status launch_engine(const Project& project, const Interrupt& interrupt);

/// The environment without what moondial itself adds to it for tasks, and without what a service
/// manager tells the process that it starts.
[[nodiscard]] std::vector<std::string> clean_environment();

}  // namespace moondial
