#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "engine/process_runner.h"
#include "engine/store.h"
#include "engine/targets.h"

namespace moondial {

struct RecoveryReport {
  int ended_processes = 0;
  int finished_attempts = 0;  ///< whose publishing was completed
  int lost_attempts = 0;
  int closed_runs = 0;
};

/// Brings a project whose engine died into order, before anything is planned: ends the processes
/// that it left behind, completes every publishing whose intent is recorded, discards what else is
/// staged, and closes the runs that were open. What was announced as done stays done. Repeating it
/// after a crash in the middle leads to the same state. Blocking, but for the records, which are
/// handed to the store in order. What a lost attempt's command had emitted is forgotten, unread, in
/// `state_dir`, since it may hold secrets that are no longer known. An error (a publishing that
/// cannot be completed) leaves the rest as it is: the engine must not start. `died`: the engine
/// before is known not to have ended by itself, so that processes may be left though nothing that
/// is recorded is open: those of hooks.
[[nodiscard]] Result<RecoveryReport> recover(Store& store, Targets& targets, ProcessRunner& runner,
                                             const Clock& clock, const std::string& state_dir = {},
                                             bool died = false);

}  // namespace moondial
