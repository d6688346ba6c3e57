// A project of one file, loaded once, for targets that go through Lua.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "lua/script_state.h"
#include "tests/fuzz/fuzz.h"

namespace moondial::fuzz {

/// Says nothing; a script that asks for something stays without an answer.
class DeafSink final : public ScriptSink {
 public:
  void on_tasks(std::vector<TaskInstance> batch) override {
    for (TaskInstance& task : batch) tasks.push_back(std::move(task));
  }
  void on_command(ScriptCommand) override {}
  void on_await(ScriptAwait) override {}
  void on_sleep(uint64_t, Duration) override {}
  void on_http(uint64_t, WebRequest) override {}
  void on_cancel(uint64_t) override {}
  void on_log(std::string_view, std::string_view) override {}
  void on_emit(const std::string&, const std::string&) override {}
  void on_progress(double, const std::string&) override {}

  std::vector<TaskInstance> tasks;
};

/// A state with `text` as its only pipeline file.
inline std::unique_ptr<ScriptState> load_script(const std::string& text,
                                                std::vector<Diagnostic>* errors,
                                                int64_t load_instructions = 0) {
  ScriptOptions options;
  options.root = "/nonexistent/project";
  if (load_instructions > 0) options.load_instructions = load_instructions;
  options.utc = [] { return UtcTime(std::chrono::sys_days(std::chrono::year(2015) / 9 / 18)); };
  auto state = make_script_state(std::move(options));
  *errors = state->load({{SourceFile::Kind::kPipeline, "pipelines/a.lua", "", text}});
  return state;
}

/// Goes on with a job until it ends, waits, or has used up `slices`.
inline void drive(ScriptJob& job, int slices) {
  while (slices-- > 0 && job.resume() == ScriptJob::Step::kSliced) {
  }
}

/// A project without errors, which lives as long as the process.
inline ScriptState& kept_script(const std::string& text) {
  std::vector<Diagnostic> errors;
  auto state = load_script(text, &errors);
  for (const Diagnostic& error : errors) expect_same(error.text(), "", "the target's file loads");
  return *state.release();
}

}  // namespace moondial::fuzz
