#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "engine/held_attempt.h"
#include "engine/process_runner.h"
#include "engine/store.h"
#include "engine/targets.h"

namespace moondial {

struct RecoveryReport {
  int ended_processes = 0;
  int finished_attempts = 0;  ///< whose publishing was completed
  int lost_attempts = 0;
  int closed_runs = 0;
  std::vector<RunId> kept_runs;  ///< open ones that survive their engine: to be gone on with
  /// With RecoveryOptions::hold: whose commands go on, or have ended meanwhile. Each is to be
  /// adopted (Attempt::adopt) or ended (end_held_attempt); the runs that want one are kept.
  std::vector<HeldAttempt> held;
};

struct RecoveryOptions {
  std::string state_dir;  ///< may be empty
  std::string host_name;
  bool engine_died = false;  ///< it is known from elsewhere that there may be processes to end
  bool hold = false;         ///< held commands are adopted: they are not ended, nor lost
};

/// What closes a run that no engine goes on with.
[[nodiscard]] std::vector<Record> lost_run(const RunDetail& run, UtcTime now);

/// How a task of an interrupted run ended: as its last attempt did, if it got that far; else it is
/// cancelled.
[[nodiscard]] TaskState settled_state(const TaskRow& task);

/// Brings a project whose engine died into order, before anything is planned: ends the processes
/// that it left behind, completes every publishing whose intent is recorded, discards what else is
/// staged, and closes the runs that were open, but for those that survive. What was announced as
/// done stays done; every attempt that had begun is recorded as done or lost. Repeating it after a
/// crash in the middle leads to the same state. Blocks until all of it is durable, so that nobody
/// finds a run open that no engine goes on with. What a lost attempt's command had emitted is
/// forgotten, unread, in the state directory, since it may hold secrets that are no longer known.
/// An error (a publishing that cannot be completed) leaves the rest as it is: the engine must not
/// start.
[[nodiscard]] Result<RecoveryReport> recover(Store& store, Targets& targets, ProcessRunner& runner,
                                             const Clock& clock,
                                             const RecoveryOptions& options = {});

/// A held attempt whose run cannot be continued: ends its processes, discards what it has staged
/// and records it as lost. Blocks, but for the record.
[[nodiscard]] Status end_held_attempt(Store& store, Targets& targets, ProcessRunner& runner,
                                      const Clock& clock, const HeldAttempt& held,
                                      const std::string& state_dir);

}  // namespace moondial
