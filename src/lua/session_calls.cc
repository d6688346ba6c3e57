// What lua/moondial/session*.lua is made of, beside what the DSL is.
#include <algorithm>

#include "lua/binding.h"
#include "lua/dates.h"
#include "lua/frozen.h"
#include "lua/instance.h"
#include "lua/requirements.h"
#include "lua/task_ref.h"
#include "lua/work.h"

namespace moondial::script {
namespace {

bool has_meta(lua_State* L, int index, int meta) {
  if (lua_type(L, index) != LUA_TUSERDATA || lua_getmetatable(L, index) == 0) return false;
  push_kept(L, meta);
  const bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same;
}

const char* kind_of(lua_State* L, int index) {
  if (to_instance(L, index) != nullptr) return "task";
  if (has_meta(L, index, state_of(L).ref_meta)) return "constructor";
  if (is_time_value(L, index)) return "time";
  switch (frozen_kind(L, index)) {
    case FrozenKind::kList:
      return "list";
    case FrozenKind::kMap:
      return "map";
    case FrozenKind::kNone:
      return nullptr;
  }
  return nullptr;
}

// core.kind(value) → "task", "constructor", "time", "list", "map" (those that cannot be changed),
// or nil: another value, and the table that it is made of
int kind(lua_State* L) {
  luaL_checkany(L, 1);
  const char* const name = kind_of(L, 1);
  if (name == nullptr) {
    lua_pushnil(L);
    return 1;
  }
  push(L, name);
  if (frozen_kind(L, 1) == FrozenKind::kNone) return 1;
  push_frozen_content(L, 1);
  return 2;
}

void set_text(lua_State* L, const char* name, std::string_view text) {
  push(L, text);
  lua_setfield(L, -2, name);
}

void push_facts(lua_State* L, const TaskInfo::Param& param) {
  lua_newtable(L);
  set_text(L, "name", param.name);
  set_text(L, "kind", param.kind);
  set_text(L, "doc", param.doc);
  if (param.default_text) set_text(L, "default", *param.default_text);
  lua_pushboolean(L, param.secret ? 1 : 0);
  lua_setfield(L, -2, "secret");
  lua_newtable(L);
  lua_Integer count = 0;
  for (const std::string& choice : param.choices) {
    push(L, choice);
    lua_rawseti(L, -2, ++count);
  }
  lua_setfield(L, -2, "choices");
}

// core.task_facts(name) → {name, doc, file, line, params = {{name, kind, doc, default, secret,
// choices}, …}}, or nil
int task_facts(lua_State* L) {
  const auto& tasks = state_of(L).declarations.tasks;
  const auto found = std::ranges::lower_bound(tasks, view(L, 1), {}, &TaskInfo::name);
  if (found == tasks.end() || found->name != view(L, 1)) return 0;
  lua_newtable(L);
  set_text(L, "name", found->name);
  set_text(L, "doc", found->doc);
  set_text(L, "file", found->file);
  lua_pushinteger(L, found->line);
  lua_setfield(L, -2, "line");
  lua_newtable(L);
  lua_Integer count = 0;
  for (const TaskInfo::Param& param : found->params) {
    push_facts(L, param);
    lua_rawseti(L, -2, ++count);
  }
  lua_setfield(L, -2, "params");
  return 1;
}

// core.task_names() → names, in order
int task_names(lua_State* L) {
  lua_newtable(L);
  lua_Integer count = 0;
  for (const TaskInfo& task : state_of(L).declarations.tasks) {
    push(L, task.name);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

void check_instance(lua_State* L, const char* what) {
  if (to_instance(L, 1) != nullptr) return;
  throw ScriptError(std::string(what) + ": expected a task, got " + describe(L, 1));
}

// core.task_request(task) → {task = name, params = {name = text}}, as the API takes it
int task_request(lua_State* L) {
  check_instance(L, "task");
  Params params;
  read_params(L, 1, &params, &params);
  lua_newtable(L);
  set_text(L, "task", to_instance(L, 1)->task->name);
  lua_newtable(L);
  for (const auto& [name, text] : params) set_text(L, name.c_str(), text);
  lua_setfield(L, -2, "params");
  return 1;
}

// core.construct(name, {name = text}) → the task, or nil: there is none of that name any more
int construct_from_text(lua_State* L) {
  const auto& tasks = state_of(L).tasks_by_name;
  const auto found = tasks.find(view(L, 1));
  if (found == tasks.end()) return 0;
  Params params;
  for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TSTRING) params.emplace_back(view(L, -2), view(L, -1));
  }
  lua_settop(L, 2);
  push_args_from_text(L, *found->second, params);
  construct(L, *found->second, 0, 3);
  return 1;
}

// core.requirements(task) → the tasks that it requires, in order
int requirements(lua_State* L) {
  check_instance(L, "deps");
  lua_settop(L, 1);
  lua_newtable(L);
  push_requirements(L, 1);
  lua_Integer count = 0;
  each_requirement(L, 1, 3, [&] {
    lua_pushvalue(L, -1);
    lua_rawseti(L, 2, ++count);
  });
  lua_settop(L, 2);
  return 1;
}

int answered(lua_State* L, int /*status*/, lua_KContext /*context*/) {
  const SessionAnswer answer = std::get<SessionAnswer>(unwrap(state_of(L).job->take_answer()));
  lua_pushinteger(L, answer.status);
  push(L, answer.body);
  return 2;
}

// core.ask(method, path, body or nil, whether the body is to have the environment) → status, body
int ask(lua_State* L) {
  Job& job = *state_of(L).job;
  check_can_suspend(L, job, "this");
  SessionQuestion question;
  question.method = view(L, 1);
  question.path = view(L, 2);
  if (lua_type(L, 3) == LUA_TSTRING) question.body = view(L, 3);
  question.environment = lua_toboolean(L, 4) != 0;
  job.ask(std::move(question));
  job.suspend();
  return lua_yieldk(L, 0, 0, bound_k<answered>);
}

}  // namespace

void open_session(lua_State* L) {
  static const luaL_Reg kFunctions[] = {{"kind", bound<kind>},
                                        {"task_facts", bound<task_facts>},
                                        {"task_names", bound<task_names>},
                                        {"task_request", bound<task_request>},
                                        {"construct", bound<construct_from_text>},
                                        {"requirements", bound<requirements>},
                                        {"ask", bound<ask>},
                                        {nullptr, nullptr}};
  luaL_newlib(L, kFunctions);
}

}  // namespace moondial::script
