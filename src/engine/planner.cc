#include "engine/planner.h"

#include <limits>
#include <utility>

namespace moondial {
namespace {

PlanTask plan_task(const TaskInstance& instance, const std::map<std::string, Duration>& usual) {
  PlanTask out;
  out.id = instance.id;
  out.complete = instance.complete;
  out.has_work = instance.work != WorkKind::kNone;
  out.priority = instance.priority;
  const auto known = usual.find(instance.name);
  out.estimate = known != usual.end() ? known->second : instance.takes;
  out.uses = instance.uses;
  out.retry = instance.retry;
  out.when = instance.when;
  out.lock = instance.lock;
  out.external = instance.external;
  out.claims = instance.outputs;
  out.file = instance.file;
  out.line = instance.line;
  return out;
}

}  // namespace

bool leaves_nothing(const TaskInstance& task) {
  return task.work != WorkKind::kNone && task.outputs.empty() && !task.marks && !task.publishes;
}

void PlanBuilder::add(std::vector<TaskInstance> tasks) {
  for (TaskInstance& task : tasks) {
    instances_.push_back(std::make_shared<TaskInstance>(std::move(task)));
  }
}

/// Depth first from the roots, requirements before what needs them; what no root reaches, last.
std::vector<uint32_t> PlanBuilder::order(const std::vector<std::vector<uint32_t>>& needs,
                                         const std::vector<uint32_t>& roots) const {
  std::vector<uint32_t> out;
  out.reserve(needs.size());
  std::vector<bool> seen(needs.size());
  std::vector<std::pair<uint32_t, size_t>> path;  // task, next requirement
  const auto visit = [&](uint32_t start) {
    if (seen[start]) return;
    seen[start] = true;
    path.emplace_back(start, 0);
    while (!path.empty()) {
      auto& [task, next] = path.back();
      if (next == needs[task].size()) {
        out.push_back(task);
        path.pop_back();
        continue;
      }
      const uint32_t need = needs[task][next++];
      if (seen[need]) continue;
      seen[need] = true;
      path.emplace_back(need, 0);
    }
  };
  for (const uint32_t root : roots) visit(root);
  for (uint32_t i = 0; i < needs.size(); ++i) visit(i);
  return out;
}

Result<PlannedTasks> PlanBuilder::build(const std::vector<std::string>& roots,
                                        const std::map<std::string, Duration>& usual) {
  std::unordered_map<std::string_view, uint32_t> index;  // only looked up, never walked
  index.reserve(instances_.size());
  for (uint32_t i = 0; i < instances_.size(); ++i) index.emplace(instances_[i]->id, i);

  std::vector<std::vector<uint32_t>> needs(instances_.size());
  for (uint32_t i = 0; i < instances_.size(); ++i) {
    for (const std::string& id : instances_[i]->requires_) {
      const auto found = index.find(id);
      if (found == index.end()) {
        return Error{Code::kInternal, "the plan names " + id + " and does not hold it", {}};
      }
      needs[i].push_back(found->second);
    }
  }
  std::vector<uint32_t> root_indices;
  for (const std::string& id : roots) {
    const auto found = index.find(id);
    if (found == index.end()) {
      return Error{Code::kInternal, "the plan does not hold its root " + id, {}};
    }
    root_indices.push_back(found->second);
  }

  const std::vector<uint32_t> sorted = order(needs, root_indices);
  std::vector<uint32_t> place(sorted.size());
  for (uint32_t i = 0; i < sorted.size(); ++i) place[sorted[i]] = i;

  PlannedTasks out;
  out.plan.tasks.reserve(sorted.size());
  out.instances.reserve(sorted.size());
  for (const uint32_t old : sorted) {
    PlanTask task = plan_task(*instances_[old], usual);
    for (const uint32_t need : needs[old]) task.requires_.push_back(place[need]);
    out.plan.tasks.push_back(std::move(task));
    out.instances.push_back(std::move(instances_[old]));
  }
  for (const uint32_t root : root_indices) out.plan.roots.push_back(place[root]);
  instances_.clear();
  return out;
}

}  // namespace moondial
