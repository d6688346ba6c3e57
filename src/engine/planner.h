#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "core/plan.h"
#include "engine/script_host.h"

namespace moondial {

/// A plan with all that is known of its tasks.
struct PlannedTasks {
  Plan plan;
  /// Same order as plan.tasks: requirements before what needs them, unless there is a cycle.
  std::vector<std::shared_ptr<const TaskInstance>> instances;
};

/// Whether nothing but its success says that a task is complete: it has work and no output. It is
/// done once in a run.
[[nodiscard]] bool leaves_nothing(const TaskInstance& task);

/// Gathers the instances of a plan request and makes the graph of them.
class PlanBuilder {
 public:
  void add(std::vector<TaskInstance> tasks);

  /// `usual` are usual durations by task name; they go before what the declaration says.
  /// kInternal if a requirement is not among the instances.
  [[nodiscard]] Result<PlannedTasks> build(const std::vector<std::string>& roots,
                                           const std::map<std::string, Duration>& usual);

 private:
  [[nodiscard]] std::vector<uint32_t> order(const std::vector<std::vector<uint32_t>>& needs,
                                            const std::vector<uint32_t>& roots) const;

  std::vector<std::shared_ptr<TaskInstance>> instances_;
};

}  // namespace moondial
