#pragma once

#include <string>

#include "base/status.h"
#include "uv/unique_fd.h"

namespace moondial {

// The program of uv/holder, which this one carries with it: open for execution under /proc/self/fd.
// Close-on-exec. None, and errno, if the system forbids that.

[[nodiscard]] UniqueFd holder_program_in_memory();
/// In a file that has no name any more.
[[nodiscard]] UniqueFd holder_program_in_file(const std::string& directory);

/// In memory if that may be executed, else in a file in `directory`.
[[nodiscard]] Result<UniqueFd> open_holder_program(const std::string& directory);

}  // namespace moondial
