#pragma once

#include <string>

#include "base/status.h"
#include "uv/unique_fd.h"

namespace moondial {

/// The program of uv/holder, which this one carries with it: open for execution under
/// /proc/self/fd, in memory or, where the system forbids that, in a file in `directory` that has no
/// name any more. Close-on-exec.
[[nodiscard]] Result<UniqueFd> open_holder_program(const std::string& directory);

}  // namespace moondial
