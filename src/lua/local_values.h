#pragma once

#include <lua.hpp>
#include <string>

namespace moondial::script {

/// The local variables of the failing line: "name = value", one a line, each with `indent` before
/// it; empty if there are none. `frame` is of `thread`, which may have raised. Values are cut,
/// tables shown one level deep, secrets masked; functions are left out.
[[nodiscard]] std::string local_values(lua_State* main, lua_State* thread, const lua_Debug& frame,
                                       const std::string& indent);

}  // namespace moondial::script
