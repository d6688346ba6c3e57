#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/plan.h"
#include "core/schedule_policy.h"
#include "core/scheduler.h"

namespace moondial {

/// A run that a schedule will start. Of each task in `plan`, `estimate` is how long it takes; 0 is
/// unknown. `complete` is as things are now: a task that has claims and that a run before it has
/// done in the meantime is complete, too; one without runs again.
struct ForecastFiring {
  std::string schedule;
  UtcTime at;
  Plan plan;
  RunOptions options;
  Overlap overlap = Overlap::kSkip;
  std::optional<UtcTime> deadline;  ///< of its SLA
};

/// A run that goes on now. What it has done is `complete` in `plan`.
struct ForecastOpenRun {
  std::string name;      ///< for the answer
  std::string schedule;  ///< that started it; empty for none
  UtcTime at;            ///< that it was scheduled for, or submitted
  Plan plan;
  RunOptions options;
  std::optional<UtcTime> deadline;
  /// The tasks whose attempts are under way, by their place in `plan`, and how long each still
  /// takes: their estimates, less what has passed, at least 0.
  std::vector<std::pair<uint32_t, Duration>> running;
};

struct ForecastInput {
  UtcTime now;
  std::vector<std::pair<std::string, int64_t>> pools;  ///< name, size
  std::vector<ForecastOpenRun> open;
  std::vector<ForecastFiring> firings;  ///< in any order; at `now` or later, else they are at once
  Duration unknown{0};                  ///< what a task takes that has no estimate
};

/// What became of a run.
enum class ForecastFate : uint8_t {
  kEnds,       ///< it is done at `finish`
  kSkipped,    ///< an earlier firing still went on
  kCancelled,  ///< by a later firing, at `finish`
  kBlocked,    ///< all is done at `finish` that does not need what is external and missing
  kRefused,    ///< its plan cannot run: `why`
  kNever,      ///< it waits for ever: for units that a pool does not have
};

/// Where a part of the time between `at` and `finish` went.
struct ForecastHold {
  enum class Kind : uint8_t {
    kTask,     ///< a task ran: its identity
    kPool,     ///< a task waited for units: the pool
    kLock,     ///< or for its lock: the lock
    kOverlap,  ///< the run waited for an earlier firing: the schedule
  };
  Kind kind = Kind::kTask;
  std::string name;
  Duration time{0};
  bool operator==(const ForecastHold&) const = default;
};

struct ForecastRun {
  std::string name;  ///< the schedule, or the open run
  UtcTime at;
  ForecastFate fate = ForecastFate::kEnds;
  std::optional<UtcTime> start;   ///< of its first attempt, or of one that it shares
  std::optional<UtcTime> finish;  ///< not of what is skipped, refused, or never ends
  std::optional<UtcTime> deadline;
  /// For kEnds with a deadline: the deadline less the finish, negative if it is late by so much.
  std::optional<Duration> slack;
  bool at_risk = false;  ///< there is a deadline, and it is missed, or the run does not get done
  /// What the last task to end did and waited for (what it lacked when it was ready), and so on
  /// back to `at`: by cause, the longest first. The times add up to finish - at (or finish - now,
  /// if that is later than `at`). The first one held it up most.
  std::vector<ForecastHold> held_up;
  /// For kBlocked the external task that is missing, for kRefused what is wrong; else empty.
  std::string why;
  std::optional<UtcTime> earlier;  ///< for kSkipped: what the run that went on was scheduled for
  size_t unknown = 0;              ///< tasks that it ran without an estimate
};

struct Forecast {
  std::vector<ForecastRun> open;     ///< as in the input
  std::vector<ForecastRun> firings;  ///< as in the input
};

/// Plays the coming hours with the scheduler itself: its order, pools, locks and priorities, in a
/// time of its own. Each attempt takes what is expected of its task and succeeds; a condition that
/// would have to be asked for holds. Plays until all runs have ended. The same input gives the same
/// answer; there is no chance in it, and no retry.
[[nodiscard]] Forecast forecast(const ForecastInput& input);

}  // namespace moondial
