#pragma once

#include <lua.hpp>

namespace moondial::script {

/// Reading and writing files, for the targets in Lua: a table of functions, left on the stack.
/// Paths are absolute; bytes are kept as they are.
void open_files(lua_State* L);

/// CSV as RFC 4180 has it, read by libcsv: a table of functions, left on the stack.
void open_csv(lua_State* L);

}  // namespace moondial::script
