#include "lua/work_job.h"

#include <array>
#include <utility>

#include "lua/binding.h"
#include "lua/dates.h"
#include "lua/instance.h"
#include "lua/outputs.h"

namespace moondial::script {
namespace {

/// A question has an answer and nothing else.
bool is_question(ScriptStep step) {
  return step == ScriptStep::kComplete || step == ScriptStep::kRetry;
}

bool has_staged_outputs(ScriptStep step) {
  return step != ScriptStep::kOnSuccess && step != ScriptStep::kOnFailure;
}

void push_texts(lua_State* L, const Params& texts) {
  lua_newtable(L);
  for (const auto& [name, text] : texts) {
    push(L, text);
    lua_setfield(L, -2, name.c_str());
  }
}

const char* step_name(ScriptStep step) {
  switch (step) {
    case ScriptStep::kRun:
      return "run";
    case ScriptStep::kCheck:
      return "check";
    case ScriptStep::kPublish:
      return "publish";
    case ScriptStep::kDiscard:
      return "remove";
    case ScriptStep::kComplete:
      return "complete";
    case ScriptStep::kRetry:
      return "retry.when";
    case ScriptStep::kOnSuccess:
      return "on_success";
    case ScriptStep::kOnFailure:
      return "on_failure";
    case ScriptStep::kEvent:
      return "on";
  }
  return "run";
}

int function_of(const TaskDecl& task, ScriptStep step) {
  switch (step) {
    case ScriptStep::kRun:
      return task.run;
    case ScriptStep::kCheck:
      return task.check;
    case ScriptStep::kComplete:
      return task.function(Field::kComplete);
    case ScriptStep::kRetry:
      return task.retry_when;
    case ScriptStep::kOnSuccess:
      return task.on_success;
    case ScriptStep::kOnFailure:
      return task.on_failure;
    default:
      return LUA_NOREF;
  }
}

}  // namespace

WorkJob::WorkJob(State& state, ScriptAttempt attempt, ScriptSink* sink)
    : Job(state, sink, is_question(attempt.step) ? Phase::kPure : Phase::kWorking),
      attempt_(std::move(attempt)) {}

/// Pushes the task as its functions see it.
void WorkJob::push_task(lua_State* thread, const TaskDecl& task) {
  const int base = lua_gettop(thread);
  push_args_from_text(thread, task, attempt_.params);
  construct(thread, task, 0, base + 1);
  id_ = instance_id(thread, base + 2);
  push_working_copy(thread, base + 2);  // the copy, its own fields
  if (has_staged_outputs(attempt_.step)) {
    push_staged_targets(thread, base + 2, attempt_.staging_paths);
    lua_setfield(thread, base + 4, "output");
  }
  lua_pushinteger(thread, attempt_.number);
  lua_setfield(thread, base + 4, "attempt");
  lua_pushinteger(thread, static_cast<lua_Integer>(attempt_.run.value));
  lua_setfield(thread, base + 4, "run_id");
  if (attempt_.scheduled_at) {
    push_civil_time(thread, *attempt_.scheduled_at);
    lua_setfield(thread, base + 4, "scheduled_at");
  }
  lua_copy(thread, base + 3, base + 1);
  lua_settop(thread, base + 1);
  lua_pushvalue(thread, base + 1);
  working_instance_ = keep(thread);
}

/// Pushes what is called with the task: a function of its declaration, or of its target.
void WorkJob::push_function(lua_State* thread, const TaskDecl& task) const {
  if (task.target != LUA_NOREF &&
      (attempt_.step == ScriptStep::kPublish || attempt_.step == ScriptStep::kDiscard)) {
    push_kept(thread, state_.target_step);
    push_kept(thread, task.target);
    push(thread, step_name(attempt_.step));
    lua_call(thread, 2, 1);
    return;
  }
  const int function = function_of(task, attempt_.step);
  if (function == LUA_NOREF) {
    throw ScriptError(task.name + " has no " + step_name(attempt_.step));
  }
  push_kept(thread, function);
}

int WorkJob::prepare(lua_State* thread) {
  if (attempt_.step == ScriptStep::kEvent) return prepare_event(thread);
  const auto found = state_.tasks_by_name.find(attempt_.name);
  if (found == state_.tasks_by_name.end()) {
    throw ScriptError("there is no task '" + attempt_.name + "'");
  }
  push_function(thread, *found->second);
  push_task(thread, *found->second);
  if (attempt_.error.empty()) return 1;
  push(thread, attempt_.error);
  if (attempt_.step == ScriptStep::kRetry) lua_insert(thread, -2);  // it asks of the error first
  return 2;
}

/// Pushes what calls the hooks of the whole project, and the event.
int WorkJob::prepare_event(lua_State* thread) {
  const ScriptEvent& event = attempt_.event;
  id_ = event.kind + event.task;
  push_no_task(thread);
  working_instance_ = keep(thread);
  push_kept(thread, state_.run_hooks);
  lua_newtable(thread);
  const std::array<std::pair<const char*, std::string_view>, 7> texts = {
      {{"kind", event.kind},
       {"task", event.task},
       {"name", attempt_.name},
       {"state", event.state},
       {"error", event.error},
       {"schedule", event.schedule},
       {"scheduled_at", event.scheduled_at}}};
  for (const auto& [name, text] : texts) {
    if (text.empty()) continue;
    push(thread, text);
    lua_setfield(thread, -2, name);
  }
  if (attempt_.run) {
    lua_pushinteger(thread, static_cast<lua_Integer>(attempt_.run.value));
  } else {
    lua_pushboolean(thread, 0);  // a schedule that has not got that far
  }
  lua_setfield(thread, -2, "run_id");
  const bool is_of_task = !event.task.empty();
  if (is_of_task) {
    push_texts(thread, attempt_.params);
    lua_setfield(thread, -2, "params");
  }
  if (event.kind == "sla") return 1;
  lua_pushnumber(thread, event.seconds);
  lua_setfield(thread, -2, "seconds");
  if (is_of_task) {
    lua_pushinteger(thread, attempt_.number);
    lua_setfield(thread, -2, "attempt");
    return 1;
  }
  lua_newtable(thread);
  for (const auto& [state, count] : event.counts) {
    lua_pushinteger(thread, count);
    lua_setfield(thread, -2, state.c_str());
  }
  lua_setfield(thread, -2, "counts");
  return 1;
}

void WorkJob::on_returned(lua_State* thread) {
  const bool answer = lua_gettop(thread) > 0 && lua_toboolean(thread, 1) != 0;
  if (attempt_.step == ScriptStep::kCheck && lua_gettop(thread) > 0 && lua_isboolean(thread, 1) &&
      !answer) {
    const TaskDecl& task = *state_.tasks_by_name.at(attempt_.name);
    const int line = field_line(state_.sources[task.file], task.line, "check");
    return set_outcome(ScriptOutcome::Kind::kFailed,
                       task.file + ":" + std::to_string(line) + ": check(t) returned false");
  }
  const bool is_no = is_question(attempt_.step) && !answer;
  set_outcome(is_no ? ScriptOutcome::Kind::kNo : ScriptOutcome::Kind::kSucceeded);
}

std::unique_ptr<ScriptJob> make_work_job(State& state, ScriptAttempt attempt, ScriptSink* sink) {
  return std::make_unique<WorkJob>(state, std::move(attempt), sink);
}

}  // namespace moondial::script
