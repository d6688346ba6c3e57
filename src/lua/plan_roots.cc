// What a plan begins with: the tasks that are asked for.
#include <algorithm>

#include "lua/binding.h"
#include "lua/instance.h"
#include "lua/plan_job.h"
#include "lua/range.h"
#include "lua/requirements.h"
#include "lua/schedules.h"
#include "lua/triggers.h"

namespace moondial::script {
namespace {

// By how much the tasks of an interval differ in priority: they start in their order, and only
// among themselves.
constexpr double kRankStep = 1e-7;

}  // namespace

const TaskDecl& PlanJob::declared(const std::string& name) const {
  const auto task = state_.tasks_by_name.find(name);
  if (task != state_.tasks_by_name.end()) return *task->second;
  std::vector<std::string> names;
  for (const auto& [known, declared] : state_.tasks_by_name) names.push_back(known);
  throw ScriptError("there is no task '" + name + "'" + did_you_mean(name, names));
}

/// Adds an asked-for instance to the table on top of the stack.
void PlanJob::push_root(lua_State* L, const TaskDecl& task, const Params& params) {
  push_args_from_text(L, task, params);
  construct(L, task, 0, lua_gettop(L));
  lua_remove(L, -2);
  roots_.emplace_back(instance_id(L, -1));
  pending_.push_back(Frame{nullptr, nullptr, true});
  lua_rawseti(L, -2, static_cast<lua_Integer>(pending_.size()));
}

/// The same for what may have changed since it was recorded.
void PlanJob::push_known_root(lua_State* L, const TaskRequest& request) {
  const auto task = state_.tasks_by_name.find(request.task);
  if (task == state_.tasks_by_name.end()) return;
  const int top = lua_gettop(L);
  try {
    push_root(L, *task->second, request.params);
  } catch (const ScriptError&) {
    lua_settop(L, top);
  }
}

/// The same for all that a request asks for, backwards.
void PlanJob::push_roots(lua_State* L, const TaskRequest& request) {
  if (request_.whole_graph) return push_known_root(L, request);
  const TaskDecl& task = declared(request.task);
  if (request.range.empty()) return push_root(L, task, request.params);
  Params params = request.params;
  const auto ranged = std::ranges::find(params, request.range, &Params::value_type::first);
  const ParamSpec* spec = task.param(request.range);
  if (spec == nullptr || ranged == params.end()) {
    throw ScriptError(task.name + " has no parameter '" + request.range + "'" +
                      did_you_mean(request.range, task.param_names));
  }
  std::vector<std::string> values = values_in_range(*spec, ranged->second);
  if (request.last_first) std::ranges::reverse(values);
  luaL_checkstack(L, 20, "no memory");
  for (auto value = values.rbegin(); value != values.rend(); ++value) {
    ranged->second = *value;
    push_root(L, task, params);
    // The first of them begins first.
    ranks_[roots_.back()] = static_cast<double>(value - values.rbegin() + 1) * kRankStep;
  }
}

int PlanJob::prepare(lua_State* thread) {
  lua_pushcfunction(thread, bound<run>);
  lua_pushlightuserdata(thread, this);
  lua_newtable(thread);  // the last one in it is visited first
  if (request_.start) {
    request_.start->is_trigger() ? push_trigger_call(thread, *request_.start)
                                 : push_start_call(thread, *request_.start);
    return 4;
  }
  for (auto request = request_.tasks.rbegin(); request != request_.tasks.rend(); ++request) {
    push_roots(thread, *request);
  }
  std::reverse(roots_.begin(), roots_.end());
  return 2;
}

/// What a schedule's `start` has answered, on top of the stack, becomes what is asked for.
void PlanJob::take_started(lua_State* L) {
  const int answer = lua_gettop(L);
  push_no_task(L);
  const int owner = lua_gettop(L);
  each_requirement(L, owner, answer, [&] {
    std::string id(instance_id(L, -1));
    if (std::ranges::find(roots_, id) != roots_.end()) return;
    roots_.push_back(std::move(id));
    lua_pushvalue(L, -1);
    pending_.push_back(Frame{nullptr, nullptr, true});
    lua_rawseti(L, kPendingSlot, static_cast<lua_Integer>(pending_.size()));
  });
  first_is_next(L, 0);
}

/// The call of `start` is over; what it raised, or answered, is on top of the stack.
void PlanJob::start_ended(lua_State* L, bool raised) {
  std::string message;
  try {
    if (raised) {
      message = view(L, -1);
    } else if (!lua_isnil(L, -1)) {
      take_started(L);
    }
  } catch (const ScriptError& error) {
    message = error.what();
    roots_.clear();
    pending_.clear();
  }
  if (message.empty()) return;
  Diagnostic diagnostic = diagnostic_of(message);
  const auto blame = [&](const auto& all, auto name) {
    const auto info = std::ranges::find(all, request_.start->schedule, name);
    if (diagnostic.line != 0 || info == all.end()) return;
    diagnostic.file = info->file;
    diagnostic.line = field_line(state_.sources[info->file], info->line, "start");
  };
  blame(state_.declarations.schedules, &ScheduleInfo::name);
  blame(state_.declarations.triggers, &TriggerInfo::name);
  const std::string& name = request_.start->schedule;
  const std::string who = request_.start->is_trigger() ? name : "schedule \"" + name + "\"";
  diagnostic.message = who + ": start: " + diagnostic.message;
  errors_.push_back(std::move(diagnostic));
}

}  // namespace moondial::script
