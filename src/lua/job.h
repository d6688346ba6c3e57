#pragma once

#include <deque>
#include <lua.hpp>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/secret_masker.h"
#include "lua/branch.h"
#include "lua/script_state.h"
#include "lua/state.h"

namespace moondial::script {

/// Coroutines of user code, and how they are suspended.
///
/// A job has one branch, and more while `all` runs functions beside each other. Three things
/// suspend a branch: the job's slice is used up (a count hook yields), it asked for something (a
/// command, a task, time, branches of its own), or it ended the job by fail or skip. Each yields
/// with no values, with `suspended` set, from whatever coroutine of the user's it happens in; our
/// coroutine.resume and wrap see the flag and yield in turn, so that the user's own coroutines
/// never notice. What comes back from a suspension is fetched from the job, never passed through
/// resume.
///
/// When a branch of `all` raises, the others are cancelled: one that waits for a command is closed
/// when the command has ended, any other at once. Then the error is raised where `all` was called.
class Job : public ScriptJob {
 public:
  Job(State& state, ScriptSink* sink, Phase phase);
  ~Job() override;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  Step resume() override;
  void answer(uint64_t request, Result<ScriptAnswer> result) override;
  void stop() override;
  [[nodiscard]] bool only_awaits() const override;
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
  /// Whether a branch of it runs now, so that there is something to suspend.
  [[nodiscard]] bool runs() const { return current_ != nullptr; }
  [[nodiscard]] bool is_outermost(const lua_State* L) const {
    return current_ != nullptr && L == current_->thread;
  }
  /// The slice is used up: suspend when there is an occasion.
  [[nodiscard]] bool slice_is_over() const { return budget_ <= 0; }
  void spend(int instructions) { budget_ -= instructions; }

  /// What the environment of its run says of proxies.
  [[nodiscard]] virtual Params proxies() const { return {}; }

  /// Told of what it prints; true: it is to wait until that has been taken.
  [[nodiscard]] virtual bool printed(size_t /*bytes*/) { return false; }

  /// Whether tasks may be awaited: in `run` only.
  [[nodiscard]] virtual bool may_await() const { return false; }

  // Each hands a request over; its answer is taken with take_answer() after the suspension.
  void ask(ScriptCommand command);
  void ask(ScriptAwait await);
  void ask(Duration sleep);
  void ask(WebRequest http);
  void ask(SessionQuestion question);
  [[nodiscard]] Result<ScriptAnswer> take_answer();

  /// Starts a branch for each function of the list on top of the stack, which is not empty.
  void start_branches(lua_State* L);
  /// After the suspension: pushes the list of their results and returns true, or the error that
  /// one of them raised.
  [[nodiscard]] bool take_branches(lua_State* L);

  /// fail and skip: the job ends so at the next suspension, whatever happens until then.
  void end_as(ScriptOutcome outcome) { final_ = std::move(outcome); }

  [[nodiscard]] std::mt19937_64& random();

  /// For coroutine.resume: the chain of the user's coroutines that a suspension passes through.
  class Nesting {
   public:
    Nesting(Job& job, lua_State* resumer);
    ~Nesting() { branch_.can_suspend = before_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Branch& branch_;
    bool before_;
  };
  void passed_through(lua_State* coroutine) { current_->suspended_in.push_back(coroutine); }

  /// What must not be said aloud: all of it is masked in what the job says, and in errors.
  [[nodiscard]] const SecretMasker& secrets() const { return secrets_; }
  void add_secret(std::string_view secret) { secrets_.add(secret); }
  /// Of these, what nobody may put where it is recorded or seen by others: all but what an identity
  /// shows anyway.
  [[nodiscard]] const SecretMasker& guarded_secrets() const { return guarded_; }
  void guard_secret(std::string_view secret) { guarded_.add(secret); }

  /// Whether progress() says something else than before, which is worth a line of the log.
  [[nodiscard]] bool is_new_progress(const std::string& line) {
    return std::exchange(last_progress_, line) != line;
  }

  /// Pushes the job's own table (weak) of instances whose identity does not say all of them.
  void push_own_instances(lua_State* L);

  /// The instance that the script of an attempt works with: a registry reference, or LUA_NOREF.
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

  void set_outcome(ScriptOutcome::Kind kind, const std::string& text = {},
                   const std::string& details = {});
  /// A function of the user's is called next on `L`: what it may compute counts from here. Of jobs
  /// that work this bounds nothing: they have a timeout of their own.
  void begin_call(lua_State* L);

  State& state_;
  int working_instance_ = LUA_NOREF;

 private:
  class Closing;
  static void on_count(lua_State* L, lua_Debug* frame);
  static int prepare_in_lua(lua_State* L);
  [[nodiscard]] bool start();
  [[nodiscard]] bool step(Branch& branch);
  void wait_for(Branch::Wait wait);
  void branch_ended(Branch& branch, bool raised);
  void cancel(Branch& branch);
  void cancel_group(BranchGroup& group);
  void close_branch(Branch& branch);
  void leave_group(Branch& branch);
  [[nodiscard]] Failure failure(lua_State* thread);
  void close_tree(Branch& branch);
  void close();

  ScriptSink* sink_;
  Phase phase_;
  SecretMasker secrets_;
  SecretMasker guarded_;
  int own_instances_ = LUA_NOREF;
  Branch first_;
  Branch* current_ = nullptr;            // that runs now
  std::deque<Branch*> runnable_;         // the one that waits longest first
  std::map<uint64_t, Branch*> waiting_;  // by the request that they wait for
  bool started_ = false;
  bool ended_ = false;
  bool closing_ = false;
  bool suspended_ = false;
  int64_t budget_ = 0;
  int64_t call_budget_;  // of a job of pure functions
  uint64_t last_request_ = 0;
  std::optional<ScriptOutcome> final_;
  Failure branch_failure_;        // of the last error that came out of a branch
  int branch_error_ = LUA_NOREF;  // and its value
  std::optional<std::mt19937_64> random_;
  std::string last_progress_;
  ScriptOutcome outcome_;
};

/// The error on top of the stack of a coroutine that raised it, for people.
[[nodiscard]] Failure failure_of(State& state, lua_State* thread);

/// The error on top of the stack as a text headed by the user's place.
[[nodiscard]] std::string error_message(State& state, lua_State* thread);

/// Moves "did you mean 'x'?" from the end of the message to the hint.
void split_hint(Diagnostic* diagnostic);

/// Splits "file:line: message" where file is one of the user's.
[[nodiscard]] Diagnostic to_diagnostic(const State& state, const std::string& message);

/// coroutine.*, math.random and the calls that suspend: a table of functions.
void open_coroutines(lua_State* L);
void open_work(lua_State* L);
void open_waits(lua_State* L);
void open_http(lua_State* L);
void open_session(lua_State* L);

[[nodiscard]] std::unique_ptr<ScriptJob> make_plan_job(State& state, PlanRequest request,
                                                       ScriptSink* sink);
[[nodiscard]] std::unique_ptr<ScriptJob> make_when_job(State& state, PlanRequest request,
                                                       ScriptSink* sink);
[[nodiscard]] std::unique_ptr<ScriptJob> make_work_job(State& state, ScriptAttempt attempt,
                                                       ScriptSink* sink);
[[nodiscard]] std::unique_ptr<ScriptJob> make_session_job(State& state, SessionInput input,
                                                          ScriptSink* sink);

}  // namespace moondial::script
