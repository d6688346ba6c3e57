// Garbage collection at every occasion, for tests: what only C++ still points to is gone by the
// next allocation, and under the address sanitizer its use ends the test.
#pragma once

#include <cstdlib>
#include <lua.hpp>
#include <string_view>

namespace moondial {

/// What MOONDIAL_TEST_GC says: nothing, `young` or `full`.
enum class GcMode : uint8_t {
  kUsual,
  /// At each allocation all objects are looked at that are younger than two collections, and at
  /// times all others: nearly as quick as without.
  kYoung,
  /// At each allocation all objects are looked at: a thousand times slower.
  kFull,
};

inline GcMode gc_mode() {
  const char* const told = std::getenv("MOONDIAL_TEST_GC");
  const std::string_view mode = told == nullptr ? "" : told;
  return mode == "young" ? GcMode::kYoung : mode == "full" ? GcMode::kFull : GcMode::kUsual;
}

inline void collect_young(lua_State* L) {
  // When memory has grown by 0 %: a byte of 256, since 0 itself means "as before". At 20 % all.
  lua_gc(L, LUA_GCGEN, 256, 20);
  lua_gc(L, LUA_GCSETPAUSE, 0);
}

inline void collect_fully(lua_State* L) {
  // Each step is a whole cycle (of 2^30 bytes), and the next one is due at once.
  lua_gc(L, LUA_GCINC, 1, 1000, 30);
  lua_gc(L, LUA_GCCOLLECT);  // what was allowed before counts no more
}

inline void collect_as_told(lua_State* L) {
  if (gc_mode() == GcMode::kYoung) collect_young(L);
  if (gc_mode() == GcMode::kFull) collect_fully(L);
}

}  // namespace moondial
