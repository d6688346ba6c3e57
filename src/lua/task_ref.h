#pragma once

#include <lua.hpp>
#include <string>

#include "lua/state.h"

namespace moondial::script {

/// What a name means in Lua: `tasks.sem.Fetch`, which is also the constructor that `task` returns.
/// While files load it may name what is not declared yet.

/// Pushes the constructor of a name ("sem.Fetch").
void push_ref(lua_State* L, const std::string& name);

/// Says that the constructor at `index` now has a declaration.
void set_ref_task(lua_State* L, int index, const TaskDecl* task);

/// The declared task that the constructor at `index` stands for; nullptr if there is none there.
/// Throws ScriptError if it names no task.
[[nodiscard]] const TaskDecl* to_declared_task(lua_State* L, int index);

/// After all files were loaded: every reference must name a task; static requirements are made
/// instances. Adds to the state's errors.
void resolve_references(lua_State* L);

/// "there is no task 'X'", with the nearest name.
[[nodiscard]] std::string no_such_task(const State& state, const std::string& name);

void open_refs(lua_State* L);

}  // namespace moondial::script
