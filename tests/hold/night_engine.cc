#include "tests/hold/night_engine.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>

#include "engine/engine.h"
#include "engine/recovery.h"
#include "store/sqlite_store.h"
#include "tests/engine/no_sessions.h"
#include "uv/file_targets.h"
#include "uv/uv_loop.h"
#include "uv/uv_process_runner.h"

namespace moondial {
namespace {

/// Plans what is the same each time; runs no scripts.
class NightHost final : public ScriptHost {
 public:
  NightHost(EventLoop& loop, const NightTasks& night) : loop_(loop), night_(night) {
    generation_.id = GenerationId(1);
  }

  void load(std::function<void(Result<const Generation*>)> done) override {
    loop_.post([this, done = std::move(done)] { done(&generation_); });
  }
  void restore(std::map<std::string, std::string> /*texts*/,
               std::function<void(Result<const Generation*>)> done) override {
    load(std::move(done));
  }
  void keep_last_good(std::map<std::string, std::string> /*texts*/) override {}
  void pin(GenerationId) override {}
  void unpin(GenerationId) override {}
  std::optional<std::string> source(GenerationId, const std::string&) const override { return ""; }
  uint64_t plan(GenerationId, PlanRequest, PlanSink sink) override {
    loop_.post([this, sink = std::move(sink)] {
      std::vector<TaskInstance> tasks(1);
      tasks[0].id = tasks[0].name = "t.all";
      for (int i = 0; i < night_.count; ++i) {
        tasks.push_back(task("t." + std::to_string(i)));
        tasks[0].requires_.push_back(tasks.back().id);
      }
      sink.on_tasks(std::move(tasks));
      sink.on_end(std::vector<std::string>{"t.all"});
    });
    return 1;
  }
  void cancel_plan(uint64_t) override {}
  void start(GenerationId, ScriptAttempt, ScriptListener*) override {}
  void stop(AttemptId) override {}
  void command_ended(AttemptId, uint64_t, Result<CommandResult>) override {}
  void await_ended(AttemptId, uint64_t, Result<AwaitResult>) override {}
  SessionHost& sessions() override { return sessions_; }
  void close() override {}

 private:
  TaskInstance task(const std::string& name) const {
    TaskInstance task;
    task.id = task.name = name;
    task.outputs = {night_.dir + "/out/" + name};
    task.complete = std::filesystem::exists(task.outputs[0]);
    task.work = WorkKind::kCommand;
    task.uses = {{"cpu", 1}};
    task.cwd = night_.dir;
    const std::string script = R"(
        exec 9> "lock.$1"
        flock -n 9 || { echo overlap >> "trace/$1"; exit 1; }
        echo start >> "trace/$1"
        for ((i = 1; i <= $2; ++i)); do echo "$i"; sleep "$3"; done
        sleep 100 & setsid sleep 100 > /dev/null 2>&1 &
        echo "whole $1" > "$4"
        echo end >> "trace/$1")";
    for (const std::string& word :
         {std::string("bash"), std::string("-c"), script, std::string("bash"), name,
          std::to_string(night_.lines), night_.pause}) {
      task.argv.push_back({CommandPiece{CommandPiece::Kind::kLiteral, word, 0}});
    }
    task.argv.push_back({CommandPiece{CommandPiece::Kind::kOutput, "", 0}});
    return task;
  }

  EventLoop& loop_;
  const NightTasks night_;
  Generation generation_;
  NoSessions sessions_;
};

/// What the run of an engine needs to be told.
int play(const NightTasks& night) {
  UvLoop loop;
  const std::string state = night.dir + "/.moondial";
  auto store = SqliteStore::open(loop, state + "/moondial.db");
  if (!store.ok()) return 2;
  UvProcessRunner runner(loop, state);
  FileTargets targets;
  RecoveryOptions recovery;
  recovery.state_dir = state;
  recovery.engine_died = recovery.hold = true;
  auto recovered = recover(**store, targets, runner, loop, recovery);
  if (!recovered.ok()) {
    std::fprintf(stderr, "recovery: %s\n", recovered.error().message.c_str());
    return 2;
  }
  NightHost host(loop, night);
  EngineOptions options;
  options.state_dir = state;
  options.default_jobs = 4;
  options.memory_bytes = 1 << 30;
  options.hold = true;
  options.held = std::move(recovered->held);
  Engine engine({loop, **store, runner, host, targets}, options);
  RunState state_at_end = RunState::kRunning;
  RunRequest request;
  request.plan.tasks = {{"t.all", {}, ""}};
  request.environment = {"PATH=/usr/bin:/bin"};
  engine.client_came();
  engine.on_idle([&] { loop.stop(); });
  engine.run(std::move(request), [&](const Result<RunId>& run) {
    if (!run.ok() || !engine.end_unadopted().ok() ||
        !engine
             .subscribe(*run,
                        [&](const RunEvent& event) {
                          const auto* ended = std::get_if<RunEvent::Ended>(&event.what);
                          if (ended == nullptr) return;
                          state_at_end = ended->state;
                          if (!engine.end_unadopted().ok()) state_at_end = RunState::kLost;
                          loop.post([&] { engine.client_went(); });
                        })
             .ok()) {
      loop.stop();
    }
  });
  loop.run();
  (*store)->close();
  return state_at_end == RunState::kDone ? 0 : 1;
}

}  // namespace

void be_engine(const NightTasks& night) {
  const int status = play(night);
  std::fflush(nullptr);
  ::_exit(status);
}

}  // namespace moondial
