#pragma once

#include <string>

#include "base/status.h"
#include "cli/project_lock.h"

namespace moondial {

/// Takes the hold on a project for an engine that stays. While one that ends with its work has it,
/// says so in the log and waits for it. kConflict, with who it is, if one that stays has it.
/// Blocks.
[[nodiscard]] Result<ProjectLock> wait_for_lock(const std::string& state_dir);

}  // namespace moondial
