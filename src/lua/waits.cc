// await, all and sleep: what a run waits for beside its commands.
#include "lua/binding.h"
#include "lua/instance.h"
#include "lua/outputs.h"
#include "lua/requirements.h"
#include "lua/work.h"

namespace moondial::script {
namespace {

// --- await ---

/// The request for the tasks of the value at `value`, in their order.
ScriptAwait read_await(lua_State* L, int owner, int value) {
  ScriptAwait await;
  try {
    each_requirement(L, owner, value, [&] {
      const int instance = lua_gettop(L);
      TaskRequest request;
      request.task = to_instance(L, instance)->task->name;
      read_params(L, instance, &request.params, &request.params);
      await.tasks.push_back(std::move(request));
    });
  } catch (const ScriptError& error) {
    throw ScriptError("await: " + std::string(error.what()));
  }
  return await;
}

/// Pushes the error for a task that did not end well: {task, state, message} with __tostring.
void push_await_error(lua_State* L, const AwaitedTask& task, int instance) {
  push_kept(L, state_of(L).await_error);
  lua_pushvalue(L, instance);
  push(L, to_string(task.state));
  push(L, task.error);
  lua_call(L, 3, 1);
}

/// Raises for the first of the awaited tasks that did not end well.
void check_awaited(lua_State* L, int owner, const AwaitResult& ended) {
  size_t i = 0;
  int error = 0;
  each_requirement(L, owner, 1, [&] {
    const AwaitedTask& task = ended.at(i++);
    if (error != 0 || is_success(task.state)) return;
    push_await_error(L, task, lua_gettop(L));
    error = keep(L);
  });
  if (error == 0) return;
  push_kept(L, error);
  luaL_unref(L, LUA_REGISTRYINDEX, error);
  lua_error(L);
}

// Stack: the awaited value, the working instance.
int await_ended(lua_State* L, int /*status*/, lua_KContext /*context*/) {
  constexpr int kOwner = 2;
  const AwaitResult ended = std::get<AwaitResult>(unwrap(state_of(L).job->take_answer()));
  check_awaited(L, kOwner, ended);
  lua_settop(L, kOwner);
  lua_pushvalue(L, 1);
  push_outputs_of(L, kOwner);
  return 1;
}

int await(lua_State* L) {
  Job& job = working_job(L, "await");
  if (!job.may_await()) throw ScriptError("await works in run only, not in check");
  check_can_suspend(L, job, "await");
  lua_settop(L, 1);
  if (lua_isnil(L, 1)) throw ScriptError("await: expected tasks, got nil");
  push_kept(L, job.working_instance());
  ScriptAwait await = read_await(L, 2, 1);
  if (await.tasks.empty()) {
    lua_pushvalue(L, 1);
    push_outputs_of(L, 2);
    return 1;
  }
  job.ask(std::move(await));
  job.suspend();
  return lua_yieldk(L, 0, 0, bound_k<await_ended>);
}

// --- all ---

int all_ended(lua_State* L, int /*status*/, lua_KContext /*context*/) {
  if (state_of(L).job->take_branches(L)) return 1;
  return lua_error(L);
}

int all(lua_State* L) {
  Job& job = working_job(L, "all");
  check_can_suspend(L, job, "all");
  lua_settop(L, 1);
  if (!lua_istable(L, 1)) {
    throw ScriptError("all: expected a list of functions, got " + describe(L, 1));
  }
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, 1));
  lua_Integer entries = 0;
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
    ++entries;
    if (lua_isfunction(L, -1)) continue;
    throw ScriptError("all: expected functions, all{ function() … end, … }, got " +
                      describe(L, -1));
  }
  if (entries != count) throw ScriptError("all: expected a list of functions, without names");
  if (count == 0) {
    lua_newtable(L);
    return 1;
  }
  job.start_branches(L);
  job.suspend();
  return lua_yieldk(L, 0, 0, bound_k<all_ended>);
}

// --- sleep ---

int slept(lua_State* L, int /*status*/, lua_KContext /*context*/) {
  (void)unwrap(state_of(L).job->take_answer());
  return 0;
}

// core.sleep(microseconds)
int sleep(lua_State* L) {
  Job& job = working_job(L, "sleep");
  check_can_suspend(L, job, "sleep");
  job.ask(Duration(luaL_checkinteger(L, 1)));
  job.suspend();
  return lua_yieldk(L, 0, 0, bound_k<slept>);
}

}  // namespace

void open_waits(lua_State* L) {
  static const luaL_Reg kFunctions[] = {
      {"await", bound<await>}, {"all", bound<all>}, {"sleep", bound<sleep>}, {nullptr, nullptr}};
  luaL_newlib(L, kFunctions);
}

}  // namespace moondial::script
