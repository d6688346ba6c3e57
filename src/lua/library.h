#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>

namespace moondial::script {

/// What the Lua side of the library is made of: a table of functions, left on the stack. Places,
/// errors, near names, durations, declarations of pools and configuration, JSON and CSV texts.
void open_library(lua_State* L);

/// Reading a value as JSON text, and the other way round. Throws std::exception with a message.
void push_json(lua_State* L, std::string_view text);
[[nodiscard]] std::string json_text(lua_State* L, int index);

}  // namespace moondial::script
