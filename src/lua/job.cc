#include "lua/job.h"

#include <algorithm>
#include <utility>

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

/// What is closed while this lives may compute a bounded time, and suspend no more.
class Job::Closing {
 public:
  explicit Closing(Job& job)
      : job_(job), closing_before_(job.closing_), budget_before_(job.budget_) {
    job_.closing_ = true;
    job_.suspended_ = false;
    job_.budget_ = kClosingBudget;
  }
  ~Closing() {
    job_.closing_ = closing_before_;
    job_.budget_ = budget_before_;
  }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;

 private:
  Job& job_;
  bool closing_before_;
  int64_t budget_before_;
};

Job::Job(State& state, ScriptSink* sink, Phase phase)
    : state_(state),
      sink_(sink),
      phase_(phase),
      first_(state.main, on_count, kInterval),
      call_budget_(state.options.pure_instructions) {}

Job::~Job() {
  if (!ended_) stop();
  luaL_unref(state_.main, LUA_REGISTRYINDEX, working_instance_);
  luaL_unref(state_.main, LUA_REGISTRYINDEX, own_instances_);
  luaL_unref(state_.main, LUA_REGISTRYINDEX, branch_error_);
}

void Job::on_count(lua_State* L, lua_Debug* /*frame*/) {
  Job* job = state_of(L).job;
  if (job == nullptr) return;
  job->budget_ -= kInterval;
  if (job->phase_ == Phase::kPure && (job->call_budget_ -= kInterval) <= 0 && !job->closing_) {
    lua_sethook(L, on_count, LUA_MASKCOUNT, 1);  // no pcall goes on
    raise_at_user(L, "it computes without end; what is asked while tasks are planned only looks");
  }
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

void Job::begin_call(lua_State* L) {
  call_budget_ = state_.options.pure_instructions;
  lua_sethook(L, on_count, LUA_MASKCOUNT, kInterval);  // again as it was before one without end
}

bool Job::can_suspend(lua_State* L) const {
  return !closing_ && current_ != nullptr && current_->can_suspend && lua_isyieldable(L) != 0;
}

// --- Going on ---

int Job::prepare_in_lua(lua_State* L) {
  auto* job = static_cast<Job*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  job->first_.arguments = job->prepare(L);
  return lua_gettop(L);
}

/// Prepares in the protection of a call of its own. False: it failed, and the outcome says how.
bool Job::start() {
  started_ = true;
  lua_State* thread = first_.thread;
  lua_pushcfunction(thread, bound<prepare_in_lua>);
  lua_pushlightuserdata(thread, this);
  if (lua_pcall(thread, 1, LUA_MULTRET, 0) == LUA_OK) {
    runnable_.push_back(&first_);
    return true;
  }
  on_raised(thread);
  ended_ = true;
  return false;
}

ScriptJob::Step Job::resume() {
  if (ended_) return Step::kEnded;
  const Running running(state_, this);
  budget_ = state_.options.slice_instructions;
  if (!started_ && !start()) return Step::kEnded;
  while (!runnable_.empty()) {
    Branch& branch = *runnable_.front();
    runnable_.pop_front();
    const bool computes = step(branch);
    if (ended_) return Step::kEnded;
    if (computes || budget_ <= 0) break;
  }
  return runnable_.empty() ? Step::kWaiting : Step::kSliced;
}

/// Resumes a branch until it ends or is suspended. True: only its slice was used up.
bool Job::step(Branch& branch) {
  current_ = &branch;
  suspended_ = false;
  branch.suspended_in.clear();
  int results = 0;
  const int status = lua_resume(branch.thread, state_.main, branch.arguments, &results);
  branch.arguments = 0;
  current_ = nullptr;
  if (final_) {
    set_outcome(final_->kind, final_->text);
    close();
  } else if (status == LUA_YIELD) {
    lua_pop(branch.thread, results);
    if (branch.wait != Branch::Wait::kNone) return false;
    runnable_.push_back(&branch);
    return true;
  } else if (&branch != &first_) {
    // What is left on top is the first result, or nil.
    if (status == LUA_OK) lua_settop(branch.thread, lua_gettop(branch.thread) - results + 1);
    branch_ended(branch, status != LUA_OK);
  } else {
    if (status == LUA_OK) {
      on_returned(branch.thread);
    } else {
      on_raised(branch.thread);
    }
    close();
  }
  return false;
}

// --- Waiting ---

void Job::wait_for(Branch::Wait wait) {
  current_->wait = wait;
  current_->request = ++last_request_;
  waiting_.emplace(current_->request, current_);
}

void Job::ask(ScriptCommand command) {
  wait_for(Branch::Wait::kCommand);
  command.request = last_request_;
  sink_->on_command(std::move(command));
}

void Job::ask(ScriptAwait await) {
  wait_for(Branch::Wait::kAwait);
  await.request = last_request_;
  sink_->on_await(std::move(await));
}

void Job::ask(Duration sleep) {
  wait_for(Branch::Wait::kTime);
  sink_->on_sleep(last_request_, sleep);
}

void Job::ask(WebRequest http) {
  wait_for(Branch::Wait::kHttp);
  sink_->on_http(last_request_, std::move(http));
}

void Job::ask(SessionQuestion question) {
  wait_for(Branch::Wait::kClient);
  question.request = last_request_;
  sink_->on_question(std::move(question));
}

void Job::answer(uint64_t request, Result<ScriptAnswer> result) {
  const auto found = waiting_.find(request);
  if (found == waiting_.end()) return;
  Branch& branch = *found->second;
  waiting_.erase(found);
  if (branch.cancelled) {
    const Running running(state_, this);
    close_branch(branch);
    return leave_group(branch);
  }
  branch.answer = std::move(result);
  branch.wait = Branch::Wait::kNone;
  runnable_.push_back(&branch);
}

Result<ScriptAnswer> Job::take_answer() { return *std::exchange(current_->answer, std::nullopt); }

bool Job::only_awaits() const {
  if (!runnable_.empty() || waiting_.empty()) return false;
  return std::ranges::all_of(
      waiting_, [](const auto& entry) { return entry.second->wait == Branch::Wait::kAwait; });
}

// --- Branches ---

void Job::start_branches(lua_State* L) {
  auto group = std::make_unique<BranchGroup>(state_.main, *current_);
  const int list = lua_gettop(L);
  lua_newtable(L);
  group->results = keep(L);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, list));
  for (lua_Integer i = 1; i <= count; ++i) {
    auto branch = std::make_unique<Branch>(state_.main, on_count, kInterval);
    lua_rawgeti(L, list, i);
    lua_xmove(L, branch->thread, 1);
    branch->group = group.get();
    branch->place = static_cast<size_t>(i);
    runnable_.push_back(branch.get());
    group->branches.push_back(std::move(branch));
  }
  group->open = group->branches.size();
  current_->wait = Branch::Wait::kBranches;
  current_->children = std::move(group);
}

bool Job::take_branches(lua_State* L) {
  const auto group = std::move(current_->children);
  if (!group->failed) {
    push_kept(L, group->results);
    return true;
  }
  push_kept(L, group->error);
  luaL_unref(state_.main, LUA_REGISTRYINDEX, branch_error_);
  branch_error_ = std::exchange(group->error, LUA_NOREF);
  branch_failure_ = std::move(group->failure);
  return false;
}

/// A branch of `all` has returned, its first result on its stack, or raised what is on top there.
void Job::branch_ended(Branch& branch, bool raised) {
  BranchGroup& group = *branch.group;
  lua_State* thread = branch.thread;
  const bool cancels_others = raised && !group.failed;
  if (cancels_others) {
    group.failed = true;
    group.failure = failure(thread);
    // A thread that raised takes nothing more on its stack.
    lua_xmove(thread, state_.main, 1);
    group.error = keep(state_.main);
  } else if (!raised) {
    push_kept(thread, group.results);
    lua_insert(thread, -2);
    lua_rawseti(thread, -2, static_cast<lua_Integer>(branch.place));
  }
  close_branch(branch);
  if (cancels_others) cancel_group(group);
  leave_group(branch);
}

void Job::cancel_group(BranchGroup& group) {
  for (const auto& branch : group.branches) cancel(*branch);
}

void Job::cancel(Branch& branch) {
  if (branch.ended || branch.cancelled) return;
  branch.cancelled = true;
  switch (branch.wait) {
    case Branch::Wait::kBranches:
      return cancel_group(*branch.children);
    case Branch::Wait::kCommand:
      return sink_->on_cancel(branch.request);
    case Branch::Wait::kAwait:
    case Branch::Wait::kTime:
    case Branch::Wait::kHttp:
    case Branch::Wait::kClient:
      sink_->on_cancel(branch.request);
      waiting_.erase(branch.request);
      break;
    case Branch::Wait::kNone:
      break;
  }
  close_branch(branch);
  leave_group(branch);
}

void Job::close_branch(Branch& branch) {
  std::erase(runnable_, &branch);
  const Closing closing(*this);
  branch.close();
}

/// A branch of a group is over; with the last one, what waits for them goes on.
void Job::leave_group(Branch& branch) {
  if (--branch.group->open > 0) return;
  Branch& parent = branch.group->parent;
  if (parent.cancelled) {
    close_branch(parent);
    return leave_group(parent);
  }
  parent.wait = Branch::Wait::kNone;
  runnable_.push_back(&parent);
}

// --- The end ---

void Job::close_tree(Branch& branch) {
  if (branch.children) {
    for (const auto& child : branch.children->branches) close_tree(*child);
  }
  if (!branch.ended) branch.close();
}

void Job::close() {
  ended_ = true;
  runnable_.clear();
  waiting_.clear();
  const Closing closing(*this);
  close_tree(first_);
}

void Job::stop() {
  if (ended_) return;
  const Running running(state_, this);
  set_outcome(ScriptOutcome::Kind::kStopped);
  close();
}

std::mt19937_64& Job::random() {
  if (!random_) random_.emplace(hash64(seed()));
  return *random_;
}

void Job::push_own_instances(lua_State* L) {
  if (own_instances_ == LUA_NOREF) {
    push_weak_table(L);
    own_instances_ = keep(L);
  }
  push_kept(L, own_instances_);
}

/// The error on top of the stack for people; one that came out of a branch as it was there.
Failure Job::failure(lua_State* thread) {
  if (branch_error_ != LUA_NOREF) {
    // Compared on the main thread: one that raised takes nothing more on its stack.
    lua_State* main = state_.main;
    lua_xmove(thread, main, 1);
    push_kept(main, branch_error_);
    const bool same = lua_rawequal(main, -1, -2) != 0;
    lua_pop(main, 1);
    lua_xmove(main, thread, 1);
    if (same) return branch_failure_;
  }
  return failure_of(state_, thread);
}

void Job::on_raised(lua_State* thread) {
  const Failure raised = failure(thread);
  set_outcome(ScriptOutcome::Kind::kFailed, raised.message, raised.details);
}

void Job::set_outcome(ScriptOutcome::Kind kind, const std::string& text,
                      const std::string& details) {
  outcome_.kind = kind;
  outcome_.text = secrets_.mask(text);
  outcome_.details = secrets_.mask(details);
}

Result<std::vector<std::string>> Job::plan_result() const {
  return Error{Code::kInternal, "not a plan", {}};
}

Job::Nesting::Nesting(Job& job, lua_State* resumer)
    : branch_(*job.current_), before_(branch_.can_suspend) {
  branch_.can_suspend = before_ && lua_isyieldable(resumer) != 0;
}

}  // namespace moondial::script
