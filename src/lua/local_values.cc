#include "lua/local_values.h"

#include <string_view>
#include <vector>

#include "lua/binding.h"
#include "lua/frozen.h"

namespace moondial::script {
namespace {

constexpr size_t kMostValues = 20;
constexpr size_t kMostEntries = 8;

/// A plain table, one level deep. `index` is absolute.
std::string table_text(lua_State* L, int index) {
  std::string text;
  size_t shown = 0;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    if (shown++ > 0) text += ", ";
    if (shown > kMostEntries) {
      lua_pop(L, 2);
      return "{" + text + "…}";
    }
    if (lua_type(L, -2) == LUA_TSTRING) {
      text += without_secrets(L, view(L, -2)) + " = ";
    } else if (lua_isinteger(L, -2) == 0 ||
               lua_tointeger(L, -2) != static_cast<lua_Integer>(shown)) {
      text += "[" + describe(L, -2) + "] = ";
    }
    const bool is_plain = lua_istable(L, -1) && frozen_kind(L, -1) == FrozenKind::kNone;
    text += is_plain ? "{…}" : describe(L, -1);
  }
  return "{" + text + "}";
}

/// The value on top of the stack.
std::string value_text(lua_State* L) {
  const bool is_plain = lua_istable(L, -1) && frozen_kind(L, -1) == FrozenKind::kNone;
  if (!is_plain) return describe(L, -1);
  if (luaL_getmetafield(L, -1, "is_target") != LUA_TNIL) {
    lua_pop(L, 1);
    return "target " + string_field(L, -1, "path");
  }
  return table_text(L, lua_gettop(L));
}

}  // namespace

std::string local_values(lua_State* main, lua_State* thread, const lua_Debug& frame,
                         const std::string& indent) {
  // A thread that raised takes few values, and calls nothing: they are looked at on the main one.
  if (lua_checkstack(thread, 2) == 0 || lua_checkstack(main, LUA_MINSTACK) == 0) return {};
  std::vector<std::pair<std::string, std::string>> values;  // an inner one hides an outer one
  for (int i = 1;; ++i) {
    const char* const name = lua_getlocal(thread, &frame, i);
    if (name == nullptr) break;
    lua_xmove(thread, main, 1);
    if (name[0] != '(' && std::string_view(name) != "_ENV" && !lua_isfunction(main, -1)) {
      std::erase_if(values, [&](const auto& outer) { return outer.first == name; });
      values.emplace_back(name, value_text(main));
    }
    lua_pop(main, 1);
  }
  std::string text;
  const size_t first = values.size() > kMostValues ? values.size() - kMostValues : 0;
  for (size_t i = first; i < values.size(); ++i) {
    text += "\n" + indent + values[i].first + " = " + values[i].second;
  }
  return text;
}

}  // namespace moondial::script
