#pragma once

#include <lua.hpp>
#include <optional>

#include "base/civil_time.h"
#include "engine/script_host.h"

namespace moondial::script {

struct State;

/// core.schedule, in a table: what keeps a declared schedule.
void open_schedules(lua_State* L);

/// The field `sla` of the declaration at `index`, as fields.lua leaves it.
[[nodiscard]] std::optional<Sla> sla_field(lua_State* L, int index);

/// Pushes a schedule's `start` and what it is called with. Throws ScriptError if there is none of
/// that name.
void push_start_call(lua_State* L, const StartCall& call);

}  // namespace moondial::script
