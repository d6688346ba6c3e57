#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/record.h"

namespace moondial {

// What is read of the record.

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
  std::string cause = {};  ///< the schedule or trigger that started it; empty if none did
};
/// Which runs; what is left empty does not matter.
struct RunFilter {
  std::optional<RunState> state = {};
  std::string kind = {};
  std::string task = {};                          ///< that has a part in it: a name, or an identity
  std::optional<UtcTime> since = {}, until = {};  ///< when it started: from, and before
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
  std::vector<AttemptRow> attempts;    ///< oldest first; also those of other runs that it shared
  std::vector<size_t> requires_ = {};  ///< places, among the tasks of the run, of what it needs
  std::vector<size_t> complete_needs = {};  ///< places in RunDetail::complete_before
  int64_t more_complete = 0;                ///< further ones that are only counted
};
/// The size of a pool that somebody has set, in place of a declared one.
struct PoolSizeRow {
  std::string pool;
  int64_t size = 0;
  int64_t declared = 0;  ///< then: it holds as long as that is declared
};
/// An attempt with its task, for the history of a task.
struct PastAttempt {
  RunId run;  ///< the oldest that wanted it
  std::string task;
  AttemptRow attempt;
  std::string name = {};
  Params params = {};
};
struct RunDetail {
  RunRow run;
  std::vector<TaskRow> tasks;                  ///< in the order in which they were planned
  std::map<std::string, std::string> sources;  ///< path → SHA-256
  /// Identities that tasks of the run needed, and that were complete when they were planned.
  std::vector<std::string> complete_before = {};
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
  std::string cause = {};             ///< of a trigger
};
/// As TriggerKept and what followed said.
struct TriggerRow {
  std::string trigger;
  int64_t position = 0;
  std::map<std::string, std::string> files;  ///< path → stamp
};
/// The last success of a task.
struct SuccessRow {
  int64_t position = 0;  ///< the id of its event
  std::string id;
  Params params;
};
/// A deadline of a task that is neither kept nor missed.
struct TaskDeadlineRow {
  RunId run;
  std::string id;
  std::string name;
  Params params;
  UtcTime sla;
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

}  // namespace moondial
