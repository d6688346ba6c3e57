#include "engine/run_again.h"

#include <algorithm>

#include "engine/recovery.h"

namespace moondial {

PlanRequest request_again(const RunDetail& detail) {
  PlanRequest request;
  for (const std::string& root : detail.run.roots) {
    const auto row = std::ranges::find(detail.tasks, root, &TaskRow::id);
    if (row != detail.tasks.end()) request.tasks.push_back({row->name, row->params, "", false});
  }
  for (const TaskRow& row : detail.tasks) {
    const bool is_done = row.state == TaskState::kDone || row.state == TaskState::kComplete ||
                         (!is_final(row.state) && settled_state(row) == TaskState::kDone);
    if (is_done) {
      request.succeeded.push_back(row.id);
    } else if (row.why == "forced") {
      request.forced.push_back(row.id);
    }
  }
  return request;
}

}  // namespace moondial
