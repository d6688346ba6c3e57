#include "lua/reference.h"

#include <lua.hpp>
#include <memory>
#include <new>

#include "lua/binding.h"
#include "lua/import.h"
#include "lua/library.h"
#include "lua/state.h"

namespace moondial::script {
namespace {

/// A state with the library's modules, and no user code.
class ReferenceState {
 public:
  ReferenceState() : lua_(luaL_newstate(), &lua_close) {
    if (lua_ == nullptr) throw std::bad_alloc();
    state_.main = lua_.get();
    *static_cast<State**>(lua_getextraspace(lua_.get())) = &state_;
  }

  /// Calls a function of a module with a name, unless that is empty, and whether JSON is wanted.
  Result<std::string> call(const char* module, const char* function, const std::string& name,
                           bool json) {
    lua_State* L = lua_.get();
    lua_pushcfunction(L, bound<run>);
    lua_pushstring(L, module);
    lua_pushstring(L, function);
    int arguments = 3;
    if (!name.empty()) {
      push(L, name);
      ++arguments;
    }
    lua_pushboolean(L, json ? 1 : 0);
    if (lua_pcall(L, arguments, 2, 0) != LUA_OK) {
      return Error{Code::kInternal, "moondial's own library: " + std::string(view(L, -1)), {}};
    }
    if (lua_isnil(L, -2)) return Error{Code::kNotFound, std::string(view(L, -1)), {}};
    return std::string(view(L, -2));
  }

 private:
  // (module, function, arguments …) → what the function gives
  static int run(lua_State* L) {
    const int arguments = lua_gettop(L) - 2;
    luaL_openlibs(L);
    open_library(L);
    push_importer(L);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    lua_pushvalue(L, 2);
    lua_gettable(L, -2);
    lua_replace(L, 2);
    lua_pop(L, 1);
    lua_call(L, arguments, 2);
    return 2;
  }

  State state_;
  std::unique_ptr<lua_State, decltype(&lua_close)> lua_;
};

}  // namespace
}  // namespace moondial::script

namespace moondial {

Result<std::string> dsl_types() {
  return script::ReferenceState().call("reference_types", "text", "", false);
}

Result<std::string> dsl_reference(const std::string& name, bool json) {
  return script::ReferenceState().call("reference_text", name.empty() ? "all" : "one", name, json);
}

}  // namespace moondial
