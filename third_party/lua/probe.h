// Two properties that moondial needs of a Lua and that some builds lack. Used when the system's
// Lua is judged at configure time, and by tests/lua_probe.
#pragma once

#include <lua.hpp>
#include <memory>
#include <string>

namespace moondial::lua_probe {

struct StateCloser {
  void operator()(lua_State* state) const { lua_close(state); }
};
using State = std::unique_ptr<lua_State, StateCloser>;

inline State new_state() {
  State state(luaL_newstate());
  luaL_openlibs(state.get());
  return state;
}

/// Runs `d .. " " .. d` with a __concat metamethod on a fresh coroutine at each stack depth from 1
/// to 60. Lua 5.4.4 fails at the depths where the stack moves during the metamethod's call.
/// Returns "" or what went wrong.
inline std::string concat_survives_a_moving_stack() {
  static constexpr const char* kScript = R"lua(
    local meta = {}
    meta.__tostring = function() return "d" end
    meta.__concat = function(a, b) return tostring(a) .. tostring(b) end
    local d = setmetatable({}, meta)
    local function at_depth(n, ...)
      if n == 0 then return d .. " " .. d end
      return (select(1, at_depth(n - 1, n, ...)))
    end
    for depth = 1, 60 do
      local thread = coroutine.create(at_depth)
      local ok, value = coroutine.resume(thread, depth)
      if not ok then error("depth " .. depth .. ": " .. tostring(value)) end
      if value ~= "d d" then error("depth " .. depth .. ": got " .. tostring(value)) end
      local locals = {}
      for i = 1, depth do locals[i] = "local v" .. i .. " = " .. i end
      local chunk = assert(load(table.concat(locals, "\n") .. "\nlocal d = ...\nreturn d .. ' ' .. d"))
      ok, value = coroutine.resume(coroutine.create(chunk), d)
      if not ok then error(depth .. " locals: " .. tostring(value)) end
      if value ~= "d d" then error(depth .. " locals: got " .. tostring(value)) end
    end
  )lua";
  const State state = new_state();
  if (luaL_dostring(state.get(), kScript) == LUA_OK) return "";
  const char* message = lua_tostring(state.get(), -1);
  return message != nullptr ? message : "an error that is no string";
}

/// A Lua error that passes through a C++ function runs the destructors there.
/// Returns "" or what went wrong.
inline std::string errors_unwind_destructors() {
  static bool unwound;
  unwound = false;
  struct Witness {
    Witness() = default;
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    ~Witness() { unwound = true; }
  };
  const State state = new_state();
  lua_pushcfunction(state.get(), [](lua_State* inner) -> int {
    const Witness witness;
    return luaL_error(inner, "thrown across a frame");
  });
  if (lua_pcall(state.get(), 0, 0, 0) != LUA_ERRRUN) return "the error did not arrive";
  return unwound ? "" : "the destructor did not run: this Lua was built as C";
}

}  // namespace moondial::lua_probe
