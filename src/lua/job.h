#pragma once

#include <lua.hpp>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "lua/script_state.h"
#include "lua/state.h"

namespace moondial::script {

/// A coroutine of user code, and how it is suspended.
///
/// Three things suspend it: its slice is used up (a count hook yields), it asked for a command, or
/// it ended itself by fail or skip. Each yields with no values, with `suspended` set, from whatever
/// coroutine of the user's it happens in; our coroutine.resume and wrap see the flag and yield in
/// turn, so that the user's own coroutines never notice. What comes back from a suspension is
/// fetched from the job, never passed through resume.
class Job : public ScriptJob {
 public:
  Job(State& state, ScriptSink* sink, Phase phase);
  ~Job() override;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  Step resume() override;
  void answer(uint64_t request, Result<CommandResult> result) override;
  void stop() override;
  [[nodiscard]] const ScriptOutcome& outcome() const override { return outcome_; }
  [[nodiscard]] Result<std::vector<std::string>> plan_result() const override;

  // --- for the functions bound to Lua, while the job runs ---

  [[nodiscard]] ScriptSink& sink() { return *sink_; }
  [[nodiscard]] Phase phase() const { return phase_; }
  /// Whether a suspension can pass from L to the job.
  [[nodiscard]] bool can_suspend(lua_State* L) const;
  /// Marks what follows as a suspension: yield L with no values right after.
  void suspend() { suspended_ = true; }
  [[nodiscard]] bool suspended() const { return suspended_; }
  [[nodiscard]] bool is_outermost(const lua_State* L) const { return L == thread_; }
  /// The slice is used up: suspend when there is an occasion.
  [[nodiscard]] bool slice_is_over() const { return budget_ <= 0; }
  void spend(int instructions) { budget_ -= instructions; }

  /// Hands a command over; its answer is taken with take_answer() after the suspension.
  void ask(ScriptCommand command);
  [[nodiscard]] Result<CommandResult> take_answer();

  /// fail and skip: the job ends so at the next suspension, whatever happens until then.
  void end_as(ScriptOutcome outcome) { final_ = std::move(outcome); }

  [[nodiscard]] std::mt19937_64& random();

  /// For coroutine.resume: the chain of the user's coroutines that a suspension passes through.
  class Nesting {
   public:
    Nesting(Job& job, lua_State* resumer);
    ~Nesting() { job_.chain_can_suspend_ = before_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Job& job_;
    bool before_;
  };
  void passed_through(lua_State* coroutine) { suspended_chain_.push_back(coroutine); }

  /// The instance that a run or check works with: a registry reference, or LUA_NOREF.
  [[nodiscard]] int working_instance() const { return working_instance_; }

 protected:
  /// Pushes what the coroutine runs, function and arguments, onto `thread`; returns how many
  /// arguments. May throw ScriptError; runs protected.
  virtual int prepare(lua_State* thread) = 0;
  /// The seed of math.random.
  [[nodiscard]] virtual std::string seed() const { return {}; }
  /// The coroutine ended well, or with an error whose value is on top of `thread`.
  virtual void on_returned(lua_State* thread) = 0;
  virtual void on_raised(lua_State* thread);

  void set_outcome(ScriptOutcome::Kind kind, std::string text = {});

  State& state_;
  lua_State* thread_ = nullptr;
  int working_instance_ = LUA_NOREF;

 private:
  static void on_count(lua_State* L, lua_Debug* frame);
  static int prepare_in_lua(lua_State* L);
  [[nodiscard]] bool start();
  void close();

  ScriptSink* sink_;
  Phase phase_;
  int thread_reference_ = LUA_NOREF;
  int arguments_ = 0;
  bool started_ = false;
  bool ended_ = false;
  bool closing_ = false;
  bool suspended_ = false;
  bool chain_can_suspend_ = true;
  int64_t budget_ = 0;
  uint64_t last_request_ = 0;
  bool waiting_ = false;
  std::optional<Result<CommandResult>> answer_;
  std::optional<ScriptOutcome> final_;
  std::vector<lua_State*> suspended_chain_;  ///< innermost first; valid while suspended
  std::optional<std::mt19937_64> random_;
  ScriptOutcome outcome_;
};

/// The error on top of the stack of a coroutine that raised it, for people: message, the failing
/// line, the user's frames.
[[nodiscard]] std::string failure_text(State& state, lua_State* thread);

/// The error on top of the stack as a text headed by the user's place.
[[nodiscard]] std::string error_message(State& state, lua_State* thread);

/// Moves "did you mean 'x'?" from the end of the message to the hint.
void split_hint(Diagnostic* diagnostic);

/// Splits "file:line: message" where file is one of the user's.
[[nodiscard]] Diagnostic to_diagnostic(const State& state, const std::string& message);

/// coroutine.*, math.random and the calls that suspend: a table of functions.
void open_coroutines(lua_State* L);
void open_work(lua_State* L);

[[nodiscard]] std::unique_ptr<ScriptJob> make_plan_job(State& state, PlanRequest request,
                                                       ScriptSink* sink);
[[nodiscard]] std::unique_ptr<ScriptJob> make_work_job(State& state, ScriptAttempt attempt,
                                                       ScriptSink* sink, bool is_check);

}  // namespace moondial::script
