#pragma once

#include <string>
#include <vector>

namespace moondial {

/// A process and what to call it.
struct KilledProcess {
  int pid = 0;
  std::string description;
};

/// Kills `pid`, a child of this process, and all below it that can be seen; each is added to
/// `killed`. Does not wait. Returns 0, or the errno with which killing `pid` was refused.
int kill_tree(int pid, std::vector<KilledProcess>& killed);

}  // namespace moondial
