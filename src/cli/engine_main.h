#pragma once

#include <optional>
#include <string>

namespace moondial {

struct EngineMainOptions {
  std::string root;         ///< absolute path of the project
  int ready_fd = -1;        ///< where to say "ready\n", "held\n", or why not; -1: nowhere
  std::optional<int> jobs;  ///< where neither request nor configuration says one
  std::optional<std::string> listen = {};  ///< of one that stays: its address; "" for none
  bool stays = false;  ///< `serve`: it does not end with its work, and fires schedules
};

/// Is the engine of a project until its work is done: takes the lock, recovers, serves the socket.
/// Returns the process's exit status. If another engine holds the project, says so and returns 0;
/// one that stays waits for the end of one that does not.
int engine_main(const EngineMainOptions& options);

/// Is the loader of an engine, and in its forks the lanes. `fd` is the engine's socket.
int loader_entry(int fd);

}  // namespace moondial
