#pragma once

#include <vector>

#include "core/plan.h"

namespace moondial {

/// Adds what is wrong with the paths that tasks publish: two tasks that claim one path, also one as
/// a file and one as a folder (which ends in "/"), and a path within the folder of another task. Of
/// several folders around a path the innermost is named. Paths are compared as they are written.
/// Linear in the length of all paths, but for their depth.
void check_claims(const Plan& plan, std::vector<Diagnostic>& out);

}  // namespace moondial
