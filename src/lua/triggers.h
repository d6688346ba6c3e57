#pragma once

#include <lua.hpp>

#include "engine/script_host.h"

namespace moondial::script {

/// core.trigger, in a table: what keeps a declared trigger.
void open_triggers(lua_State* L);

/// After all files were loaded: the tasks that on.done names must be there. Adds to the state's
/// errors.
void check_triggers(lua_State* L);

/// Pushes a trigger's `start` and what it is called with. Throws ScriptError if there is none of
/// that name, or what it is called with cannot be made.
void push_trigger_call(lua_State* L, const StartCall& call);

}  // namespace moondial::script
