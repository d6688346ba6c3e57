#pragma once

#include <signal.h>

#include "tests/e2e/spec_project.h"

namespace moondial::e2e {

/// `moondial serve` of a project.
class Daemon {
 public:
  explicit Daemon(const Project& project, const std::vector<std::string>& command = {"serve"})
      : process_(project.start(command)) {
    process_.wait_for_output(" serves ");
  }
  /// Asks it to end, as a service manager does: what runs is left to the next one.
  Finished end() {
    ::kill(process_.pid(), SIGTERM);
    return process_.finish();
  }
  /// As Ctrl-C does: what runs is cancelled.
  Finished interrupt() {
    ::kill(process_.pid(), SIGINT);
    return process_.finish();
  }
  void kill() {
    ::kill(process_.pid(), SIGKILL);
    (void)process_.finish();
  }
  Running& process() { return process_; }

 private:
  Running process_;
};

}  // namespace moondial::e2e
