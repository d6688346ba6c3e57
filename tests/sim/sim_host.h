#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/event_loop.h"
#include "engine/script_host.h"
#include "tests/engine/no_sessions.h"
#include "tests/sim/context.h"

namespace moondial::sim {

class Watcher;

/// The user's files and scripts as one engine process has them loaded. Questions are answered, and
/// scripts go on, whenever the driver says.
class SimHost final : public ScriptHost {
 public:
  SimHost(Context& context, EventLoop& loop, Watcher& watcher)
      : context_(context), loop_(loop), watcher_(watcher) {}

  void load(std::function<void(Result<const Generation*>)> done) override;
  void keep_last_good(std::map<std::string, std::string> /*texts*/) override {}
  void restore(std::map<std::string, std::string> texts,
               std::function<void(Result<const Generation*>)> done) override;
  void pin(GenerationId generation) override;
  void unpin(GenerationId generation) override;
  std::optional<std::string> source(GenerationId generation,
                                    const std::string& path) const override;
  uint64_t plan(GenerationId generation, PlanRequest request, PlanSink sink) override;
  void cancel_plan(uint64_t ticket) override;
  void start(GenerationId generation, ScriptAttempt attempt, ScriptListener* listener) override;
  void stop(AttemptId attempt) override;
  void command_ended(AttemptId attempt, uint64_t request, Result<CommandResult> result) override;
  void await_ended(AttemptId attempt, uint64_t request, Result<AwaitResult> result) override;
  SessionHost& sessions() override { return sessions_; }
  void close() override {}

  // What the driver can do.
  [[nodiscard]] size_t questions() const { return questions_.size(); }
  /// One of them: is looked into, or, if that is done, answered.
  void answer(size_t which);
  /// The attempts whose scripts can go on by themselves.
  [[nodiscard]] std::vector<AttemptId> can_act() const;
  void act(AttemptId attempt);
  [[nodiscard]] int pins() const;

 private:
  NoSessions sessions_;
  struct Loaded {
    Generation info;
    uint64_t version = 0;
    int pins = 0;
  };
  struct Question {
    uint64_t ticket = 0;
    std::function<void(Result<const Generation*>)> loaded;  // of load()
    GenerationId generation;                                // of plan(), like what follows
    PlanRequest request;
    PlanSink sink;
    bool is_looked_into = false;
    bool is_lost = false;
    std::vector<TaskInstance> tasks;
    std::vector<std::string> roots;
  };
  /// One of the functions that a script runs beside one another.
  struct Branch {
    enum class Does : uint8_t { kComputes, kCommands, kAwaits, kIsOver };
    Does does = Does::kComputes;
    uint64_t request = 0;
    uint64_t calls_left = 0;
  };
  /// What comes to a script from the engine, and is on its way.
  struct Answer {
    uint64_t request = 0;
    bool is_await = false;
    bool failed = false;
  };
  struct Script {
    ScriptAttempt attempt;
    ScriptListener* listener = nullptr;
    uint64_t version = 0;
    std::vector<Branch> branches;
    std::deque<Answer> inbox;
    uint64_t last_request = 0;
    uint64_t await_answers = 0;
    bool is_told_to_stop = false;
    bool has_said_paused = false;
    bool has_failed = false;
  };

  // Planning (sim_plan.cc).
  void look_into(Question& question);
  void answer_load(const Question& question);
  void collect();

  // Scripts (sim_script.cc).
  [[nodiscard]] bool can_act(const Script& script) const;
  void take_answer(Script& script);
  void go_on(Script& script);
  void call(Script& script, Branch& branch);
  void fail_branches(Script& script);
  void finish(Script& script);
  void end(Script& script, ScriptOutcome outcome);
  [[nodiscard]] ScriptOutcome outcome_of_run(const Script& script);
  [[nodiscard]] ScriptOutcome outcome_of_step(const Script& script);
  [[nodiscard]] const Declared& declared(const Script& script) const;

  Context& context_;
  EventLoop& loop_;
  Watcher& watcher_;
  std::map<GenerationId, Loaded> generations_;
  GenerationId current_;
  uint64_t last_generation_ = 0;
  std::vector<Question> questions_;
  uint64_t last_ticket_ = 0;
  std::map<AttemptId, Script> scripts_;
};

/// What the declarations answer for a request as disk and record are now: the tasks and the roots.
[[nodiscard]] std::pair<std::vector<TaskInstance>, std::vector<std::string>> plan_now(
    const Machine& machine, const Graph& graph, const PlanRequest& request);

}  // namespace moondial::sim
