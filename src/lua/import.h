#pragma once

#include <lua.hpp>

namespace moondial::script {

/// Takes the table on top of the stack, what modules get as `core`, and leaves a function: called
/// with the name of one of the embedded library's modules, it gives what the module returns. Each
/// is loaded once. Modules get `core` and that function.
void push_importer(lua_State* L);

}  // namespace moondial::script
