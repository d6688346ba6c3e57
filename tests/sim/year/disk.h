#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/database.h"

namespace moondial::sim {

/// What is durable over the year, engine after engine; and, of all that was, how it went.
class Disk {
 public:
  using Key = std::pair<std::string, UtcTime>;  ///< name and instant
  struct Fired {
    FiringRow row;
    UtcTime recorded;
    bool by_hand = false;
  };
  struct Past {
    Key firing;
    UtcTime started;
    std::optional<UtcTime> ended;
    RunState state = RunState::kRunning;
  };

  /// Records that are kept together. What makes no sense is told in problems.
  void apply(const std::vector<Record>& records, UtcTime now);
  /// What pruning asks for.
  [[nodiscard]] std::optional<PruneStep> next_prunable(const RetentionCutoffs& cutoffs) const;

  Database database;  ///< of what is not too old
  std::map<std::string, ScheduleRow> schedules;
  std::map<std::string, TriggerRow> triggers;
  std::map<std::string, std::map<std::string, SuccessRow>> successes;  ///< name → identity
  std::map<std::string, TroubleRow> troubles;
  int64_t position = 0;               ///< of the last success
  std::string in_force;               ///< text
  std::set<std::string> finals;       ///< paths
  std::map<std::string, int> inbox;   ///< files that have arrived → stamp
  uint64_t version = 1;               ///< of the pipeline files
  std::map<Key, Fired> firings;       ///< all that there ever were
  std::set<Key> open;                 ///< of them: what something is still to be done about
  std::map<RunId, Past> past;         ///< all runs that there ever were
  uint64_t loads = 0;                 ///< successes of Load
  uint64_t pruned = 0;                ///< runs
  std::vector<std::string> problems;  ///< some of them

 private:
  [[nodiscard]] std::string keep(const Record& record, UtcTime now);
  std::string one(const ScheduleKept& record);
  std::string one(const SchedulePaused& record);
  std::string one(const ScheduleFired& record);
  std::string one(const FiringSettled& record);
  std::string one(const SlaSettled& record);
  std::string one(const TriggerKept& record);
  std::string one(const TriggerForgotten& record);
  std::string one(const TriggerFired& record);
  std::string one(const ArrivalsGone& record);
  std::string one(const TroubleNoted& record);
  std::string one(const TroubleTold& record);
  std::string one(const TroubleOver& record);
  std::string one(const SourcesInForce& record);
  std::string one(const RunStarted& record);
  std::string one(const RunFinished& record);
  std::string one(const AttemptEnded& record);
  std::string one(const PruneBegun& record);
  std::string one(const TasksPruned& record);
  std::string one(const PruneSwept& record);
  std::string one(const LogsPruned& /*record*/) { return {}; }
  std::string one(const EventsPruned& /*record*/) { return {}; }
  std::string one(const TaskSlaSettled& /*record*/) { return {}; }
  std::string one(const PoolSized& /*record*/) { return {}; }
  /// All others are the main simulator's.
  template <typename Other>
  std::string one(const Other& record) {
    return database.apply(record);
  }
  [[nodiscard]] std::string fired(Fired firing);
  [[nodiscard]] std::string settled(const FiringSettled& record);
  void look_if_open(const Key& key);

  std::set<std::pair<std::string, std::string>> causes_;  // of triggers
  std::set<RunId> going_;                                 // PruneBegun
  bool to_sweep_ = false;
  UtcTime now_;
};

}  // namespace moondial::sim
