#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "engine/event_loop.h"
#include "engine/store.h"

namespace moondial {

/// The deadlines of tasks (field `sla`), until they are kept or missed. The record has them too, so
/// that one that passes while no engine is there is told by the next that stays. Loop thread only.
class TaskDeadlines {
 public:
  /// How often the wall clock is looked at, in case that somebody has set it.
  static constexpr Duration kLook = std::chrono::seconds(20);

  /// `missed` is called later, once for each that passes. Loop and store outlive it.
  TaskDeadlines(EventLoop& loop, Store& store, std::function<void(const TaskDeadlineRow&)> missed)
      : loop_(loop), store_(store), missed_(std::move(missed)) {}

  /// Takes over what the record has open.
  Status restore();
  /// One whose row is handed to the store; at most one for each run and task.
  void keep(TaskDeadlineRow deadline);
  /// The task is done, complete or skipped: whatever run wanted it has what it wanted.
  void done(const std::string& id);
  /// Looks no more; what is open stays open in the record.
  void stop() { timer_.reset(); }

 private:
  using Key = std::pair<std::string, RunId>;  // the task's identity first
  void arm();
  void look();

  EventLoop& loop_;
  Store& store_;
  const std::function<void(const TaskDeadlineRow&)> missed_;
  std::map<Key, TaskDeadlineRow> open_;
  std::set<std::pair<UtcTime, Key>> due_;
  std::unique_ptr<Watch> timer_;
};

}  // namespace moondial
