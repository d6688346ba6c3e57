#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"

namespace moondial {

/// Kills all processes that have MOONDIAL_STATE=<state_dir> in their environment, where that names
/// the directory that we see there too (a container may have another of the same name), and whose
/// MOONDIAL_COMMAND `is_wanted` says yes to, but neither this process nor, with `spares_ours`,
/// those below it. Blocks until they are gone. Returns how many they were; an error after
/// `patience`, or if one may not be killed.
struct MarkedSearch {
  std::string state_dir;
  std::function<bool(std::string_view command)> is_wanted;
  bool spares_ours = true;
};
[[nodiscard]] Result<int> end_marked_processes(const MarkedSearch& search, const Clock& clock,
                                               Duration patience);

}  // namespace moondial
