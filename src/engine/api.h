#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/status.h"
#include "core/scheduler.h"
#include "engine/forecast_view.h"
#include "engine/schedule_keeper.h"
#include "engine/script_host.h"
#include "engine/session_api.h"
#include "engine/space_guard.h"
#include "engine/store.h"
#include "engine/trigger_keeper.h"

namespace moondial {

struct EngineInfo {
  std::string version;
  std::string root;
  std::string kind;  ///< "run": ends with its work; "serve": stays
  int pid = 0;
  UtcTime started;
  std::string timezone;  ///< for times in answers; of the configuration last loaded
};

struct RunRequest {
  PlanRequest plan;
  std::optional<int> jobs;               ///< -j: size of `cpu` while this run goes on
  std::map<std::string, int64_t> pools;  ///< --pool name=N, likewise
  double priority = 0;
  bool fail_fast = false;
  bool wait = false;  ///< for what is external and missing, instead of telling it
  std::vector<std::string> environment;  ///< the client's; attempts see it
  std::string request;                   ///< client's own unique id: asked twice is one run
  std::string kind = "run";              ///< "run", "backfill", "retry", "schedule", "trigger"
  std::optional<Firing> firing = {};     ///< that it is started for
};

/// What a reload has changed, by names.
struct ReloadReport {
  struct Names {
    std::vector<std::string> tasks, schedules, pools, triggers;
    bool operator==(const Names&) const = default;
  };
  Names added, changed, removed;
  std::vector<Diagnostic> problems;  ///< of files that are not in force as they are now
  [[nodiscard]] bool is_empty() const {
    return added == Names() && changed == Names() && removed == Names();
  }
};

/// Somebody says that a task is done whose output is a mark.
struct MarkRequest {
  TaskRequest task;
  std::string by;  ///< who, for people
};

struct CancelRequest {
  TaskRequest task;
  bool kill = false;  ///< without grace
};

/// A run that has ended, to be gone on with.
struct RetryRequest {
  RunId run;
  RunRequest how;  ///< its plan is not looked at
};

/// A schedule that is to fire now.
struct TriggerRequest {
  std::string schedule;
  RunRequest how;  ///< its plan is not looked at; in an engine that stays neither its environment
};

struct PlanTaskView {
  TaskInstance instance;
  TaskState state = TaskState::kPending;  ///< complete, pending, or that of a live job
  std::string why;
  std::optional<SpaceShortage> space = {};  ///< of a live job: what keeps it from starting
};
struct PlanView {
  std::vector<PlanTaskView> tasks;  ///< requirements before what needs them
  std::vector<std::string> roots;
};

/// A task that runs right now.
struct RunningTask {
  std::string id;
  AttemptId attempt;
  int number = 1;
  UtcTime since;
  double fraction = -1;  ///< of progress(); below 0 if it said none
  std::string text;
};
/// Something external that is waited for.
struct MissingTask {
  std::string id;
  std::string why;  ///< what is missing, and how it is looked for
  bool operator==(const MissingTask&) const = default;
};
/// A run as it goes.
struct RunProgress {
  RunId run;
  RunState state = RunState::kRunning;
  UtcTime started;
  std::map<TaskState, int64_t> counts;      ///< of all its tasks, complete ones included
  std::vector<RunningTask> running;         ///< longest first
  std::optional<Duration> left;             ///< estimate of the time to its end
  std::optional<SpaceShortage> space = {};  ///< what keeps a task of it from starting
  std::vector<MissingTask> missing = {};    ///< that it waits for; some of them, if they are many
};
/// A pool with its size, and the one that is declared.
struct PoolInfo {
  std::string name;
  int64_t size = 0;
  int64_t declared = 0;
};
/// The pipeline files and what they declare.
struct ScriptsView {
  /// What the last reload that changed anything has changed.
  struct Change {
    UtcTime at;
    ReloadReport report;
  };
  std::map<std::string, std::string> sources;  ///< in force: path → SHA-256
  Declarations declared;
  std::vector<Diagnostic> problems;  ///< of files that are not in force as they are now
  std::map<std::string, std::string> failed = {};  ///< their texts as they are now: path → text
  std::optional<Change> last;
};
/// What runs and what waits for units or locks, over all runs.
struct QueueView {
  struct Running {
    std::string id;
    std::vector<RunId> runs;  ///< that want it, the oldest first
    AttemptId attempt;
    int number = 1;
    UtcTime since;
    double fraction = -1;  ///< as of RunningTask
    std::string text;
    bool paused = false;        ///< it awaits, and has given its units back
    std::vector<PoolUse> uses;  ///< that it holds
    std::string lock;           ///< that it holds; empty: none
  };
  struct Ready {
    std::string id;
    std::vector<RunId> runs;
    std::vector<std::string> lacks;  ///< pools whose units it lacks; `lock NAME`
    std::string space;               ///< what is too full for it to start; empty: nothing
    UtcTime since = {};              ///< it is ready
  };
  std::vector<Running> running;                  ///< longest first
  std::vector<Ready> ready;                      ///< in the order in which they would start
  std::vector<PoolView> pools;                   ///< sorted by name
  std::map<std::string, int64_t> declared = {};  ///< their sizes as declared
};
/// Something that happened in a run.
struct RunEvent {
  struct Task {
    std::string id;
    TaskState state;  ///< running, retrying or final
    AttemptId attempt;
    int number = 0;
    Duration wall{0};   ///< of the attempt, when it ended
    std::string error;  ///< of a failure: message with traceback
    std::string cause;  ///< of upstream_failed: the identity that failed
    std::optional<Duration> retry_in;
  };
  struct Log {
    std::string id;
    AttemptId attempt;
    std::string line;  ///< printable, without line end
  };
  struct Ended {
    RunState state;
  };
  std::variant<Task, Log, Ended> what;
};

/// Something that happened in the project, beside what the table of events tells.
struct ProjectNews {
  enum class Kind : uint8_t {
    kCommitted,  ///< there may be more in the table of events
    kReloaded,   ///< `reload` says what it changed
    kFired,      ///< `firing` says what became of it
    kPaused,
    kResumed,
    kSlaMissed,
    kPoolSized,  ///< `pool`
    kMarked,     ///< `task`
    kProgress,   ///< `running`, wanted by `runs`; as often as the task says it
  };
  Kind kind = Kind::kCommitted;
  UtcTime at = {};
  std::string schedule = {};  ///< of kPaused, kResumed
  FiringRow firing = {};      ///< of kFired, kSlaMissed
  ReloadReport reload = {};
  std::string task = {};  ///< of kSlaMissed of a task: its identity; `firing` has run and note
  PoolInfo pool = {};
  RunningTask running = {};
  std::vector<RunId> runs = {};
};

/// What an engine does and has done since it began, to be watched over time.
struct EngineActivity {
  std::map<RunState, uint64_t> runs_ended;
  std::map<TaskState, uint64_t> attempts_ended;
  uint64_t runs_open = 0;
  uint64_t attempts_open = 0;
  std::map<TaskState, uint64_t> tasks;  ///< of open runs
  std::vector<PoolView> pools;          ///< by name
  std::vector<ScheduleView> schedules;  ///< with their next time
  WriterActivity writer = {};
};

struct LogView {
  std::string text;  ///< from `offset` on; lines begin with an RFC 3339 time
  int64_t next_offset = 0;
  bool ended = false;  ///< nothing will be added
  bool cut = false;    ///< the log hit its bound
};

/// All that a client can ask of the engine; the HTTP API is a face of this and nothing more.
/// Loop thread only. Callbacks come later, never from inside the call, each exactly once.
/// Errors: kInvalid (with diagnostics where a file is to blame), kNotFound, kConflict,
/// kUnavailable (shutting down).
class EngineApi {
 public:
  virtual ~EngineApi() = default;

  [[nodiscard]] virtual EngineInfo info() const = 0;

  /// A client is there: the engine does not end while one is. Balanced calls.
  virtual void client_came() = 0;
  virtual void client_went() = 0;

  /// A daemon waits for the project: an engine that ends with its work makes way as soon as it has
  /// none of its own, and leaves runs that survive it to that one.
  virtual void make_way() = 0;

  /// Loads the files as they are now; the diagnostics of all of them, none if all is well.
  virtual void check(std::function<void(Result<std::vector<Diagnostic>>)> done) = 0;
  virtual void declarations(std::function<void(Result<Declarations>)> done) = 0;
  virtual void plan(PlanRequest request, std::function<void(Result<PlanView>)> done) = 0;
  /// Plans and starts a run. Answers once the run is recorded durably.
  virtual void run(RunRequest request, std::function<void(Result<RunId>)> done) = 0;
  /// Starts a run of what a run that has ended was asked for. What succeeded there and has no
  /// output counts as complete. kConflict if it has not ended.
  virtual void retry(RetryRequest request, std::function<void(Result<RunId>)> done) = 0;

  /// Loads the files as they are now, and tells what that has changed. An error if they do not
  /// load, and nothing else can be in force.
  virtual void reload(std::function<void(Result<ReloadReport>)> done) = 0;

  /// The declared schedules, with the next `next` times of each.
  virtual void schedules(size_t next,
                         std::function<void(Result<std::vector<ScheduleView>>)> done) = 0;
  /// Keeps a schedule from firing, or lets it fire again: for nothing that was due meanwhile.
  virtual void pause_schedule(std::string schedule, bool paused,
                              std::function<void(Status)> done) = 0;
  /// Fires it now. Answers with the run, or kConflict if there is none (yet): why, it says.
  virtual void trigger_schedule(TriggerRequest request,
                                std::function<void(Result<RunId>)> done) = 0;

  /// Plays the time up to `until`, a time of day such as "06:00" or a duration such as "12h".
  virtual void forecast(std::string until, std::function<void(Result<ForecastView>)> done) = 0;
  /// Copies the record to a file that is not there yet.
  virtual void back_up(std::string to, std::function<void(Status)> done) = 0;
  /// The declared triggers.
  virtual void triggers(std::function<void(Result<std::vector<TriggerView>>)> done) = 0;
  /// Somebody calls a webhook; answers once that is recorded. kNotFound if nobody listens.
  virtual void call_webhook(std::string name, std::string body,
                            std::function<void(Status)> done) = 0;

  /// Records that a task whose output is a mark is done; answers with its identity, once durable.
  virtual void mark(MarkRequest request, std::function<void(Result<std::string>)> done) = 0;

  /// Cancels a task in all runs that want it; answers with its identity. kConflict if none does.
  virtual void cancel_task(CancelRequest request,
                           std::function<void(Result<std::string>)> done) = 0;

  /// Stops starting, stops this run's attempts (with `kill` without grace).
  virtual Status cancel(RunId run, bool kill) = 0;

  [[nodiscard]] virtual Result<std::vector<RunRow>> runs(size_t limit, RunId before,
                                                         const RunFilter& filter) = 0;
  /// The declared pools, and `cpu` and `memory` where somebody has set their sizes.
  virtual void pools(std::function<void(Result<std::vector<PoolInfo>>)> done) = 0;
  /// Sets the size of a pool, also of `cpu` and `memory`, until its declaration is changed;
  /// nothing: as declared again. Answers once that is durable. kNotFound if there is no such pool.
  virtual void set_pool(std::string name, std::optional<int64_t> size,
                        std::function<void(Result<PoolInfo>)> done) = 0;
  virtual void scripts(std::function<void(Result<ScriptsView>)> done) = 0;

  /// For people who look back.
  [[nodiscard]] virtual History& history() = 0;
  /// The record, with the live states of an open run laid over it, but for ends, which are shown
  /// when they are durable. kNotFound if there is none.
  [[nodiscard]] virtual Result<RunDetail> show(RunId run) = 0;
  [[nodiscard]] virtual Result<RunProgress> progress(RunId run) = 0;
  [[nodiscard]] virtual QueueView queue() = 0;
  /// A negative `offset` counts from the end.
  [[nodiscard]] virtual Result<LogView> log(AttemptId attempt, int64_t offset,
                                            int64_t max_bytes) = 0;

  /// Calls `on_event` for each event of an open run from now on, in their order, until
  /// unsubscribe() or after Ended; the end of a task when it is durable. Of a run that has ended:
  /// Ended at once (later). kNotFound if there is no such run.
  virtual Result<uint64_t> subscribe(RunId run, std::function<void(const RunEvent&)> on_event) = 0;
  virtual void unsubscribe(uint64_t subscription) = 0;

  [[nodiscard]] virtual EngineActivity activity() const = 0;

  /// As in Store.
  [[nodiscard]] virtual Result<std::vector<EventRow>> events(int64_t after, size_t limit) = 0;
  [[nodiscard]] virtual Result<EventBounds> event_bounds() = 0;
  /// Calls `on_news` for all that happens from now on; replaces the one before, none: nobody
  /// listens. Not from inside the call that made it.
  virtual void listen(std::function<void(const ProjectNews&)> on_news) = 0;

  /// Of people who type code.
  virtual SessionApi& sessions() = 0;
};

}  // namespace moondial
