#pragma once

#include <string>

#include "cli/api_data.h"
#include "cli/terminal.h"

namespace moondial {

/// A plan as a tree, each task with its state and why; what stands below a task that was shown
/// before is not repeated. Ends with a line that sums up.
[[nodiscard]] std::string plan_tree(const PlanData& plan, const Terminal& terminal);

/// What a run would do: one line for each task that is not complete, requirements first.
[[nodiscard]] std::string plan_lines(const PlanData& plan, const Terminal& terminal);

/// Which of the asked-for tasks a run would do, one line each, and how many of them there are.
[[nodiscard]] std::string missing_lines(const PlanData& plan, const Terminal& terminal);

}  // namespace moondial
