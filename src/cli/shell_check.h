#pragma once

#include <string>
#include <vector>

#include "cli/finding.h"

namespace moondial {

/// Runs an empty script with the words of `shell`, for five seconds at most.
[[nodiscard]] Finding look_at_shell(const std::vector<std::string>& shell);

}  // namespace moondial
