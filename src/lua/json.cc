// JSON and Lua values. A table with a list is an array, any other an object with its keys in byte
// order; an empty table is an object unless it came from an array. null is nil in objects,
// json.null in arrays.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "lua/binding.h"
#include "lua/dates.h"
#include "lua/frozen.h"
#include "lua/library.h"

namespace moondial::script {
namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 200;
const char* const kArrayMeta = "moondial.json.array";

void check_depth(lua_State* L, int depth) {
  if (depth > kDeepest) throw ScriptError("JSON: nested too deeply, or a table holds itself");
  luaL_checkstack(L, 10, "JSON is nested too deeply");
}

Json to_json(lua_State* L, int index, int depth);

bool is_array(lua_State* L, int index) {
  if (lua_rawlen(L, index) > 0) return true;
  if (lua_getmetatable(L, index) == 0) return false;
  luaL_getmetatable(L, kArrayMeta);
  const bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same;
}

Json array_to_json(lua_State* L, int index, int depth) {
  Json array = Json::array();
  const auto length = static_cast<lua_Integer>(lua_rawlen(L, index));
  lua_Integer entries = 0;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) ++entries;
  if (entries != length) throw ScriptError("JSON: a table has both a list and names, or holes");
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(L, index, i);
    array.push_back(to_json(L, lua_gettop(L), depth + 1));
    lua_pop(L, 1);
  }
  return array;
}

Json table_to_json(lua_State* L, int index, int depth) {
  check_depth(L, depth);
  if (const FrozenKind kind = frozen_kind(L, index); kind != FrozenKind::kNone) {
    push_frozen_content(L, index);
    Json json = kind == FrozenKind::kList && lua_rawlen(L, -1) == 0
                    ? Json::array()
                    : table_to_json(L, lua_gettop(L), depth);
    lua_pop(L, 1);
    return json;
  }
  if (is_array(L, index)) return array_to_json(L, index, depth);
  Json object = Json::object();
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) {
      throw ScriptError("JSON: the key " + describe(L, -2) + " is not text");
    }
    if (!is_utf8(view(L, -2))) {
      throw ScriptError("JSON: a key that is not UTF-8: " + describe(L, -2));
    }
    object[std::string(view(L, -2))] = to_json(L, lua_gettop(L), depth + 1);
  }
  return object;
}

Json to_json(lua_State* L, int index, int depth) {
  switch (lua_type(L, index)) {
    case LUA_TNIL:
      return nullptr;
    case LUA_TBOOLEAN:
      return lua_toboolean(L, index) != 0;
    case LUA_TNUMBER:
      if (lua_isinteger(L, index) != 0) return lua_tointeger(L, index);
      if (!std::isfinite(lua_tonumber(L, index))) {
        throw ScriptError("JSON: there is no " + describe(L, index));
      }
      return lua_tonumber(L, index);
    case LUA_TSTRING:
      if (!is_utf8(view(L, index))) {
        throw ScriptError("JSON: text that is not UTF-8: " + describe(L, index));
      }
      return std::string(view(L, index));
    case LUA_TTABLE:
      return table_to_json(L, index, depth);
    case LUA_TLIGHTUSERDATA:
      return nullptr;
    default:
      if (is_time_value(L, index)) {
        std::string text;
        append_scalar_text(L, index, &text);
        return text;
      }
      throw ScriptError("JSON: there is no form for " + describe(L, index));
  }
}

void push_value(lua_State* L, const Json& value, int depth) {
  check_depth(L, depth);
  switch (value.type()) {
    case Json::value_t::object:
      lua_createtable(L, 0, static_cast<int>(value.size()));
      for (const auto& [key, entry] : value.items()) {
        if (entry.is_null()) continue;
        push(L, key);
        push_value(L, entry, depth + 1);
        lua_rawset(L, -3);
      }
      break;
    case Json::value_t::array: {
      lua_createtable(L, static_cast<int>(value.size()), 0);
      lua_Integer i = 0;
      for (const Json& entry : value) {
        if (entry.is_null()) {
          lua_pushlightuserdata(L, nullptr);
        } else {
          push_value(L, entry, depth + 1);
        }
        lua_rawseti(L, -2, ++i);
      }
      luaL_newmetatable(L, kArrayMeta);
      lua_setmetatable(L, -2);
      break;
    }
    case Json::value_t::string:
      push(L, value.get_ref<const std::string&>());
      break;
    case Json::value_t::boolean:
      lua_pushboolean(L, value.get<bool>());
      break;
    case Json::value_t::number_integer:
      lua_pushinteger(L, value.get<int64_t>());
      break;
    case Json::value_t::number_unsigned:
      if (value.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX)) {
        lua_pushinteger(L, static_cast<lua_Integer>(value.get<uint64_t>()));
      } else {
        lua_pushnumber(L, value.get<double>());
      }
      break;
    case Json::value_t::number_float:
      lua_pushnumber(L, value.get<double>());
      break;
    default:
      lua_pushnil(L);
  }
}

}  // namespace

std::string json_text(lua_State* L, int index) {
  return to_json(L, lua_absindex(L, index), 0).dump();
}

void push_json(lua_State* L, std::string_view text) {
  // The library's own message has numbers of its own and the text's bytes: only its place is kept.
  Json value;
  try {
    value = Json::parse(text);
  } catch (const Json::parse_error& error) {
    const size_t at = error.byte > 0 ? error.byte - 1 : 0;
    const auto line = 1 + std::count(text.begin(), text.begin() + std::min(at, text.size()), '\n');
    throw ScriptError(
        "not JSON: line " + std::to_string(line) + ", near " +
        shell_quote(
            printable(without_secrets(L, text.substr(std::min(at, text.size()))).substr(0, 20))));
  } catch (const Json::exception&) {
    throw ScriptError("not JSON: a number in it is out of range");
  }
  push_value(L, value, 0);
}

}  // namespace moondial::script
