// A frozen value is an empty table whose metatable holds the content and says what it is.
#include "lua/frozen.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "base/value_text.h"
#include "lua/binding.h"
#include "lua/time_values.h"

namespace moondial::script {
namespace {

const char kContentKey = 0, kKindKey = 0;  // their addresses are keys

void check_room(lua_State* L) { luaL_checkstack(L, 10, "a list is nested too deeply"); }

int frozen_length(lua_State* L) {
  push_frozen_content(L, 1);
  lua_pushinteger(L, static_cast<lua_Integer>(lua_rawlen(L, -1)));
  return 1;
}

int frozen_set(lua_State* L) {
  if (frozen_kind(L, 1) == FrozenKind::kList) {
    throw ScriptError(
        "a list that is a parameter cannot be changed; {table.unpack(list)} is a copy");
  }
  throw ScriptError("a map that is a parameter cannot be changed (key " + describe(L, 2) + ")");
}

int frozen_text(lua_State* L) {
  std::string text;
  append_frozen_text(L, 1, &text);
  push(L, text);
  return 1;
}

bool equal_content(lua_State* L, int a, int b) {
  for (lua_pushnil(L); lua_next(L, a) != 0; lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    lua_rawget(L, b);
    const bool same = lua_compare(L, -1, -2, LUA_OPEQ) != 0;
    lua_pop(L, 1);
    if (same) continue;
    lua_pop(L, 2);
    return false;
  }
  return true;
}

int frozen_equal(lua_State* L) {
  const FrozenKind kind = frozen_kind(L, 1);
  bool equal = kind != FrozenKind::kNone && kind == frozen_kind(L, 2);
  if (equal) {
    check_room(L);
    push_frozen_content(L, 1);
    push_frozen_content(L, 2);
    const int a = lua_gettop(L) - 1, b = lua_gettop(L);
    equal = equal_content(L, a, b) && equal_content(L, b, a);
  }
  lua_pushboolean(L, equal);
  return 1;
}

int frozen_next(lua_State* L) {
  lua_settop(L, 2);
  if (frozen_kind(L, 1) != FrozenKind::kNone) {
    push_frozen_content(L, 1);
    lua_replace(L, 1);
  } else if (!lua_istable(L, 1)) {
    throw ScriptError("next: expected a table, got " + describe(L, 1));
  }
  if (lua_next(L, 1) != 0) return 2;
  lua_pushnil(L);
  return 1;
}

int frozen_pairs(lua_State* L) {
  lua_settop(L, 1);
  lua_pushcfunction(L, bound<frozen_next>);
  lua_insert(L, 1);
  lua_pushnil(L);
  return 3;
}

/// The keys of the map's content at `index`, in byte order.
std::vector<std::string> sorted_keys(lua_State* L, int index) {
  std::vector<std::string> keys;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) keys.emplace_back(view(L, -2));
  std::ranges::sort(keys);
  return keys;
}

/// A value inside, on top of the stack.
void append_inner_text(lua_State* L, std::string* out) {
  const FrozenKind kind = frozen_kind(L, -1);
  if (kind != FrozenKind::kNone) {
    out->push_back(kind == FrozenKind::kList ? '[' : '{');
    append_frozen_text(L, lua_gettop(L), out);
    out->push_back(kind == FrozenKind::kList ? ']' : '}');
  } else if (lua_type(L, -1) == LUA_TSTRING) {
    append_item_text(view(L, -1), out);
  } else {
    append_scalar_text(L, lua_gettop(L), out);
  }
}

}  // namespace

void freeze(lua_State* L, FrozenKind kind) {
  static const luaL_Reg kFunctions[] = {{"__len", bound<frozen_length>},
                                        {"__newindex", bound<frozen_set>},
                                        {"__tostring", bound<frozen_text>},
                                        {"__eq", bound<frozen_equal>},
                                        {"__pairs", bound<frozen_pairs>},
                                        {"__concat", bound<concat_values>},
                                        {nullptr, nullptr}};
  check_room(L);
  lua_newtable(L);
  lua_createtable(L, 0, 11);
  luaL_setfuncs(L, kFunctions, 0);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -3);
  lua_rawsetp(L, -2, &kContentKey);
  lua_pushinteger(L, static_cast<lua_Integer>(kind));
  lua_rawsetp(L, -2, &kKindKey);
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

FrozenKind frozen_kind(lua_State* L, int index) {
  if (!lua_istable(L, index) || lua_getmetatable(L, index) == 0) return FrozenKind::kNone;
  lua_rawgetp(L, -1, &kKindKey);
  const lua_Integer kind = lua_tointeger(L, -1);  // 0 if there is none
  lua_pop(L, 2);
  return static_cast<FrozenKind>(kind);
}

void push_frozen_content(lua_State* L, int index) {
  lua_getmetatable(L, index);
  lua_rawgetp(L, -1, &kContentKey);
  lua_remove(L, -2);
}

void append_scalar_text(lua_State* L, int index, std::string* out) {
  switch (lua_type(L, index)) {
    case LUA_TSTRING:
      out->append(view(L, index));
      break;
    case LUA_TBOOLEAN:
      out->append(lua_toboolean(L, index) != 0 ? "true" : "false");
      break;
    case LUA_TNUMBER:
      if (lua_isinteger(L, index) != 0) {
        out->append(std::to_string(lua_tointeger(L, index)));
      } else {
        out->append(format_number(lua_tonumber(L, index)));
      }
      break;
    default:  // a time
      luaL_tolstring(L, index, nullptr);
      out->append(view(L, -1));
      lua_pop(L, 1);
  }
}

void append_frozen_text(lua_State* L, int index, std::string* out) {
  check_room(L);
  index = lua_absindex(L, index);
  const bool is_list = frozen_kind(L, index) == FrozenKind::kList;
  push_frozen_content(L, index);
  const int content = lua_gettop(L);
  if (is_list) {
    const auto length = static_cast<lua_Integer>(lua_rawlen(L, content));
    for (lua_Integer i = 1; i <= length; ++i) {
      if (i > 1) out->push_back(',');
      lua_rawgeti(L, content, i);
      append_inner_text(L, out);
      lua_settop(L, content);
    }
  } else {
    bool is_first = true;
    for (const std::string& key : sorted_keys(L, content)) {
      if (!std::exchange(is_first, false)) out->push_back(',');
      append_key_text(key, out);
      out->push_back('=');
      push(L, key);
      lua_rawget(L, content);
      append_inner_text(L, out);
      lua_settop(L, content);
    }
  }
  lua_pop(L, 1);
}

void append_inner_texts(lua_State* L, int index, std::vector<std::string>* out) {
  check_room(L);
  push_frozen_content(L, index);
  const int content = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, content) != 0; lua_pop(L, 1)) {
    if (frozen_kind(L, -1) != FrozenKind::kNone) {
      append_inner_texts(L, lua_gettop(L), out);
    } else {
      append_scalar_text(L, lua_gettop(L), &out->emplace_back());
    }
  }
  lua_pop(L, 1);
}

void open_frozen(lua_State* L) {
  static const luaL_Reg kFunctions[] = {{"next", bound<frozen_next>}, {nullptr, nullptr}};
  luaL_newlib(L, kFunctions);
}

}  // namespace moondial::script
