// Parameters that are lists and maps: each item meets the checks of its kind.
#include "base/text.h"
#include "base/value_text.h"
#include "lua/binding.h"
#include "lua/frozen.h"
#include "lua/param_kind.h"

namespace moondial::script {
namespace {

std::string expected_text(const ParamSpec& spec) {
  const bool is_list = spec.kind == Kind::kList;
  return (is_list ? "a list, " : "a map from names to values, ") + kind_text(spec);
}

std::string wrong_item(const ParamSpec& spec, const std::string& which, const std::string& shown,
                       const std::string& expected) {
  const std::string problem = kind_text(spec) + "; item " + which + " is ";
  return problem + (spec.secret ? "not " : shown + ", expected ") + expected;
}

/// A list or map that is being made on top of the stack.
class Maker {
 public:
  Maker(lua_State* L, const ParamSpec& spec) : lua_(L), spec_(spec), start_(lua_gettop(L)) {
    luaL_checkstack(L, 20, "a list is nested too deeply");
  }

  /// Takes the accepted value on top of the stack into the table at `table`, under a name or,
  /// where there is none, as the next of the list.
  void add(int table, const std::string& name) {
    if (spec_.kind == Kind::kList) return lua_rawseti(lua_, table, ++count_);
    push(lua_, name);
    lua_insert(lua_, -2);
    lua_rawset(lua_, table);
  }

  [[nodiscard]] std::string refuse(const std::string& which, const std::string& shown,
                                   const std::string& expected) {
    lua_settop(lua_, start_);
    return wrong_item(spec_, which, shown, expected);
  }

  /// Freezes the table at `table`, and leaves it on top.
  void finish(int table) {
    lua_settop(lua_, table);
    freeze(lua_, spec_.kind == Kind::kList ? FrozenKind::kList : FrozenKind::kMap);
  }

 private:
  lua_State* lua_;
  const ParamSpec& spec_;
  const int start_;
  lua_Integer count_ = 0;
};

bool is_plain_table(lua_State* L, int index) {
  if (!lua_istable(L, index)) return false;
  if (frozen_kind(L, index) != FrozenKind::kNone) return true;
  if (luaL_getmetafield(L, index, "is_target") == LUA_TNIL) return true;
  lua_pop(L, 1);
  return false;
}

/// Whether the table at `content` has the positions 1 … n and nothing else.
bool is_sequence(lua_State* L, int content) {
  lua_Integer entries = 0;
  for (lua_pushnil(L); lua_next(L, content) != 0; lua_pop(L, 1)) ++entries;
  return entries == static_cast<lua_Integer>(lua_rawlen(L, content));
}

std::string accept_list(lua_State* L, const ParamSpec& spec, int content) {
  if (!is_sequence(L, content)) return expected_text(spec) + "; it has holes or names";
  Maker maker(L, spec);
  const auto length = static_cast<lua_Integer>(lua_rawlen(L, content));
  lua_createtable(L, static_cast<int>(length), 0);
  const int made = lua_gettop(L);
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(L, content, i);
    const std::string expected = accept_value(L, *spec.item);
    if (!expected.empty()) return maker.refuse(std::to_string(i), describe(L, -1), expected);
    maker.add(made, "");
  }
  maker.finish(made);
  return {};
}

std::string accept_map(lua_State* L, const ParamSpec& spec, int content) {
  Maker maker(L, spec);
  lua_newtable(L);
  const int made = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, content) != 0;) {
    if (lua_type(L, -2) != LUA_TSTRING) {
      const std::string key = describe(L, -2);
      lua_settop(L, made - 1);
      return expected_text(spec) + (spec.secret ? "" : "; its key " + key + " is no text");
    }
    const std::string name(view(L, -2));
    const std::string expected = accept_value(L, *spec.item);
    if (!expected.empty()) {
      return maker.refuse(identity_value(name), describe(L, -1), expected);
    }
    maker.add(made, name);
  }
  maker.finish(made);
  return {};
}

std::string accept_parsed(lua_State* L, const ParamSpec& spec, const ValueText& parsed);

/// Pushes the value of one item, or returns what was expected.
std::string accept_parsed_item(lua_State* L, const ParamSpec& spec, const ValueText& item) {
  const auto wanted = spec.kind == Kind::kList  ? ValueText::Kind::kList
                      : spec.kind == Kind::kMap ? ValueText::Kind::kMap
                                                : ValueText::Kind::kText;
  if (item.kind != wanted) {
    if (wanted == ValueText::Kind::kText) return kind_text(spec) + " without brackets";
    return expected_text(spec) + (wanted == ValueText::Kind::kList ? " in [ ]" : " in { }");
  }
  if (wanted == ValueText::Kind::kText) return accept_text(L, spec, item.text);
  return accept_parsed(L, spec, item);
}

std::string accept_parsed(lua_State* L, const ParamSpec& spec, const ValueText& parsed) {
  Maker maker(L, spec);
  lua_newtable(L);
  const int made = lua_gettop(L);
  for (size_t i = 0; i < parsed.items.size(); ++i) {
    const ValueText& item = parsed.items[i];
    const bool is_list = spec.kind == Kind::kList;
    const std::string expected = accept_parsed_item(L, *spec.item, item);
    if (!expected.empty()) {
      const std::string shown =
          item.kind == ValueText::Kind::kText ? quoted_value(item.text) : "in brackets";
      return maker.refuse(is_list ? std::to_string(i + 1) : identity_value(parsed.keys[i]), shown,
                          expected);
    }
    maker.add(made, is_list ? "" : parsed.keys[i]);
  }
  maker.finish(made);
  return {};
}

}  // namespace

std::string accept_items(lua_State* L, const ParamSpec& spec) {
  const int given = lua_gettop(L);
  if (!is_plain_table(L, given)) return expected_text(spec);
  luaL_checkstack(L, 20, "a list is nested too deeply");
  const FrozenKind kind = frozen_kind(L, given);
  if (kind == FrozenKind::kNone) {
    lua_pushvalue(L, given);
  } else {
    push_frozen_content(L, given);
  }
  const bool is_list = spec.kind == Kind::kList;
  std::string expected = expected_text(spec);
  if (kind == FrozenKind::kNone || (kind == FrozenKind::kList) == is_list) {
    expected = is_list ? accept_list(L, spec, given + 1) : accept_map(L, spec, given + 1);
  }
  if (expected.empty()) lua_replace(L, given);
  lua_settop(L, given);
  return expected;
}

std::string accept_items_text(lua_State* L, const ParamSpec& spec, std::string_view text) {
  const bool is_list = spec.kind == Kind::kList;
  const auto parsed = is_list ? parse_list_text(text) : parse_map_text(text);
  if (!parsed.ok()) {
    const std::string like = is_list ? " such as a,b,c" : " such as x=1,y=2";
    return kind_text(spec) + like + (spec.secret ? "" : ": " + parsed.error().message);
  }
  return accept_parsed(L, spec, *parsed);
}

}  // namespace moondial::script
