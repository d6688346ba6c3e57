// The Lua that is linked has the properties that third_party/lua asks for.
#include "third_party/lua/probe.h"

#include "tests/catch.h"

namespace moondial::lua_probe_test {
namespace {

TEST_CASE("concatenation survives a stack that moves during __concat") {
  CHECK(lua_probe::concat_survives_a_moving_stack() == "");
}

TEST_CASE("a Lua error runs the destructors of the C++ frames it leaves") {
  CHECK(lua_probe::errors_unwind_destructors() == "");
}

TEST_CASE("Lua is 5.4.6 or newer") {
  CHECK(LUA_VERSION_NUM == 504);
  CHECK(LUA_VERSION_RELEASE_NUM >= 50406);
}

}  // namespace
}  // namespace moondial::lua_probe_test
