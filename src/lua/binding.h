#pragma once

#include <lua.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace moondial::script {

/// Something that the user's code did wrong. The trampoline raises it in Lua, headed by the
/// file:line of the nearest frame of the user's.
class ScriptError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A place in one of the user's files.
struct Place {
  std::string file;
  int line = 0;
  [[nodiscard]] std::string text() const { return file + ":" + std::to_string(line); }
};

/// The nearest running line of the user's code, from `level` upwards.
[[nodiscard]] std::optional<Place> user_place(lua_State* L, int level = 0);

/// Raises `message` as it is. Not from inside a catch block.
[[noreturn]] void raise(lua_State* L, const std::string& message);

/// Raises `message` headed by the user's place.
[[noreturn]] void raise_at_user(lua_State* L, const std::string& message);

/// What every function bound to Lua goes through: a std::exception becomes a Lua error, outside
/// of the catch block; Lua's own unwinding passes untouched.
template <int (*kFunction)(lua_State*)>
int bound(lua_State* L) {
  std::string message;
  try {
    return kFunction(L);
  } catch (const std::exception& error) {
    message = error.what();
  }
  raise_at_user(L, message);
}

/// The same for a function that goes on after a suspension.
template <int (*kFunction)(lua_State*, int, lua_KContext)>
int bound_k(lua_State* L, int status, lua_KContext context) {
  std::string message;
  try {
    return kFunction(L, status, context);
  } catch (const std::exception& error) {
    message = error.what();
  }
  raise_at_user(L, message);
}

/// The value of a result, or its error as a ScriptError.
template <typename T>
T unwrap(Result<T> result) {
  if (!result) throw ScriptError(result.error().message);
  return std::move(result).value();
}

/// The bytes of a string on the stack; valid while it is there.
[[nodiscard]] inline std::string_view view(lua_State* L, int index) {
  size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  return text == nullptr ? std::string_view() : std::string_view(text, size);
}

inline void push(lua_State* L, std::string_view text) {
  lua_pushlstring(L, text.data(), text.size());
}

/// A string field of the table at `index`, or "" if there is none.
[[nodiscard]] std::string string_field(lua_State* L, int index, const char* name);
[[nodiscard]] int64_t int_field(lua_State* L, int index, const char* name, int64_t otherwise = 0);
[[nodiscard]] double number_field(lua_State* L, int index, const char* name, double otherwise = 0);
[[nodiscard]] bool bool_field(lua_State* L, int index, const char* name);

/// The texts of a list in a field; empty if there is none.
[[nodiscard]] std::vector<std::string> strings_field(lua_State* L, int index, const char* name);

/// The text with the secrets of the running job masked.
[[nodiscard]] std::string without_secrets(lua_State* L, std::string_view text);

/// A value for an error message: strings quoted and cut, everything on one line, secrets masked.
[[nodiscard]] std::string describe(lua_State* L, int index);

/// Pushes a table that keeps none of its values alive.
void push_weak_table(lua_State* L);

/// Puts what is on top of the stack into the registry, and takes it off.
[[nodiscard]] inline int keep(lua_State* L) { return luaL_ref(L, LUA_REGISTRYINDEX); }
inline void push_kept(lua_State* L, int reference) { lua_rawgeti(L, LUA_REGISTRYINDEX, reference); }

}  // namespace moondial::script
