#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "uv/unique_fd.h"

// What Linux tells about processes in /proc. All of it may be out of date when it is returned,
// but for children of this process: their ids stay theirs until this process reaps them.

namespace moondial {

struct ProcessStat {
  char state = '?';  ///< Z: ended, not yet reaped
  int parent = 0;
  int group = 0;
  int session = 0;
};

/// Nothing if there is no such process.
[[nodiscard]] std::optional<ProcessStat> process_stat(int pid);

/// The environment that it was started with, `NAME=value` each followed by NUL; empty if it cannot
/// be read (gone, somebody else's) or the process wrote over it.
[[nodiscard]] std::string process_environment(int pid);

/// The value of `name` in such an environment, or nothing.
[[nodiscard]] std::optional<std::string_view> environment_value(std::string_view environment,
                                                                std::string_view name);

/// For people: `pid 123 (sleep 100)`; long command lines are cut.
[[nodiscard]] std::string describe_process(int pid);

/// Ids of the processes that `pid` has started or adopted, of all its threads.
[[nodiscard]] std::vector<int> process_children(int pid);

/// Ids of all processes.
[[nodiscard]] std::vector<int> all_processes();

/// The children of this process that belong to its first thread, which adopts orphans, or to the
/// calling one. Costs one system call a few hundred children: the files stay open.
class OwnChildren {
 public:
  /// Valid until the next call.
  const std::vector<int>& list();

 private:
  UniqueFd first_thread_;
  UniqueFd this_thread_;
  int this_thread_id_ = 0;
  std::vector<int> pids_;
};

}  // namespace moondial
