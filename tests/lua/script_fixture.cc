#include "tests/lua/script_fixture.h"

#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "tests/lua/collect.h"

namespace moondial {

ScratchDir::ScratchDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "moondial-lua-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = pattern;
}

ScratchDir::~ScratchDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void ScratchDir::write(const std::string& relative, const std::string& text) const {
  const std::filesystem::path path = std::filesystem::path(path_) / relative;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string ScratchDir::read(const std::string& relative) const {
  std::ifstream file(std::filesystem::path(path_) / relative, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool ScratchDir::exists(const std::string& relative) const {
  return std::filesystem::exists(std::filesystem::path(path_) / relative);
}

void RecordingSink::on_tasks(std::vector<TaskInstance> batch) {
  largest_batch = std::max(largest_batch, batch.size());
  for (TaskInstance& task : batch) tasks.push_back(std::move(task));
}

void RecordingSink::on_command(ScriptCommand command) {
  asked.push_back(command.request);
  commands.push_back(std::move(command));
}

void RecordingSink::on_await(ScriptAwait await) {
  asked.push_back(await.request);
  awaits.push_back(std::move(await));
}

void RecordingSink::on_sleep(uint64_t request, Duration duration) {
  asked.push_back(request);
  sleeps.emplace_back(request, duration);
}

void RecordingSink::on_http(uint64_t request, WebRequest http) {
  asked.push_back(request);
  requests.push_back(std::move(http));
}

void RecordingSink::on_cancel(uint64_t request) {
  cancelled.push_back(request);
  // A command still ends; time and tasks are not heard of again.
  const auto is_it = [request](const ScriptCommand& command) { return command.request == request; };
  if (std::ranges::none_of(commands, is_it)) std::erase(asked, request);
}

void RecordingSink::on_log(std::string_view level, std::string_view text) {
  logs.emplace_back(level, text);
}

void RecordingSink::on_emit(const std::string& name, const std::string& json_value) {
  emitted.emplace_back(name, json_value);
}

void RecordingSink::on_progress(double fraction, const std::string& text) {
  progress.emplace_back(fraction, text);
}

const TaskInstance& RecordingSink::task(const std::string& id) const {
  for (const TaskInstance& task : tasks) {
    if (task.id == id) return task;
  }
  throw std::runtime_error("no task " + id + " in the plan");
}

std::vector<std::string> RecordingSink::ids() const {
  std::vector<std::string> ids;
  for (const TaskInstance& task : tasks) ids.push_back(task.id);
  return ids;
}

void ScriptFixture::pipeline(const std::string& text, const std::string& path) {
  files_.push_back({SourceFile::Kind::kPipeline, path, "", text});
}

void ScriptFixture::module(const std::string& name, const std::string& text) {
  std::string path = name;
  for (char& c : path) c = c == '.' ? '/' : c;
  files_.push_back({SourceFile::Kind::kModule, "lib/" + path + ".lua", name, text});
}

void ScriptFixture::config(const std::string& text) {
  files_.push_back({SourceFile::Kind::kConfig, "moondial.lua", "", text});
}

std::string ScriptFixture::load() {
  ScriptOptions options;
  options.root = dir.path();
  options.slice_instructions = slice_instructions;
  options.pure_instructions = pure_instructions;
  if (gc_mode() != GcMode::kUsual) options.load_instructions = 1'000'000;
  options.prepare = [this](lua_State* L) {
    lua = L;
    collect_as_told(L);
  };
  options.utc = [this] { return now; };
  state = make_script_state(std::move(options));
  std::string text;
  for (const Diagnostic& diagnostic : state->load(files_)) {
    text += (text.empty() ? "" : "\n") + diagnostic.text();
  }
  return text;
}

void ScriptFixture::load_well() { REQUIRE(load() == ""); }

void ScriptFixture::drive(ScriptJob& job) {
  for (;;) {
    const ScriptJob::Step step = job.resume();
    if (gc_mode() != GcMode::kUsual) lua_gc(lua, LUA_GCCOLLECT);
    if (step == ScriptJob::Step::kEnded) return;
    if (step == ScriptJob::Step::kSliced) {
      ++slices;
      continue;
    }
    if (job.only_awaits()) ++pauses;
    REQUIRE_FALSE(sink.asked.empty());
    const uint64_t request = answer_last_first ? sink.asked.back() : sink.asked.front();
    std::erase(sink.asked, request);
    job.answer(request, answer_to(request));
  }
}

Result<ScriptAnswer> ScriptFixture::answer_to(uint64_t request) {
  for (const ScriptCommand& command : sink.commands) {
    if (command.request != request) continue;
    auto result = answer ? answer(command) : CommandResult{};
    if (!result.ok()) return result.error();
    return ScriptAnswer(std::move(result).value());
  }
  for (const ScriptAwait& await : sink.awaits) {
    if (await.request != request) continue;
    AwaitResult ended;
    for (const TaskRequest& task : await.tasks) {
      ended.push_back(awaited ? awaited(task) : AwaitedTask{task.task, TaskState::kDone, ""});
    }
    return ScriptAnswer(std::move(ended));
  }
  return ScriptAnswer();
}

PlanRequest plan_request(const std::string& task, Params params, Force force) {
  PlanRequest request;
  request.tasks.push_back({task, std::move(params), "", false});
  request.force = force;
  return request;
}

Result<std::vector<std::string>> ScriptFixture::plan(const std::string& task, Params params,
                                                     Force force) {
  sink = {};
  const auto job = state->plan(plan_request(task, std::move(params), force), &sink);
  drive(*job);
  return job->plan_result();
}

std::string ScriptFixture::plan_error(const std::string& task, Params params) {
  const auto result = plan(task, std::move(params));
  REQUIRE_FALSE(result.ok());
  std::string text;
  for (const Diagnostic& diagnostic : result.error().diagnostics) {
    text += (text.empty() ? "" : "\n") + diagnostic.text();
  }
  return text;
}

ScriptOutcome ScriptFixture::run(const std::string& task, Params params,
                                 std::vector<std::string> staging, ScriptStep step,
                                 const std::string& error) {
  sink = {};
  ScriptAttempt attempt;
  attempt.step = step;
  attempt.error = error;
  attempt.attempt = AttemptId(7);
  attempt.run = RunId(3);
  attempt.number = 2;
  attempt.name = task;
  attempt.params = std::move(params);
  for (const std::string& path : staging) attempt.staging_paths.push_back(dir.path() + "/" + path);
  const auto job = state->run(attempt, &sink);
  drive(*job);
  return job->outcome();
}

ScriptOutcome ScriptFixture::run_body(const std::string& body) {
  files_.clear();
  pipeline("task \"T\" { run = function(t)\n" + body + "\nend }");
  load_well();
  return run("T");
}

}  // namespace moondial
