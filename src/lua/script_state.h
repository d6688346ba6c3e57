#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"
#include "engine/script_host.h"
#include "engine/task_records.h"
#include "lua/http_transfers.h"

struct lua_State;

namespace moondial {

/// One of the user's files, as it was read.
struct SourceFile {
  enum class Kind : uint8_t { kConfig, kPipeline, kModule };
  Kind kind = Kind::kPipeline;
  std::string path;    ///< relative to the root
  std::string module;  ///< of kModule: the name for require ("flights.format")
  std::string text;
};

/// What a script says while it runs. Called from inside ScriptJob::resume().
class ScriptSink {
 public:
  virtual ~ScriptSink() = default;
  virtual void on_tasks(std::vector<TaskInstance> tasks) = 0;  ///< of a plan; batches of ≤ 500
  virtual void on_command(ScriptCommand command) = 0;
  virtual void on_await(ScriptAwait await) = 0;
  /// To be answered when that much time has passed.
  virtual void on_sleep(uint64_t request, Duration duration) = 0;
  virtual void on_http(uint64_t request, WebRequest http) = 0;
  virtual void on_question(SessionQuestion /*question*/) {}  ///< of a session's input only
  /// The answer to the request is not wanted any more. That of a command still is, once it ended.
  virtual void on_cancel(uint64_t request) = 0;
  virtual void on_log(std::string_view level, std::string_view text) = 0;
  virtual void on_emit(const std::string& name, const std::string& json_value) = 0;
  virtual void on_progress(double fraction, const std::string& text) = 0;
};

/// What a script was waiting for: a command, awaited tasks, a server, who typed it, or only time.
using ScriptAnswer =
    std::variant<std::monostate, CommandResult, AwaitResult, WebResponse, SessionAnswer>;

/// One piece of user code in execution: a plan, a step of an attempt, or what somebody typed. Its
/// state must outlive it.
class ScriptJob {
 public:
  enum class Step : uint8_t {
    kSliced,   ///< computed long enough; wants to go on
    kWaiting,  ///< until answer() was called for one of its requests
    kEnded,    ///< outcome() is known
  };
  virtual ~ScriptJob() = default;
  /// Goes on for at most about `slice_instructions` VM instructions.
  virtual Step resume() = 0;
  /// The answer to a request; after it, resume() may be called.
  virtual void answer(uint64_t request, Result<ScriptAnswer> result) = 0;
  /// After kWaiting: whether all that it waits for are awaited tasks.
  [[nodiscard]] virtual bool only_awaits() const = 0;
  /// Closes the coroutine: pending <close> variables run (bounded), nothing else of it does.
  virtual void stop() = 0;
  [[nodiscard]] virtual const ScriptOutcome& outcome() const = 0;
  /// Of a plan that ended: the roots' identities, or the error with its diagnostics.
  [[nodiscard]] virtual Result<std::vector<std::string>> plan_result() const = 0;
  /// Of a session's input that ended.
  [[nodiscard]] virtual SessionResult session_result() const { return {}; }
};

struct ScriptOptions {
  std::string root;  ///< absolute path of the project
  int slice_instructions = 100'000;
  int64_t load_instructions = 300'000'000;  ///< that one file may compute while it loads: seconds
  /// That a function may compute at a time which is asked while tasks are planned: seconds as well.
  int64_t pure_instructions = 300'000'000;
  /// Called with the state's lua_State when it is new and empty; none: nothing is changed in it.
  std::function<void(lua_State*)> prepare;
  /// Opens what the record knows of tasks, for this process alone; none: nothing is known.
  std::function<std::unique_ptr<TaskRecords>()> open_records;
  /// The wall clock for today() and seeds.
  std::function<UtcTime()> utc;
};

/// One Lua state with the DSL and the user's files in it. One thread. After load() it may be
/// forked with its process.
class ScriptState {
 public:
  virtual ~ScriptState() = default;

  /// Runs the configuration, then every pipeline file, in the order of their paths, then resolves
  /// and checks what they declared. All errors are reported together, each with file:line, the
  /// thing and the nearest valid name. Call once. A file that computes without end is an error
  /// that names its line (bounded by instructions).
  [[nodiscard]] virtual std::vector<Diagnostic> load(const std::vector<SourceFile>& files) = 0;
  [[nodiscard]] virtual const Declarations& declarations() const = 0;

  /// `sink` outlives the job. Errors in the request are told by the job's outcome.
  [[nodiscard]] virtual std::unique_ptr<ScriptJob> plan(PlanRequest request, ScriptSink* sink) = 0;
  /// The step of an attempt that it names.
  [[nodiscard]] virtual std::unique_ptr<ScriptJob> run(ScriptAttempt attempt, ScriptSink* sink) = 0;

  /// What somebody has typed, in the one session that this state can have.
  [[nodiscard]] virtual std::unique_ptr<ScriptJob> evaluate(SessionInput input,
                                                            ScriptSink* sink) = 0;
  /// From now on Lua gets so much more memory, and then "not enough memory". Once.
  virtual void bound_memory(int64_t bytes) = 0;
};

[[nodiscard]] std::unique_ptr<ScriptState> make_script_state(ScriptOptions options);

}  // namespace moondial
