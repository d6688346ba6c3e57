#include "lua/binding.h"

#include "base/text.h"
#include "lua/frozen.h"
#include "lua/job.h"

namespace moondial::script {

std::optional<Place> user_place(lua_State* L, int level) {
  lua_Debug frame;
  for (; lua_getstack(L, level, &frame) != 0; ++level) {
    lua_getinfo(L, "Sl", &frame);
    if (frame.source[0] == '@' && frame.currentline > 0) {
      return Place{frame.source + 1, frame.currentline};
    }
  }
  return std::nullopt;
}

void raise(lua_State* L, const std::string& message) {
  push(L, message);
  lua_error(L);
  std::abort();  // lua_error does not return
}

void raise_at_user(lua_State* L, const std::string& message) {
  const std::optional<Place> place = user_place(L);
  raise(L, place ? place->text() + ": " + message : message);
}

std::string string_field(lua_State* L, int index, const char* name) {
  lua_getfield(L, index, name);
  std::string text(view(L, -1));
  lua_pop(L, 1);
  return text;
}

int64_t int_field(lua_State* L, int index, const char* name, int64_t otherwise) {
  lua_getfield(L, index, name);
  int is_number = 0;
  const lua_Integer value = lua_tointegerx(L, -1, &is_number);
  lua_pop(L, 1);
  return is_number != 0 ? value : otherwise;
}

double number_field(lua_State* L, int index, const char* name, double otherwise) {
  lua_getfield(L, index, name);
  int is_number = 0;
  const lua_Number value = lua_tonumberx(L, -1, &is_number);
  lua_pop(L, 1);
  return is_number != 0 ? value : otherwise;
}

bool bool_field(lua_State* L, int index, const char* name) {
  lua_getfield(L, index, name);
  const bool value = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return value;
}

std::vector<std::string> strings_field(lua_State* L, int index, const char* name) {
  std::vector<std::string> texts;
  lua_getfield(L, index, name);
  const lua_Integer count = lua_istable(L, -1) ? static_cast<lua_Integer>(lua_rawlen(L, -1)) : 0;
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, -1, i);
    texts.emplace_back(view(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return texts;
}

void push_weak_table(lua_State* L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  push(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
}

std::string without_secrets(lua_State* L, std::string_view text) {
  const Job* job = state_of(L).job;
  return job == nullptr ? std::string(text) : job->secrets().mask(text);
}

namespace {

/// One line, cut where it is long; secrets are masked before.
std::string shorten(lua_State* L, std::string_view text) {
  constexpr size_t kLongest = 80;
  const std::string shown = without_secrets(L, text);
  const std::string cut = printable(std::string_view(shown).substr(0, kLongest));
  return shown.size() > kLongest ? cut + "…" : cut;
}

}  // namespace

std::string describe(lua_State* L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TSTRING:
      return '"' + shorten(L, view(L, index)) + '"';
    case LUA_TNUMBER:
    case LUA_TBOOLEAN:
    case LUA_TUSERDATA: {
      std::string text = without_secrets(L, luaL_tolstring(L, index, nullptr));
      lua_pop(L, 1);
      return text;
    }
    case LUA_TNIL:
      return "nil";
    case LUA_TTABLE: {
      if (frozen_kind(L, index) == FrozenKind::kNone) return "a table";
      std::string text;
      append_frozen_text(L, index, &text);
      return text.empty() ? "empty" : shorten(L, text);
    }
    default:
      return std::string("a ") + luaL_typename(L, index);
  }
}

}  // namespace moondial::script
