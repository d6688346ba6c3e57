#pragma once

#include <lua.hpp>
#include <string>
#include <vector>

namespace moondial::script {

/// Lists and maps that are values: tables to those who read them (ipairs, pairs, #, next, each,
/// table.concat, JSON), and an error to those who write. Equal ones are equal by ==.
enum class FrozenKind : uint8_t { kNone, kList, kMap };

/// Puts such a value in the place of the table on top of the stack, which nobody else may hold.
/// It holds texts, numbers, booleans, times and frozen values.
void freeze(lua_State* L, FrozenKind kind);

[[nodiscard]] FrozenKind frozen_kind(lua_State* L, int index);

/// Pushes the table that it was made of; not for the user's code.
void push_frozen_content(lua_State* L, int index);

/// Its canonical text (base/value_text.h), without brackets around it.
void append_frozen_text(lua_State* L, int index, std::string* out);

/// Appends the texts of the values in it, however deep.
void append_inner_texts(lua_State* L, int index, std::vector<std::string>* out);

/// The canonical text of a text, number, boolean or time.
void append_scalar_text(lua_State* L, int index, std::string* out);

/// Leaves a table {next =} on the stack: Lua's next, which knows these too.
void open_frozen(lua_State* L);

}  // namespace moondial::script
