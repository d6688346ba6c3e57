#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "cli/declared_task.h"

namespace moondial {

/// Which of a backfill's parameters (`name=value` each) is its interval: the one of a kind that
/// counts (dates, months, weeks, hours, whole numbers) that is written `A..B`; else the only time
/// among them, `date=2015-09`; else the only parameter. Where `task`, which may be null, does not
/// tell, the one that is written `A..B`.
[[nodiscard]] Result<std::string> ranged_parameter(const std::vector<std::string>& params,
                                                   const DeclaredTask* task);

}  // namespace moondial
