#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
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
/// Somebody says that a task is done.
struct TaskMarked {
  std::string id;
  std::string by;  ///< who, for people
  UtcTime at;
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
/// Runs have gone: what nothing refers to any more goes, and free pages, some at a time.
struct PruneSwept {};

using Record =
    std::variant<RunStarted, RunFinished, TaskPlanned, TaskEnded, AttemptPrepared, AttemptDropped,
                 AttemptStarted, AttemptProcess, PublishIntent, IntentWithdrawn, AttemptEnded,
                 TaskMarked, SourceText, StagingKept, StagingCleared, PruneBegun, TasksPruned,
                 LogsPruned, EventsPruned, PruneSwept, ScheduleKept, SchedulePaused, ScheduleFired,
                 FiringSettled, SlaSettled, SourcesInForce>;

// --- Rows: what is read. ---

struct RunRow {
  RunId run;
  RunState state = RunState::kRunning;
  std::string kind;
  std::vector<std::string> roots;
  UtcTime started;
  std::optional<UtcTime> ended;
  std::map<TaskState, int64_t> counts;  ///< of an open run: of what is recorded so far
  bool has_logs = true;                 ///< false: they were too old to be kept
  RunLimits limits = {};
  bool survives = false;
};
struct AttemptRow {
  AttemptId attempt;
  int number = 1;
  TaskState state = TaskState::kRunning;
  UtcTime started;
  std::optional<UtcTime> ended;
  std::optional<int> exit;
  std::string error;
  std::string host;
  int pid = 0;
  std::map<std::string, std::string> emitted;
  Duration cpu{0};
  int64_t peak_memory_bytes = 0;
};
struct TaskRow {
  std::string id;
  std::string name;
  Params params;
  TaskState state = TaskState::kPending;
  std::string why;
  std::string error;
  std::vector<AttemptRow> attempts;  ///< oldest first; also those of other runs that it shared
};
struct RunDetail {
  RunRow run;
  std::vector<TaskRow> tasks;                  ///< in the order in which they were planned
  std::map<std::string, std::string> sources;  ///< path → SHA-256
};
/// An attempt that was open when the engine died.
struct OpenAttempt {
  AttemptId attempt;
  RunId run;
  std::string task;
  int pid = 0;
  bool has_intent = false;
  std::vector<StagedOutput> outputs;     ///< of its intent
  std::vector<std::string> final_paths;  ///< as AttemptStarted::outputs said
};

/// What AttemptPrepared said, where neither a start nor a drop has become durable.
struct PreparedAttempt {
  AttemptId attempt;
  std::string task;
  std::vector<std::string> final_paths;
  bool may_have_started = false;     ///< false: for certain nothing of it has run
  std::optional<UtcTime> started{};  ///< when, if that is known
};

/// As ScheduleKept and SchedulePaused said.
struct ScheduleRow {
  std::string schedule;
  std::string times;
  UtcTime position;
  std::optional<bool> paused;  ///< by somebody
};
/// As ScheduleFired and what followed said.
struct FiringRow {
  std::string schedule;
  UtcTime instant;
  FiringState state = FiringState::kWaiting;
  RunId run;                          ///< of kStarted
  std::string note;                   ///< why not
  std::optional<UtcTime> sla;         ///< its deadline, also when it is settled
  std::optional<bool> sla_missed;     ///< nothing while it is open
  std::optional<RunState> run_state;  ///< of kStarted, while the run is kept
};

/// What an event is of. Kept in the record under these numbers.
enum class EventKind : uint8_t {
  kRunStarted = 1,
  kRunEnded = 2,
  kAttemptStarted = 3,
  kAttemptEnded = 4,
  kTaskEnded = 5,
};
/// Something that happened, under its number in the order in which all became durable.
struct EventRow {
  int64_t id = 0;
  UtcTime at;
  EventKind kind = EventKind::kRunStarted;
  RunId run;
  std::string task;   ///< identity; empty of a run, and where it is not kept any more
  AttemptId attempt;  ///< of attempts
  int number = 0;     ///< of the attempt within its task and run; 0 likewise
  RunState run_state = RunState::kRunning;     ///< of a run
  TaskState task_state = TaskState::kPending;  ///< of a task or an attempt
};
struct EventBounds {
  int64_t newest = 0;  ///< the last one that there ever was
  int64_t gone = 0;    ///< of those up to here some are not kept any more
};

/// The record. One writer thread behind it; records are committed in groups, in the order in which
/// they were handed over, with synchronous=FULL.
class Store {
 public:
  virtual ~Store() = default;

  /// Hands records over. `durable` (may be empty) is called on the loop's thread once they, and
  /// all records before them, are on disk. The records of one call are kept together or not at all.
  /// Loop thread only. After a failed or uncertain commit nothing more is written, `durable` is
  /// never called, and on_fatal is. Records must make sense: a task that was planned, an attempt
  /// that was started and ends once; anything else is such a failure too.
  /// That a prepared attempt starts is known after the death of this process (not of the machine)
  /// from when this returns.
  virtual void write(std::vector<Record> records, std::function<void()> durable) = 0;

  /// Blocks until all that was handed over is durable, so that reads see it. For recovery, before
  /// the loop runs.
  virtual Status flush() = 0;

  /// Called once, on the loop's thread, when the store can no longer be trusted: stop the engine.
  virtual void on_fatal(std::function<void(Status)> callback) = 0;

  /// Ids for new rows: above all that were ever used. Loop thread only; never fails.
  virtual RunId next_run() = 0;
  virtual AttemptId next_attempt() = 0;

  // Reads see what is durable. Loop thread; each is an indexed query.
  [[nodiscard]] virtual Result<std::vector<RunRow>> runs(size_t limit, RunId before) = 0;
  [[nodiscard]] virtual Result<std::optional<RunDetail>> run(RunId run) = 0;
  [[nodiscard]] virtual Result<std::optional<RunId>> run_of_request(const std::string& request) = 0;
  /// The run and task of an attempt.
  [[nodiscard]] virtual Result<std::optional<OpenAttempt>> attempt(AttemptId attempt) = 0;
  [[nodiscard]] virtual Result<std::vector<OpenAttempt>> open_attempts() = 0;
  [[nodiscard]] virtual Result<std::vector<PreparedAttempt>> prepared_attempts() = 0;
  [[nodiscard]] virtual Result<std::vector<RunId>> open_runs() = 0;
  /// As StagingKept said, since StagingCleared.
  [[nodiscard]] virtual Result<std::vector<std::string>> kept_staging() {
    return std::vector<std::string>();
  }
  /// Mean wall seconds of the last successes of each task name: to order by remaining path.
  [[nodiscard]] virtual Result<std::map<std::string, Duration>> usual_durations() = 0;
  /// All tasks that ever succeeded: name and significant parameters of each.
  [[nodiscard]] virtual Result<std::vector<std::pair<std::string, Params>>> succeeded_tasks() = 0;
  /// What the last success of a task emitted: name → JSON value.
  [[nodiscard]] virtual Result<std::map<std::string, std::string>> emitted(
      const std::string& identity) = 0;
  /// As SourcesInForce said, with the texts: path → text.
  [[nodiscard]] virtual Result<std::map<std::string, std::string>> sources_in_force() = 0;
  [[nodiscard]] virtual Result<std::vector<ScheduleRow>> schedules() = 0;
  /// The firings that something is still to be done about, oldest first: those that wait, those
  /// whose run is open, and those with an open deadline.
  [[nodiscard]] virtual Result<std::vector<FiringRow>> open_firings() = 0;
  /// Of one schedule, newest first.
  [[nodiscard]] virtual Result<std::vector<FiringRow>> firings(const std::string& schedule,
                                                               size_t limit) = 0;
  [[nodiscard]] virtual Result<std::string> source_text(const std::string& sha256) = 0;
  /// There was such a run, and it is not kept any more.
  [[nodiscard]] virtual Result<bool> was_pruned(RunId run) = 0;
  /// What goes next; nothing if there is nothing. The same again until its records are written.
  [[nodiscard]] virtual Result<std::optional<PruneStep>> next_prunable(
      const RetentionCutoffs& cutoffs) = 0;
  /// The end of the next stretch of events after `after` in which some are older than `before`.
  /// Nothing if there is none.
  [[nodiscard]] virtual Result<std::optional<int64_t>> old_events(int64_t after,
                                                                  UtcTime before) = 0;

  /// Those after `after`, oldest first.
  [[nodiscard]] virtual Result<std::vector<EventRow>> events(int64_t /*after*/, size_t /*limit*/) {
    return std::vector<EventRow>();
  }
  [[nodiscard]] virtual Result<EventBounds> event_bounds() { return EventBounds(); }
  /// Calls `callback` on the loop's thread whenever something has become durable.
  virtual void on_commit(std::function<void()> /*callback*/) {}

  /// Writes what was handed over, checkpoints, closes. Blocks. The last call.
  virtual void close() = 0;
};

}  // namespace moondial
