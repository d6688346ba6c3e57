// A project in a directory of its own, loaded into a ScriptState, and a sink that remembers.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lua/script_state.h"
#include "tests/catch.h"

namespace moondial {

/// A request for one task.
PlanRequest plan_request(const std::string& task, Params params = {}, Force force = Force::kNone);

/// A directory that is gone with its owner.
class ScratchDir {
 public:
  ScratchDir();
  ~ScratchDir();
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  void write(const std::string& relative, const std::string& text) const;
  [[nodiscard]] std::string read(const std::string& relative) const;
  [[nodiscard]] bool exists(const std::string& relative) const;

 private:
  std::string path_;
};

/// Remembers what a script says; answers its commands with `on_run`.
struct RecordingSink : ScriptSink {
  std::vector<TaskInstance> tasks;
  std::vector<ScriptCommand> commands;
  std::vector<ScriptAwait> awaits;
  std::vector<std::pair<uint64_t, Duration>> sleeps;
  std::vector<WebRequest> requests;
  std::vector<uint64_t> cancelled;
  std::vector<uint64_t> asked;  ///< requests of any kind that have not been answered, in order
  std::vector<std::pair<std::string, std::string>> logs;
  std::vector<std::pair<std::string, std::string>> emitted;
  std::vector<std::pair<double, std::string>> progress;
  size_t largest_batch = 0;

  void on_tasks(std::vector<TaskInstance> batch) override;
  void on_command(ScriptCommand command) override;
  void on_await(ScriptAwait await) override;
  void on_sleep(uint64_t request, Duration duration) override;
  void on_http(uint64_t request, WebRequest http) override;
  void on_cancel(uint64_t request) override;
  void on_log(std::string_view level, std::string_view text) override;
  void on_emit(const std::string& name, const std::string& json_value) override;
  void on_progress(double fraction, const std::string& text) override;

  [[nodiscard]] const TaskInstance& task(const std::string& id) const;
  [[nodiscard]] std::vector<std::string> ids() const;
};

class ScriptFixture {
 public:
  /// Files are added with module(), config() and pipeline(), then load() is called.
  void pipeline(const std::string& text, const std::string& path = "pipelines/a.lua");
  void module(const std::string& name, const std::string& text);
  void config(const std::string& text);

  /// The diagnostics as text, one a line.
  std::string load();
  /// load() that must succeed.
  void load_well();

  /// Plans to the end; the result, and what was told is in `sink`.
  Result<std::vector<std::string>> plan(const std::string& task, Params params = {},
                                        Force force = Force::kNone);
  /// The error of a plan that must fail.
  std::string plan_error(const std::string& task, Params params = {});

  /// Runs a step of a task's attempt to the end; commands are answered by `answer`.
  ScriptOutcome run(const std::string& task, Params params = {},
                    std::vector<std::string> staging = {}, ScriptStep step = ScriptStep::kRun,
                    const std::string& error = {});
  /// Declares a task around `body` in a fresh state, and runs it.
  ScriptOutcome run_body(const std::string& body);

  /// Goes on with a job until it has ended.
  void drive(ScriptJob& job);

  ScratchDir dir;
  RecordingSink sink;
  std::unique_ptr<ScriptState> state;
  lua_State* lua = nullptr;  ///< of `state`
  int slice_instructions = 100'000;
  int64_t pure_instructions = ScriptOptions().pure_instructions;
  int slices = 0;
  UtcTime now{std::chrono::sys_days(std::chrono::year(2015) / 9 / 18)};
  std::function<Result<CommandResult>(const ScriptCommand&)> answer;
  std::function<AwaitedTask(const TaskRequest&)> awaited;
  bool answer_last_first = false;  ///< of several requests
  int pauses = 0;                  ///< how often a job did nothing but await

 private:
  Result<ScriptAnswer> answer_to(uint64_t request);

  std::vector<SourceFile> files_;
};

}  // namespace moondial
