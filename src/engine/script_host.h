#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/civil_time.h"
#include "base/clock.h"
#include "base/command.h"
#include "base/ids.h"
#include "base/status.h"
#include "core/plan.h"
#include "engine/notice.h"
#include "engine/process_runner.h"
#include "engine/retention.h"
#include "engine/schedule_info.h"
#include "engine/script_session.h"
#include "engine/store.h"
#include "engine/trigger_info.h"

namespace moondial {

// --- What declarations say ---

enum class WorkKind : uint8_t {
  kNone,     ///< a wrapper
  kCommand,  ///< `sh`: the engine runs it by itself
  kScript,   ///< `run`: a coroutine on a lane
};

/// A task with its parameters, as its declaration answers for it. Paths are absolute.
struct TaskInstance {
  std::string id;
  std::string name;
  Params params;                       ///< of the identity, sorted by name
  Params other_params;                 ///< not significant; set where they differ from the default;
                                       ///< may be secret: never recorded or shown
  std::vector<std::string> requires_;  ///< identities; empty if complete and not visited
  std::vector<std::string> outputs;    ///< final paths, in the order of their keys
  bool complete = false;
  std::string why;  ///< why it is (not) complete, for people: "output data/x.csv is missing"
  WorkKind work = WorkKind::kNone;
  bool has_check = false;
  bool asks_complete = false;  ///< complete() decides; it is asked again after the work
  bool asks_retry = false;     ///< retry.when is asked whether a failure may be retried
  bool publishes = false;      ///< its output is a target of the user's own, published by a script
  bool on_success = false, on_failure = false;  ///< it has these hooks
  std::vector<CommandWord> argv;                ///< of kCommand; outputs are indices into `outputs`
  std::vector<CommandWord> env;                 ///< "NAME=value" each
  std::string cwd;                              ///< of kCommand; absolute
  double priority = 0;
  When when = When::kAll;
  std::string lock;           ///< empty: none
  bool external = false;      ///< others produce it
  bool marks = false;         ///< its output is a mark: its success says that it is done
  std::string fingerprint;    ///< of its declaration's text and of the files in `reads`
  std::vector<PoolUse> uses;  ///< sorted by pool; `cpu` included
  RetryPolicy retry;
  std::optional<Duration> timeout;
  Duration poll{std::chrono::seconds(30)};  ///< of an external: how often it is looked for
  Duration grace{std::chrono::seconds(10)};
  Duration takes{0};       ///< the declared estimate; 0 if none
  std::optional<Sla> sla;  ///< times of day are those of the project's zone
  std::string file;        ///< of the declaration, relative to the root
  int line = 0;
  /// Values of secret parameters (they are among other_params and env as well): masked in all that
  /// the task's attempts say, and never recorded or shown.
  std::vector<std::string> secrets;
};

/// A declared task, without parameters' values: for `tasks`, completion and help.
struct TaskInfo {
  struct Param {
    std::string name;
    std::string kind;  ///< "date", "enum", …
    std::string doc;
    std::optional<std::string> default_text;  ///< nullopt: required
    std::vector<std::string> choices;         ///< of an enum
    bool secret = false;                      ///< its values must not be shown
  };
  std::string name;
  std::string doc;
  std::vector<std::string> tags;
  std::vector<Param> params;  ///< sorted by name
  std::string file;
  int line = 0;
  std::string fingerprint;  ///< of the text of its declaration
};

/// How the API is reached over TCP. The engine itself knows of no network.
struct HttpConfig {
  std::optional<std::string> listen = {};  ///< as ListenAddress reads it; "" for nowhere
  std::string token_file = {};             ///< absolute, or beneath the root; empty: the default
  std::vector<std::string> hosts = {};     ///< further names that it is asked by, lower case
  bool operator==(const HttpConfig&) const = default;
};

/// What moondial.lua says; the defaults if there is none.
struct ProjectConfig {
  std::string timezone = "local";
  std::optional<int> jobs;
  std::optional<int64_t> memory;  ///< size of the pool, in bytes
  std::optional<int> lanes;       ///< processes for scripts
  std::vector<std::string> shell = {"bash", "-e", "-o", "pipefail", "-c"};
  std::vector<std::string> env;           ///< "NAME=value"
  std::vector<std::string> output_roots;  ///< absolute
  std::optional<int64_t> min_free = {};   ///< bytes that must be free for work to start
  RetentionPolicy retention = {};
  HttpConfig http = {};
  NotifyPolicy notify = {};
};

/// All that a generation declares.
struct Declarations {
  std::vector<std::string> hooks;        ///< events that on.* looks at: "failure", "run_end", …
  std::vector<TaskInfo> tasks;           ///< sorted by name
  std::map<std::string, int64_t> pools;  ///< declared ones
  std::vector<ScheduleInfo> schedules;   ///< sorted by name
  ProjectConfig config;
  std::vector<TriggerInfo> triggers = {};  ///< in the order of their names
};

/// A generation: a set of source texts, loaded.
struct Generation {
  GenerationId id;
  Declarations declarations;
  std::map<std::string, std::string> sources;  ///< path relative to the root → SHA-256
  /// What is wrong with files whose text of now is not among these, but the last that loaded, if
  /// there is one: see ScriptHost::keep_last_good().
  std::vector<Diagnostic> held_back = {};
};

// --- What is asked of scripts ---

enum class Force : uint8_t {
  kNone,
  kRoots,       ///< the asked-for ones
  kAll,         ///< and all that they need
  kDownstream,  ///< the asked-for ones, and all that is known to have been made from them
};

/// A task that is asked for, or one for each value of an interval.
struct TaskRequest {
  std::string task;         ///< name
  Params params;            ///< text as the user wrote it
  std::string range;        ///< the parameter whose text is an interval "A..B"; empty if none is
  bool last_first = false;  ///< of an interval: its last one is the most urgent
};

/// Asks a schedule, or a trigger, what to start.
struct StartCall {
  std::string schedule;    ///< or TriggerInfo::name()
  CivilTime at;            ///< of a schedule: that it fires for, in its zone
  std::string cause = {};  ///< of a trigger
  [[nodiscard]] bool is_trigger() const { return is_trigger_name(schedule); }
};

struct PlanRequest {
  std::vector<TaskRequest> tasks;  ///< at least one; they become the roots, in this order
  Force force = Force::kNone;
  /// Asks no plan, but the task's `when`: the roots are its identity if it is to run, else none.
  bool asks_when = false;
  std::vector<std::pair<std::string, TaskState>> states;  ///< for it: how its requirements ended
  /// Asks for the graph beneath the tasks as it is declared: complete ones are visited too, and
  /// tasks that cannot be constructed any more are left out.
  bool whole_graph = false;
  /// Identities that are remade though complete.
  std::vector<std::string> forced;
  /// Identities that count as complete if they have work and no output: they succeeded before, in
  /// the run that is continued.
  std::vector<std::string> succeeded;
  /// Instead of `tasks`: what this call answers becomes the roots, none if it answers nothing.
  std::optional<StartCall> start = {};
};

/// What is asked of the script of an attempt.
enum class ScriptStep : uint8_t {
  kRun,
  kCheck,      ///< its work is over
  kPublish,    ///< of a target of the user's own
  kDiscard,    ///< the same, when the attempt has failed
  kComplete,   ///< whether the task is complete now: kSucceeded or kNo
  kRetry,      ///< whether the failure `error` may be retried: kSucceeded or kNo
  kOnSuccess,  ///< hooks
  kOnFailure,
  kEvent,  ///< on.* of the whole project, for `event`; there may be no attempt
};

/// Something that happened, for the hooks of the whole project.
struct ScriptEvent {
  std::string kind;  ///< "success", "failure", "retry", "run_end", "sla"
  std::string task;  ///< identity; empty if it is about a run
  std::string state;
  std::string error;
  double seconds = 0;                                   ///< that the attempt, or the run, took
  std::vector<std::pair<std::string, int64_t>> counts;  ///< of run_end: state → tasks
  std::string schedule;                                 ///< of sla
  std::string scheduled_at;                             ///< of sla: what it fired for, in its zone
};

/// An attempt, as scripts see it.
struct ScriptAttempt {
  ScriptStep step = ScriptStep::kRun;
  std::string error;  ///< of kRetry and kOnFailure: what went wrong
  ScriptEvent event;  ///< of kEvent
  AttemptId attempt;
  RunId run;
  int number = 1;
  std::optional<CivilTime> scheduled_at;   ///< that the run's schedule fired for, in its zone
  std::string name;                        ///< of the task
  Params params;                           ///< canonical text, all of them
  std::vector<std::string> staging_paths;  ///< in the order of TaskInstance::outputs
  Params proxies;                          ///< web_proxies() of the run's environment
};

/// A command that a running script asks for.
struct ScriptCommand {
  uint64_t request = 0;  ///< the script's own number of it, for the answer
  std::vector<std::string> argv;
  std::vector<std::string> extra_environment;
  std::string cwd;  ///< absolute
  StreamSpec in;
  StreamSpec out{StreamSpec::Kind::kLog, {}, {}};
  StreamSpec err{StreamSpec::Kind::kLog, {}, {}};
  std::optional<Duration> timeout;
};

/// Tasks that a running script wants done before it goes on.
struct ScriptAwait {
  uint64_t request = 0;  ///< as of ScriptCommand
  std::vector<TaskRequest> tasks;
};
/// How an awaited task ended.
struct AwaitedTask {
  std::string id;
  TaskState state = TaskState::kDone;  ///< final; kComplete if there was nothing to do
  std::string error;                   ///< of a failure
};
using AwaitResult = std::vector<AwaitedTask>;  ///< in the order of the request

struct ScriptOutcome {
  enum class Kind : uint8_t {
    kSucceeded,
    kSkipped,        ///< `text` says why
    kFailed,         ///< an error: `text` is its message, which begins with the user's line
    kFailedForGood,  ///< fail(): `text` says why
    kStopped,        ///< by stop()
    kLost,           ///< its lane ended
    kNo,             ///< the answer to a question
  };
  Kind kind = Kind::kSucceeded;
  std::string text;
  /// Of an error, lines for after its message: the failing line, the values of its variables, the
  /// user's frames. Empty or begins with a line break.
  std::string details;
  Duration cpu{0};  ///< what the script itself took of its lane's thread, its commands apart
};

/// What a running script says. Owned by the engine; valid until on_ended(), the last call.
class ScriptListener {
 public:
  virtual ~ScriptListener() = default;
  virtual void on_command(ScriptCommand command) = 0;
  virtual void on_await(ScriptAwait await) = 0;
  /// Nobody wants the answer to that request any more: its command is to be stopped. A command's
  /// end is still answered.
  virtual void on_cancel(uint64_t request) = 0;
  /// All that the script does is await, and it has got `answers` answers to its awaits so far.
  virtual void on_paused(uint64_t answers) = 0;
  virtual void on_log(std::string_view level, std::string_view text) = 0;  ///< one or more lines
  virtual void on_emit(const std::string& name, const std::string& json_value) = 0;
  virtual void on_progress(double fraction, const std::string& text) = 0;
  virtual void on_ended(ScriptOutcome outcome) = 0;
};

/// What comes of a plan request. on_end() is the last call. `tasks` holds each identity once over
/// all batches; a task's requirements may come after it.
struct PlanSink {
  std::function<void(std::vector<TaskInstance> tasks)> on_tasks;
  /// The identities of the asked-for tasks, or why there is no plan.
  std::function<void(Result<std::vector<std::string>> roots)> on_end;
};

/// The user's declarations and code, wherever they live. Loop thread only; every callback comes
/// later, never from inside the call.
class ScriptHost {
 public:
  virtual ~ScriptHost() = default;

  /// Reads the project's files and loads them as a generation; the current one if no text differs.
  /// On failure the error holds every diagnostic of every file. The pointer stays valid while the
  /// generation is pinned or current.
  virtual void load(std::function<void(Result<const Generation*>)> done) = 0;

  /// From now on a file that does not load keeps its last good text in force, and the others are
  /// loaded with that: Generation::held_back says what is wrong. `texts` (path → text) are the last
  /// good ones so far. Before the first load().
  virtual void keep_last_good(std::map<std::string, std::string> texts) = 0;
  /// The text of a file that did not load, as it was read last; for an engine that keeps good ones.
  [[nodiscard]] virtual std::optional<std::string> failed_text(const std::string& /*path*/) const {
    return std::nullopt;
  }

  /// Loads texts of before (path → text) as a generation, which does not become the current one;
  /// one that is there already if it has the same texts. The pointer stays valid if it is pinned
  /// inside the callback.
  virtual void restore(std::map<std::string, std::string> texts,
                       std::function<void(Result<const Generation*>)> done) = 0;

  /// Keeps a generation (for a run). One that is neither pinned nor current is ended.
  virtual void pin(GenerationId generation) = 0;
  virtual void unpin(GenerationId generation) = 0;
  /// The text of a source file of a pinned or current generation.
  [[nodiscard]] virtual std::optional<std::string> source(GenerationId generation,
                                                          const std::string& path) const = 0;

  /// Plans: constructs the asked-for task, visits what it needs as far as it is not complete.
  /// Returns a ticket for cancel_plan.
  virtual uint64_t plan(GenerationId generation, PlanRequest request, PlanSink sink) = 0;
  /// Ends a plan request; its sink is not called again.
  virtual void cancel_plan(uint64_t ticket) = 0;

  /// Starts a step of an attempt; one at a time. `listener` outlives it.
  virtual void start(GenerationId generation, ScriptAttempt attempt, ScriptListener* listener) = 0;
  /// Stops what runs for an attempt: <close> variables run, then on_ended(kStopped). A lane that
  /// does not answer within a bound is killed; its other attempts end as kLost.
  virtual void stop(AttemptId attempt) = 0;
  /// Answers a ScriptCommand.
  virtual void command_ended(AttemptId attempt, uint64_t request, Result<CommandResult> result) = 0;
  /// Answers a ScriptAwait.
  virtual void await_ended(AttemptId attempt, uint64_t request, Result<AwaitResult> result) = 0;

  /// Code that people type.
  virtual SessionHost& sessions() = 0;

  /// Ends all processes of the host. Blocks shortly. The last call.
  virtual void close() = 0;
};

}  // namespace moondial
