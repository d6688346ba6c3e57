#include "lua/import.h"

#include <string>

#include "embed/lua_files.h"
#include "lua/binding.h"

namespace moondial::script {
namespace {

/// Loads the embedded library: each module is called with `core` and a function to import others.
int import_module(lua_State* L) {
  const std::string name(view(L, 1));
  lua_pushvalue(L, lua_upvalueindex(2));
  if (lua_getfield(L, -1, name.c_str()) != LUA_TNIL) return 1;
  for (const EmbeddedFile& file : embedded::lua_files()) {
    if (file.name != "moondial/" + name + ".lua") continue;
    const std::string chunk = "=moondial/" + name;
    if (luaL_loadbufferx(L, file.text.data(), file.text.size(), chunk.c_str(), "t") != LUA_OK) {
      return lua_error(L);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    push_kept(L, static_cast<int>(lua_tointeger(L, lua_upvalueindex(3))));
    lua_call(L, 2, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, lua_upvalueindex(2), name.c_str());
    return 1;
  }
  throw ScriptError("moondial has no module " + name);
}

}  // namespace

void push_importer(lua_State* L) {
  lua_newtable(L);  // what was imported
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, bound<import_module>, 3);
  // The function hands itself on to each module, through the registry.
  lua_pushvalue(L, -1);
  const int self = keep(L);
  lua_pushinteger(L, self);
  lua_setupvalue(L, -2, 3);
}

}  // namespace moondial::script
