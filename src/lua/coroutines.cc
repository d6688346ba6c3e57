// coroutine.* for user code. A suspension of the job (a slice, a command) that happens inside one
// of the user's coroutines passes through resume and wrap: they yield in turn and go on where they
// were. To the user's code a coroutine only ever yields what it yielded itself.
#include "lua/binding.h"
#include "lua/job.h"

namespace moondial::script {
namespace {

/// The job that runs now and could be suspended.
Job* job_of(lua_State* L) {
  Job* job = state_of(L).job;
  return job != nullptr && job->runs() ? job : nullptr;
}

lua_State* check_coroutine(lua_State* L, int index) {
  lua_State* coroutine = lua_tothread(L, index);
  if (coroutine == nullptr) throw ScriptError("expected a coroutine, got " + describe(L, index));
  return coroutine;
}

/// Resumes `coroutine` with the topmost `arguments` values. Returns the number of results on top
/// of L; -1 with the error there; or -2: a suspension is on its way.
int resume_once(lua_State* L, lua_State* coroutine, int arguments) {
  constexpr int kError = -1, kSuspended = -2;
  if (lua_checkstack(coroutine, arguments) == 0) {
    push(L, "too many arguments to resume");
    return kError;
  }
  lua_xmove(L, coroutine, arguments);
  Job* job = job_of(L);
  int results = 0;
  int status = LUA_OK;
  if (job != nullptr) {
    const Job::Nesting nesting(*job, L);
    status = lua_resume(coroutine, L, arguments, &results);
  } else {
    status = lua_resume(coroutine, L, arguments, &results);
  }
  if (status == LUA_YIELD && job != nullptr && job->suspended()) {
    job->passed_through(coroutine);
    return kSuspended;
  }
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(coroutine, L, 1);
    return kError;
  }
  if (lua_checkstack(L, results + 1) == 0) {
    lua_pop(coroutine, results);
    push(L, "too many results to resume");
    return kError;
  }
  lua_xmove(coroutine, L, results);
  return results;
}

int finish_resume(lua_State* L, int results) {
  lua_pushboolean(L, results >= 0);
  const int count = results >= 0 ? results : 1;
  lua_insert(L, -(count + 1));
  return count + 1;
}

int resume_again(lua_State* L, int /*status*/, lua_KContext /*context*/) {
  const int results = resume_once(L, lua_tothread(L, 1), 0);
  if (results == -2) return lua_yieldk(L, 0, 0, bound_k<resume_again>);
  return finish_resume(L, results);
}

int co_resume(lua_State* L) {
  lua_State* coroutine = check_coroutine(L, 1);
  const int results = resume_once(L, coroutine, lua_gettop(L) - 1);
  if (results == -2) return lua_yieldk(L, 0, 0, bound_k<resume_again>);
  return finish_resume(L, results);
}

/// The end of a wrapped coroutine's call: its results, or its error raised here.
int finish_wrapped(lua_State* L, lua_State* coroutine, int results) {
  if (results >= 0) return results;
  const int status = lua_status(coroutine);
  if (status != LUA_OK && status != LUA_YIELD) {
    if (lua_closethread(coroutine, L) != LUA_OK) lua_xmove(coroutine, L, 1);
  }
  if (lua_type(L, -1) == LUA_TSTRING &&
      to_diagnostic(state_of(L), std::string(view(L, -1))).line == 0) {
    if (const auto place = user_place(L)) {
      push(L, place->text() + ": ");
      lua_insert(L, -2);
      lua_concat(L, 2);
    }
  }
  return lua_error(L);
}

int wrapped_again(lua_State* L, int /*status*/, lua_KContext /*context*/) {
  lua_State* coroutine = lua_tothread(L, lua_upvalueindex(1));
  const int results = resume_once(L, coroutine, 0);
  if (results == -2) return lua_yieldk(L, 0, 0, bound_k<wrapped_again>);
  return finish_wrapped(L, coroutine, results);
}

int wrapped(lua_State* L) {
  lua_State* coroutine = lua_tothread(L, lua_upvalueindex(1));
  const int results = resume_once(L, coroutine, lua_gettop(L));
  if (results == -2) return lua_yieldk(L, 0, 0, bound_k<wrapped_again>);
  return finish_wrapped(L, coroutine, results);
}

void push_new_coroutine(lua_State* L, const char* name) {
  if (!lua_isfunction(L, 1)) {
    throw ScriptError(std::string(name) + ": expected a function, got " + describe(L, 1));
  }
  lua_State* coroutine = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, coroutine, 1);
}

int co_create(lua_State* L) {
  push_new_coroutine(L, "coroutine.create");
  return 1;
}

int co_wrap(lua_State* L) {
  push_new_coroutine(L, "coroutine.wrap");
  lua_pushcclosure(L, bound<wrapped>, 1);
  return 1;
}

int yield_values(lua_State* L) {
  const Job* job = job_of(L);
  if (job != nullptr && job->is_outermost(L)) {
    throw ScriptError("coroutine.yield outside of a coroutine");
  }
  return lua_yield(L, lua_gettop(L));
}

int co_isyieldable(lua_State* L) {
  const Job* job = job_of(L);
  lua_State* of = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
  lua_pushboolean(L, lua_isyieldable(of) != 0 && (job == nullptr || !job->is_outermost(of)));
  return 1;
}

}  // namespace

void open_coroutines(lua_State* L) {
  static const luaL_Reg kFunctions[] = {{"co_resume", bound<co_resume>},
                                        {"co_create", bound<co_create>},
                                        {"co_wrap", bound<co_wrap>},
                                        {"co_yield", bound<yield_values>},
                                        {"co_isyieldable", bound<co_isyieldable>},
                                        {nullptr, nullptr}};
  luaL_newlib(L, kFunctions);
}

}  // namespace moondial::script
