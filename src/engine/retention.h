#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"

namespace moondial {

/// How long runs that have ended are kept. What is known of tasks apart from runs (marks, last
/// successes and what they emitted, usual durations) is kept for ever.
struct RetentionPolicy {
  std::optional<Duration> runs{
      std::chrono::hours(365 * 24)};  ///< since their end; nullopt: for ever
  std::optional<Duration> logs{std::chrono::hours(90 * 24)};  ///< likewise
  int64_t keep_last = 100;             ///< the newest runs are kept with their logs, however old
  std::optional<int64_t> log_bytes{};  ///< of all logs on disk; nullopt: any number
};

/// A policy at a moment.
struct RetentionCutoffs {
  std::optional<UtcTime> runs_before;  ///< runs that ended before are to go
  std::optional<UtcTime> logs_before;
  int64_t keep_last = 0;
};

/// The next part of an old run that is to go. Files first, then the records: what is recorded can
/// be found again after a crash, and a file that nothing names cannot.
struct PruneStep {
  RunId run;                        ///< none: PruneSwept is to follow, after EventsPruned
  bool begun = false;               ///< PruneBegun is recorded; the run is not shown any more
  bool only_logs = false;           ///< LogsPruned is to follow, else TasksPruned
  std::vector<int64_t> tasks;       ///< rows of its tasks, for TasksPruned: some at a time
  std::vector<AttemptId> attempts;  ///< whose logs are to go before
  bool last = false;                ///< no further tasks are left of it
};

}  // namespace moondial
