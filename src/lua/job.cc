#include "lua/job.h"

#include "base/hash.h"
#include "lua/binding.h"

namespace moondial::script {
namespace {

// Instructions between two looks at the slice.
constexpr int kInterval = 1000;
// What the <close> variables of a stopped job may compute together.
constexpr int64_t kClosingBudget = 2'000'000;

/// Makes `job` the running one while it lives.
class Running {
 public:
  Running(State& state, Job* job)
      : state_(state), job_before_(state.job), phase_before_(state.phase) {
    state_.job = job;
    state_.phase = job->phase();
  }
  ~Running() {
    state_.job = job_before_;
    state_.phase = phase_before_;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  State& state_;
  Job* job_before_;
  Phase phase_before_;
};

}  // namespace

Job::Job(State& state, ScriptSink* sink, Phase phase) : state_(state), sink_(sink), phase_(phase) {
  thread_ = lua_newthread(state_.main);
  thread_reference_ = keep(state_.main);
  lua_sethook(thread_, on_count, LUA_MASKCOUNT, kInterval);
}

Job::~Job() {
  if (!ended_) stop();
  luaL_unref(state_.main, LUA_REGISTRYINDEX, working_instance_);
  luaL_unref(state_.main, LUA_REGISTRYINDEX, thread_reference_);
}

void Job::on_count(lua_State* L, lua_Debug* /*frame*/) {
  Job* job = state_of(L).job;
  if (job == nullptr) return;
  job->budget_ -= kInterval;
  if (job->budget_ > 0) return;
  if (job->closing_) {
    // Every further instruction fails too, so that no pcall can go on for ever.
    lua_sethook(L, on_count, LUA_MASKCOUNT, 1);
    raise(L, "a <close> variable takes too long while its task is stopped");
  }
  if (!job->can_suspend(L)) return;
  job->suspend();
  lua_yield(L, 0);
}

bool Job::can_suspend(lua_State* L) const {
  return !closing_ && chain_can_suspend_ && lua_isyieldable(L) != 0;
}

int Job::prepare_in_lua(lua_State* L) {
  auto* job = static_cast<Job*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  job->arguments_ = job->prepare(L);
  return lua_gettop(L);
}

/// Prepares in the protection of a call of its own. False: it failed, and the outcome says how.
bool Job::start() {
  started_ = true;
  lua_pushcfunction(thread_, bound<prepare_in_lua>);
  lua_pushlightuserdata(thread_, this);
  if (lua_pcall(thread_, 1, LUA_MULTRET, 0) == LUA_OK) return true;
  on_raised(thread_);
  ended_ = true;
  return false;
}

ScriptJob::Step Job::resume() {
  if (ended_) return Step::kEnded;
  if (waiting_) return Step::kWaiting;
  const Running running(state_, this);
  budget_ = state_.options.slice_instructions;
  suspended_ = false;
  suspended_chain_.clear();
  if (!started_ && !start()) return Step::kEnded;
  int results = 0;
  const int status = lua_resume(thread_, state_.main, arguments_, &results);
  arguments_ = 0;
  if (status == LUA_YIELD && !final_) {
    lua_pop(thread_, results);
    return waiting_ ? Step::kWaiting : Step::kSliced;
  }
  if (final_) {
    outcome_ = *final_;
  } else if (status == LUA_OK) {
    on_returned(thread_);
  } else {
    on_raised(thread_);
  }
  close();
  return Step::kEnded;
}

void Job::close() {
  ended_ = true;
  closing_ = true;
  budget_ = kClosingBudget;
  for (lua_State* coroutine : suspended_chain_) lua_closethread(coroutine, nullptr);
  suspended_chain_.clear();
  lua_closethread(thread_, state_.main);
}

void Job::stop() {
  if (ended_) return;
  const Running running(state_, this);
  set_outcome(ScriptOutcome::Kind::kStopped);
  close();
}

void Job::answer(uint64_t request, Result<CommandResult> result) {
  if (request != last_request_ || !waiting_) return;
  answer_ = std::move(result);
  waiting_ = false;
}

void Job::ask(ScriptCommand command) {
  command.request = ++last_request_;
  waiting_ = true;
  sink_->on_command(std::move(command));
}

Result<CommandResult> Job::take_answer() {
  Result<CommandResult> result = std::move(*answer_);
  answer_.reset();
  return result;
}

std::mt19937_64& Job::random() {
  if (!random_) random_.emplace(hash64(seed()));
  return *random_;
}

void Job::on_raised(lua_State* thread) {
  set_outcome(ScriptOutcome::Kind::kFailed, failure_text(state_, thread));
}

void Job::set_outcome(ScriptOutcome::Kind kind, std::string text) {
  outcome_.kind = kind;
  outcome_.text = std::move(text);
}

Result<std::vector<std::string>> Job::plan_result() const {
  return Error{Code::kInternal, "not a plan", {}};
}

Job::Nesting::Nesting(Job& job, lua_State* resumer) : job_(job), before_(job.chain_can_suspend_) {
  job_.chain_can_suspend_ = before_ && lua_isyieldable(resumer) != 0;
}

}  // namespace moondial::script
