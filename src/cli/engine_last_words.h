#pragma once

#include <string>

#include "cli/project.h"

namespace moondial {

/// Why an engine of the project has just ended unexpectedly, as far as that can be told after it:
/// what it could not go on with, or that its disk is full. Empty if nothing is known.
[[nodiscard]] std::string engine_last_words(const Project& project);

}  // namespace moondial
