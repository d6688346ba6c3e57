// That the modes of collect.h do what the other tests run again for.
#include "tests/lua/collect.h"

#include <memory>

#include "tests/catch.h"

namespace moondial::collect_test {
namespace {

struct Closer {
  void operator()(lua_State* L) const { lua_close(L); }
};

/// Whether a new text that is taken off the stack is gone after one further allocation.
bool frees_at_once(void (*collect)(lua_State*), bool is_old) {
  const std::unique_ptr<lua_State, Closer> owner(luaL_newstate());
  lua_State* L = owner.get();
  luaL_openlibs(L);
  if (collect != nullptr) collect(L);
  lua_newtable(L);  // what is in it is held by the stack alone
  lua_newtable(L);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawseti(L, 1, 1);
  if (is_old) {
    for (int i = 0; i < 10; ++i) {
      lua_newtable(L);
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
  // Two, since a step that began before the pop may still have marked it.
  for (int i = 0; i < 2; ++i) {
    lua_newtable(L);
    lua_pop(L, 1);
  }
  return lua_rawgeti(L, 1, 1) == LUA_TNIL;
}

}  // namespace

TEST_CASE("aggressive garbage collection frees at once what Lua does not hold") {
  CHECK_FALSE(frees_at_once(nullptr, false));
  CHECK(frees_at_once(collect_young, false));
  CHECK_FALSE(frees_at_once(collect_young, true));
  CHECK(frees_at_once(collect_fully, false));
  CHECK(frees_at_once(collect_fully, true));
}

}  // namespace moondial::collect_test
