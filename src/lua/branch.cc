#include "lua/branch.h"

#include "lua/binding.h"

namespace moondial::script {

Branch::Branch(lua_State* of, lua_Hook hook, int interval)
    : main(of), thread(lua_newthread(of)), reference_(keep(of)) {
  lua_sethook(thread, hook, LUA_MASKCOUNT, interval);
}

Branch::~Branch() { luaL_unref(main, LUA_REGISTRYINDEX, reference_); }

void Branch::close() {
  ended = true;
  for (lua_State* coroutine : suspended_in) lua_closethread(coroutine, nullptr);
  suspended_in.clear();
  lua_closethread(thread, main);
}

BranchGroup::~BranchGroup() {
  luaL_unref(main, LUA_REGISTRYINDEX, results);
  luaL_unref(main, LUA_REGISTRYINDEX, error);
}

}  // namespace moondial::script
