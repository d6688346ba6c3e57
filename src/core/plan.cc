#include "core/plan.h"

#include <algorithm>

#include "base/text.h"
#include "core/claims.h"

namespace moondial {
namespace {

Diagnostic at(const PlanTask& task, std::string message, std::string hint) {
  return Diagnostic{task.file, task.line, std::move(message), std::move(hint)};
}

/// The first cycle among incomplete tasks, in the order of the tasks; empty if there is none. The
/// last task is the first one again.
std::vector<uint32_t> find_cycle(const Plan& plan) {
  enum : uint8_t { kNew, kOnPath, kDone };
  std::vector<uint8_t> mark(plan.tasks.size(), kNew);
  std::vector<std::pair<uint32_t, size_t>> path;  // task, next requirement
  const auto search = [&](uint32_t start) -> std::vector<uint32_t> {
    if (mark[start] != kNew || plan.tasks[start].complete) return {};
    mark[start] = kOnPath;
    path.assign(1, {start, 0});
    while (!path.empty()) {
      auto& [task, next] = path.back();
      const auto& needs = plan.tasks[task].requires_;
      if (next == needs.size()) {
        mark[task] = kDone;
        path.pop_back();
        continue;
      }
      const uint32_t need = needs[next++];
      if (plan.tasks[need].complete || mark[need] == kDone) continue;
      if (mark[need] == kOnPath) {
        std::vector<uint32_t> cycle;
        bool inside = false;
        for (const auto& step : path) {
          inside = inside || step.first == need;
          if (inside) cycle.push_back(step.first);
        }
        cycle.push_back(need);
        return cycle;
      }
      mark[need] = kOnPath;
      path.emplace_back(need, 0);
    }
    return {};
  };
  for (const uint32_t root : plan.roots) {
    if (auto cycle = search(root); !cycle.empty()) return cycle;
  }
  for (uint32_t i = 0; i < plan.tasks.size(); ++i) {
    if (auto cycle = search(i); !cycle.empty()) return cycle;
  }
  return {};
}

void check_cycle(const Plan& plan, std::vector<Diagnostic>& out) {
  const std::vector<uint32_t> cycle = find_cycle(plan);
  if (cycle.empty()) return;
  std::string path;
  for (const uint32_t task : cycle) {
    path += (path.empty() ? "" : " -> ") + plan.tasks[task].id;
  }
  out.push_back(at(plan.tasks[cycle.front()], "a cycle: " + path,
                   "a task cannot need itself; take one of these requirements away"));
}

void check_uses(const Plan& plan, const std::map<std::string, int64_t>& pools,
                std::vector<Diagnostic>& out) {
  std::vector<std::string> names;
  names.reserve(pools.size());
  for (const auto& [name, size] : pools) names.push_back(name);
  for (const PlanTask& task : plan.tasks) {
    if (task.complete) continue;
    for (const PoolUse& use : task.uses) {
      const auto pool = pools.find(use.pool);
      if (pool == pools.end()) {
        const std::string near = nearest(use.pool, names);
        out.push_back(at(task,
                         task.id + " uses the pool \"" + use.pool + "\", which is not declared",
                         near.empty() ? "declare it: pool \"" + use.pool + "\" { size = 1 }"
                                      : "did you mean \"" + near + "\"?"));
      } else if (use.units > pool->second) {
        out.push_back(at(task,
                         task.id + " uses " + std::to_string(use.units) + " of the pool \"" +
                             use.pool + "\", which has " + std::to_string(pool->second),
                         use.pool == "cpu" ? "raise -j, or lower what it uses"
                                           : "raise the pool's size, or lower what it uses"));
      }
    }
  }
}

}  // namespace

std::vector<Diagnostic> validate(const Plan& plan, const std::map<std::string, int64_t>& pools) {
  std::vector<Diagnostic> out;
  check_cycle(plan, out);
  check_claims(plan, out);
  check_uses(plan, pools, out);
  return out;
}

}  // namespace moondial
