#include "engine/task_deadlines.h"

#include <algorithm>

namespace moondial {

Status TaskDeadlines::restore() {
  auto rows = store_.open_task_deadlines();
  if (!rows.ok()) return rows.error();
  for (TaskDeadlineRow& row : *rows) keep(std::move(row));
  return Status();
}

void TaskDeadlines::keep(TaskDeadlineRow deadline) {
  Key key{deadline.id, deadline.run};
  const UtcTime due = deadline.sla;
  if (!open_.try_emplace(key, std::move(deadline)).second) return;
  const bool is_first = due_.empty() || due < due_.begin()->first;
  due_.emplace(due, std::move(key));
  if (is_first) arm();
}

void TaskDeadlines::done(const std::string& id) {
  std::vector<Record> records;
  for (auto at = open_.lower_bound({id, RunId()}); at != open_.end() && at->first.first == id;) {
    records.push_back(TaskSlaSettled{at->second.run, id, false});
    due_.erase({at->second.sla, at->first});
    at = open_.erase(at);
  }
  if (!records.empty()) store_.write(std::move(records), {});
}

void TaskDeadlines::arm() {
  if (due_.empty()) return timer_.reset();
  const UtcTime now = loop_.utc();
  const Duration wait = std::clamp(due_.begin()->first - now, Duration(0), kLook);
  timer_ = loop_.timer(loop_.mono() + wait, [this] { look(); });
}

void TaskDeadlines::look() {
  const UtcTime now = loop_.utc();
  std::vector<Record> records;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto missed = open_.extract(due_.begin()->second);
    due_.erase(due_.begin());
    records.push_back(TaskSlaSettled{missed.mapped().run, missed.mapped().id, true});
    missed_(missed.mapped());
  }
  if (!records.empty()) store_.write(std::move(records), {});
  arm();
}

}  // namespace moondial
