#include "tests/lua_host/fake_state.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>

namespace moondial {
namespace {

constexpr int kBatch = 500;
using Kind = ScriptOutcome::Kind;

std::string text_of(const Params& params, const std::string& name) {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  return "";
}

[[noreturn]] void hang() {
  while (true) ::pause();
}

[[noreturn]] void crash() {
  ::signal(SIGSEGV, SIG_DFL);
  ::raise(SIGSEGV);
  std::abort();
}

class FakeJob final : public ScriptJob {
 public:
  FakeJob(std::string name, Params params, ScriptSink* sink)
      : name_(std::move(name)), params_(std::move(params)), sink_(sink) {}

  Step resume() override {
    ++slices_;
    ++fake_slices;
    if (name_ == "loop") return Step::kSliced;
    if (name_ == "stuck") return Step::kSliced;
    if (name_ == "hang") {
      sink_->on_log("info", "hanging");
      hang();
    }
    if (name_ == "crash") crash();
    if (name_ == "exit") ::_exit(3);
    if (name_ == "slices") return slices_ < number() ? Step::kSliced : end(Kind::kSucceeded);
    if (name_ == "fail") return end(Kind::kFailed);
    if (name_ == "fail_for_good") return end(Kind::kFailedForGood);
    if (name_ == "skip") return end(Kind::kSkipped);
    if (name_ == "talk") return talk();
    if (name_ == "flood") return flood();
    if (name_ == "command") return command();
    if (name_ == "huge") return huge();
    if (name_ == "many") return many();
    if (name_ == "error") return error();
    return end(Kind::kSucceeded);
  }
  void answer(uint64_t request, Result<ScriptAnswer> result) override {
    answer_ = std::to_string(request) + ": ";
    if (!result.ok()) {
      answer_ += result.error().message;
    } else if (const auto* command = std::get_if<CommandResult>(&*result)) {
      answer_ += command->out;
    } else if (const auto* awaited = std::get_if<AwaitResult>(&*result)) {
      for (const AwaitedTask& task : *awaited) answer_ += task.id + " " + task.error;
    } else {
      answer_ += "slept";
    }
  }
  [[nodiscard]] bool only_awaits() const override { return name_ == "await"; }
  void stop() override {
    if (name_ == "stuck") hang();
    sink_->on_log("info", "closed");
  }
  [[nodiscard]] const ScriptOutcome& outcome() const override { return outcome_; }
  [[nodiscard]] Result<std::vector<std::string>> plan_result() const override {
    return plan_result_;
  }

 private:
  [[nodiscard]] int number() const { return std::atoi(text_of(params_, "n").c_str()); }

  Step end(Kind kind) {
    outcome_ = {kind, text_of(params_, "text"), ""};
    return Step::kEnded;
  }
  Step talk() {
    sink_->on_log("warn", text_of(params_, "text"));
    sink_->on_emit("rows", "120");
    sink_->on_progress(0.5, "half");
    return end(Kind::kSucceeded);
  }
  Step flood() {
    for (int i = 0; i < 64; ++i) sink_->on_log("print", std::string(16 << 10, 'x'));
    return slices_ < number() ? Step::kSliced : end(Kind::kSucceeded);
  }
  Step command() {
    if (answer_.empty()) {
      ScriptCommand command;
      command.request = 7;
      command.argv = {"echo", text_of(params_, "text")};
      command.out.kind = StreamSpec::Kind::kCapture;
      sink_->on_command(std::move(command));
      return Step::kWaiting;
    }
    sink_->on_log("print", answer_);
    return end(Kind::kSucceeded);
  }
  Step huge() {
    ScriptCommand command;
    command.argv = {"echo", std::string(size_t{65} << 20, 'x')};
    sink_->on_command(std::move(command));
    return Step::kWaiting;
  }
  Step many() {
    const int n = number();
    std::vector<TaskInstance> batch;
    for (int i = 0; i < kBatch && made_ < n; ++i) batch.push_back(fake_instance(made_++, n));
    sink_->on_tasks(std::move(batch));
    if (made_ < n) return Step::kSliced;
    plan_result_ = std::vector<std::string>{fake_instance(0, n).id};
    return end(Kind::kSucceeded);
  }
  Step error() {
    plan_result_ = Error{Code::kInvalid, "no such task", {{"pipelines/a.lua", 3, "no", "yes"}}};
    return end(Kind::kFailed);
  }

  const std::string name_;
  const Params params_;
  ScriptSink* const sink_;
  int slices_ = 0;
  int made_ = 0;
  std::string answer_;
  ScriptOutcome outcome_;
  Result<std::vector<std::string>> plan_result_ = std::vector<std::string>{"root"};
};

class FakeState final : public ScriptState {
 public:
  explicit FakeState(const ScriptOptions& options) {
    declarations_.config.timezone = options.root;  // so that tests see what was handed on
    declarations_.pools["slice"] = options.slice_instructions;
  }

  std::vector<Diagnostic> load(const std::vector<SourceFile>& files) override {
    std::vector<Diagnostic> diagnostics;
    for (const SourceFile& file : files) {
      if (file.text == "hang") hang();
      if (file.text == "crash") crash();
      if (file.text.starts_with("error ")) {
        diagnostics.push_back({file.path, 1, file.text.substr(6), ""});
      }
      if (file.text.starts_with("task ")) {
        TaskInfo info;
        info.name = file.text.substr(5);
        info.file = file.path;
        declarations_.tasks.push_back(std::move(info));
      }
    }
    return diagnostics;
  }
  [[nodiscard]] const Declarations& declarations() const override { return declarations_; }
  std::unique_ptr<ScriptJob> plan(PlanRequest request, ScriptSink* sink) override {
    return std::make_unique<FakeJob>(request.tasks.at(0).task, request.tasks.at(0).params, sink);
  }
  std::unique_ptr<ScriptJob> run(ScriptAttempt attempt, ScriptSink* sink) override {
    if (attempt.step == ScriptStep::kCheck) sink->on_log("info", "check");
    return std::make_unique<FakeJob>(attempt.name, attempt.params, sink);
  }

  std::unique_ptr<ScriptJob> evaluate(SessionInput input, ScriptSink* sink) override {
    return std::make_unique<FakeJob>(input.text, Params(), sink);
  }
  void bound_memory(int64_t /*bytes*/) override {}

 private:
  Declarations declarations_;
};

}  // namespace

int fake_slices = 0;

std::unique_ptr<ScriptState> make_fake_state(ScriptOptions options) {
  return std::make_unique<FakeState>(options);
}

TaskInstance fake_instance(int i, int n) {
  const auto id = [](int number) {
    return "sem.FetchCost(date=2015-09-18,engine=engine-" + std::to_string(number) + ")";
  };
  TaskInstance task;
  task.id = id(i);
  task.name = "sem.FetchCost";
  task.params = {{"date", "2015-09-18"}, {"engine", "engine-" + std::to_string(i)}};
  if (i + 1 < n) task.requires_ = {id(i + 1)};
  task.outputs = {"/project/data/raw/engine-" + std::to_string(i) + "/2015-09-18.csv"};
  task.why = "output data/raw/engine-" + std::to_string(i) + "/2015-09-18.csv is missing";
  task.work = WorkKind::kCommand;
  task.secrets = {"hunter2"};
  task.argv = {
      {{CommandPiece::Kind::kLiteral, "curl", 0}},
      {{CommandPiece::Kind::kLiteral, "--output=", 0}, {CommandPiece::Kind::kOutput, "", 0}}};
  task.cwd = "/project";
  task.priority = 10;
  task.uses = {{"cpu", 1}, {"sem-api", 1}};
  task.retry.times = 3;
  task.timeout = std::chrono::minutes(20);
  task.file = "pipelines/sem/cost.lua";
  task.line = 12;
  return task;
}

}  // namespace moondial
