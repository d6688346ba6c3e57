#include "core/plan_order.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <queue>

namespace moondial {
namespace {

std::vector<bool> wanted_tasks(const Plan& plan) {
  std::vector<bool> wanted(plan.tasks.size());
  std::vector<uint32_t> todo;
  const auto want = [&](uint32_t task) {
    if (wanted[task] || plan.tasks[task].complete) return;
    wanted[task] = true;
    todo.push_back(task);
  };
  for (const uint32_t root : plan.roots) want(root);
  while (!todo.empty()) {
    const uint32_t task = todo.back();
    todo.pop_back();
    for (const uint32_t need : plan.tasks[task].requires_) want(need);
  }
  return wanted;
}

/// Kahn's algorithm, always with the first task that is free.
std::vector<uint32_t> sorted(const Plan& plan, const std::vector<bool>& wanted) {
  const auto size = static_cast<uint32_t>(plan.tasks.size());
  std::vector<uint32_t> missing(size);
  std::vector<std::vector<uint32_t>> dependents(size);
  std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> free;
  for (uint32_t task = 0; task < size; ++task) {
    if (!wanted[task]) continue;
    for (const uint32_t need : plan.tasks[task].requires_) {
      if (!wanted[need]) continue;
      ++missing[task];
      dependents[need].push_back(task);
    }
    if (missing[task] == 0) free.push(task);
  }
  std::vector<uint32_t> out;
  while (!free.empty()) {
    out.push_back(free.top());
    free.pop();
    for (const uint32_t dependent : dependents[out.back()]) {
      if (--missing[dependent] == 0) free.push(dependent);
    }
  }
  return out;
}

}  // namespace

std::vector<uint32_t> order_to_run(const Plan& plan) {
  const std::vector<bool> wanted = wanted_tasks(plan);
  std::vector<uint32_t> out;
  bool in_order = true;
  for (uint32_t task = 0; task < wanted.size(); ++task) {
    if (!wanted[task]) continue;
    out.push_back(task);
    for (const uint32_t need : plan.tasks[task].requires_) {
      in_order = in_order && (need < task || !wanted[need]);
    }
  }
  if (in_order) return out;
  const size_t count = out.size();
  out = sorted(plan, wanted);
  assert(out.size() == count);  // no cycle
  return out;
}

}  // namespace moondial
