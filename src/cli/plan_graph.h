#pragma once

#include <string>

#include "cli/api_data.h"

namespace moondial {

/// A plan as a graph in Graphviz's language: each task a node labelled by its identity, with its
/// state as style, its reason as tooltip, and an edge to each task that needs it. Requirements that
/// the plan does not visit are dotted. Always whole, so that it can be worked on with other tools.
[[nodiscard]] std::string plan_dot(const PlanData& plan);

/// The same as a flowchart of Mermaid, which draws at most 500 edges and reads at most 50,000
/// characters: a larger plan is folded, tasks of one name and state being one node that tells how
/// many they are.
[[nodiscard]] std::string plan_mermaid(const PlanData& plan);

}  // namespace moondial
