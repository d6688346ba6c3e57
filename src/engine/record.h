#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "core/task_state.h"
#include "engine/retention.h"
#include "engine/targets.h"

namespace moondial {

using Params = std::vector<std::pair<std::string, std::string>>;  ///< name → canonical text

/// What became of the firing of a schedule. Kept in the record under these numbers.
enum class FiringState : uint8_t {
  kWaiting = 0,  ///< to be started
  kStarted = 1,
  kDropped = 2,  ///< by a policy, or there was nothing to start
  kFailed = 3,   ///< what it would start cannot be
};

// --- Records: what is written. Each becomes one or two statements of a group commit. ---

/// What a run was asked to be like, beside its roots.
struct RunLimits {
  std::optional<int> jobs;
  std::map<std::string, int64_t> pools;
  double priority = 0;
  bool fail_fast = false;
  bool wait = false;
  bool operator==(const RunLimits&) const = default;
};

struct RunStarted {
  RunId run;
  std::string request;  ///< the client's own id of its request: unique; asked twice is one run
  std::vector<std::string> roots;  ///< identities
  std::string kind;                ///< "run", later "backfill", "schedule" …
  UtcTime at;
  /// path → SHA-256 of every file of the generation that it uses. The texts are recorded before.
  std::map<std::string, std::string> sources;
  RunLimits limits = {};
  bool survives = false;  ///< its engine's death does not end it: the next one goes on with it
};
struct RunFinished {
  RunId run;
  RunState state = RunState::kDone;
  UtcTime at;
  std::map<TaskState, int64_t> counts;
};
/// A task of a run that is not complete, or an asked-for one; the other complete ones are only
/// counted in RunFinished.
struct TaskPlanned {
  RunId run;
  std::string id;
  std::string name;
  Params params;
  TaskState state = TaskState::kPending;
  std::string why;  ///< why it is to be run or not
  AttemptId joins;  ///< the attempt under way, of another run, that this run shares; or none
  std::optional<UtcTime> sla = {};  ///< when it has to be done
  /// Identities. What the run has not by then was complete before it.
  std::vector<std::string> requires_ = {};
};
/// A task of a run has come to need others: it awaits them, or was joined and has always needed
/// them. As TaskPlanned::requires_.
struct TaskAwaits {
  RunId run;
  std::string id;
  std::vector<std::string> awaited;  ///< identities
};
/// The deadline of a task in a run has been kept, or has passed.
struct TaskSlaSettled {
  RunId run;
  std::string id;
  bool missed = false;
};
struct TaskEnded {
  RunId run;
  std::string id;
  TaskState state = TaskState::kDone;
  std::string error;  ///< message; empty if none
  UtcTime at;
};
/// An attempt may start any time from now: the durable row that each process has before it. By it
/// the staging of a dead engine is found. Followed by AttemptStarted, which is not waited for, or
/// by AttemptDropped.
struct AttemptPrepared {
  AttemptId attempt;
  std::string task;
  std::vector<std::string> outputs;  ///< final paths
};
/// It will not start: nothing is left of it.
struct AttemptDropped {
  AttemptId attempt;
};
struct AttemptStarted {
  AttemptId attempt;
  RunId run;  ///< the oldest run that wants the task
  std::string task;
  std::string name;
  int number = 1;  ///< from 1, per task and run
  std::string host;
  UtcTime at;
  std::vector<RunId> others;  ///< further runs that want it now; later ones say TaskPlanned::joins
  std::vector<std::string> outputs;  ///< final paths: where a dead engine's staging is found
  bool prepared = false;             ///< AttemptPrepared went before
};
/// The process that does the work of an attempt, once known. Not waited for.
struct AttemptProcess {
  AttemptId attempt;
  int pid = 0;
};
/// The intent to rename: from here on recovery rolls forward. Forgotten with AttemptEnded, or with
/// IntentWithdrawn.
struct PublishIntent {
  AttemptId attempt;
  std::vector<StagedOutput> outputs;  ///< at least one
};
/// The renaming has failed, and what is staged will be discarded: recovery must not go on with it.
struct IntentWithdrawn {
  AttemptId attempt;
};
struct AttemptEnded {
  AttemptId attempt;
  TaskState state = TaskState::kDone;  ///< done, failed, cancelled, skipped, lost
  UtcTime at;
  std::optional<int> exit;                     ///< exit code, or 128 + signal
  std::string error;                           ///< message with traceback; empty if none
  std::map<std::string, std::string> emitted;  ///< name → JSON value
  Duration cpu{0};
  int64_t peak_memory_bytes = 0;
  std::string fingerprint;  ///< of a success: TaskInstance::fingerprint
  bool marks = false;       ///< of a success: the task is complete by this record
};
/// Somebody sets the size of a pool; or it is as declared again.
struct PoolSized {
  std::string pool;
  std::optional<int64_t> size;
  int64_t declared = 0;
};
/// Somebody says that a task is done.
struct TaskMarked {
  std::string id;
  std::string by;  ///< who, for people
  UtcTime at;
  Params params = {};
};
/// Empty staging directories may be left in `directory` from now on, until StagingCleared.
struct StagingKept {
  std::string directory;
};
/// None are left in any directory.
struct StagingCleared {};
/// Text of a pipeline file, kept once for each hash.
struct SourceText {
  std::string sha256;
  std::string text;
};
/// The texts that are in force from now on (path → SHA-256), recorded before: what a daemon falls
/// back on when files do not load.
struct SourcesInForce {
  std::map<std::string, std::string> sources;
};

// --- Schedules ---

/// A schedule has these times, and all up to `position` is dealt with; positions never move back.
/// Times: TimetableSpec as one
/// text; empty when it is declared no more.
struct ScheduleKept {
  std::string schedule;
  std::string times;
  UtcTime position;
};
/// Somebody has paused or resumed a schedule, whatever its declaration says.
struct SchedulePaused {
  std::string schedule;
  bool paused = false;
};
/// A schedule fires for an instant, once: before anything is started for it. Its position moves
/// there.
struct ScheduleFired {
  std::string schedule;
  UtcTime instant;
  FiringState state = FiringState::kWaiting;  ///< or kDropped, at once
  std::string note;                           ///< why
  std::optional<UtcTime> sla;                 ///< when what it starts has to be done
  bool by_hand = false;                       ///< somebody asked for it: the position stays
};
/// What became of a firing; with kStarted in one transaction with RunStarted.
struct FiringSettled {
  std::string schedule;
  UtcTime instant;
  FiringState state = FiringState::kStarted;
  RunId run;
  std::string note;
};
/// The deadline of a firing has been kept, or has passed.
struct SlaSettled {
  std::string schedule;
  UtcTime instant;
  bool missed = false;
};

// --- Triggers: they fire as schedules do, under a name that no schedule has. ---

/// A trigger is known from now on, and all that there was before is dealt with: successes up to
/// `position`, an id of an event, and these files (path → stamp).
struct TriggerKept {
  std::string trigger;
  int64_t position = 0;
  std::map<std::string, std::string> files;
};
/// It is declared no more.
struct TriggerForgotten {
  std::string trigger;
};
/// It fires for a cause, and waits to be started; settled as the firing of a schedule is.
struct TriggerFired {
  std::string trigger;
  UtcTime instant;       ///< of no other firing of it
  std::string cause;     ///< the path of a file, the body of a call, or the task that is done
  int64_t position = 0;  ///< of a success: it is dealt with up to there
  std::string stamp;     ///< of a file: this version of it is dealt with
};
/// Files that a trigger knew are no longer there.
struct ArrivalsGone {
  std::string trigger;
  std::vector<std::string> paths;
};

// --- What is wrong, for those who are told of it ---

/// Something is in trouble until it works again, or its deadline has been told of.
struct TroubleRow {
  std::string subject;  ///< the task's identity, or another name of what is wrong; unique
  std::string name;     ///< the task's name, or the same again
  RunId run;
  UtcTime at;
  std::string text;     ///< the error
  bool is_sla = false;  ///< a deadline, else a failure
  bool told = false;
};
struct TroubleNoted {
  TroubleRow trouble;
};
/// Those who are to know have been told.
struct TroubleTold {
  std::string subject;
};
struct TroubleOver {
  std::string subject;
};

// What goes for good, of runs that ended long ago (engine/retention.h). Marks, last successes, what
// these emitted and usual durations are not among it.

/// The run is not shown any more; its rows follow.
struct PruneBegun {
  RunId run;
};
/// These rows of its tasks, and all that hangs on them, go; with the last ones the run itself.
struct TasksPruned {
  RunId run;
  std::vector<int64_t> rows;  ///< PruneStep::tasks
  bool last = false;
};
/// The logs of its attempts are gone, and the rest is kept.
struct LogsPruned {
  RunId run;
};
/// Events of these ids go where their run is gone.
struct EventsPruned {
  int64_t after = 0;
  int64_t up_to = 0;
};
/// Runs have gone: what nothing refers to any more goes, and free pages, some at a time. Firings
/// that started nothing go when they are older than `firings_before`, or than all runs; the newest
/// of each schedule stays.
struct PruneSwept {
  std::optional<UtcTime> firings_before = {};
};

using Record =
    std::variant<RunStarted, RunFinished, TaskPlanned, TaskEnded, AttemptPrepared, AttemptDropped,
                 AttemptStarted, AttemptProcess, PublishIntent, IntentWithdrawn, AttemptEnded,
                 TaskMarked, SourceText, StagingKept, StagingCleared, PruneBegun, TasksPruned,
                 LogsPruned, EventsPruned, PruneSwept, ScheduleKept, SchedulePaused, ScheduleFired,
                 FiringSettled, SlaSettled, SourcesInForce, TaskSlaSettled, TriggerKept,
                 TriggerForgotten, TriggerFired, ArrivalsGone, TroubleNoted, TroubleTold,
                 TroubleOver, TaskAwaits, PoolSized>;

}  // namespace moondial
