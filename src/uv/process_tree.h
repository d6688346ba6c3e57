#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace moondial {

/// A process and what to call it.
struct KilledProcess {
  int pid = 0;
  std::string description;
};

/// Kills `pid`, a child of this process, and all below it that can be seen; each is added to
/// `killed`. Does not wait. Returns 0, or the errno with which killing `pid` was refused.
int kill_tree(int pid, std::vector<KilledProcess>& killed);

/// Kills all processes that have MOONDIAL_STATE=<state_dir> in their environment, where that names
/// the directory that we see there too (a container may have another of the same name), and that
/// are neither this process nor below it. Blocks until they are gone. Returns how many they were;
/// an error after `patience`, or if one may not be killed.
[[nodiscard]] Result<int> end_marked_processes(const std::string& state_dir, const Clock& clock,
                                               Duration patience);

}  // namespace moondial
