#pragma once

#include <cstdint>
#include <lua.hpp>

namespace moondial::script {

/// Bounds what a lua_State may take from now on. What is beyond it is refused, of which Lua makes
/// "not enough memory", an error like others. It must outlive the lua_State.
class MemoryBound {
 public:
  MemoryBound(lua_State* L, int64_t more_bytes);
  MemoryBound(const MemoryBound&) = delete;
  MemoryBound& operator=(const MemoryBound&) = delete;

  /// Collects what is garbage if there is not much left: a text that grows does not do it. Then
  /// lets it take so much at least, for who wants to give back what is too much.
  void make_room(int64_t bytes);

 private:
  static void* allocate(void* self, void* block, size_t old_size, size_t new_size);

  lua_Alloc inner_ = nullptr;
  void* inner_data_ = nullptr;
  lua_State* const state_;
  const int64_t whole_;
  int64_t left_;
};

/// Bounds the address space of this process: so much more than it has now. For what user code has
/// C++ allocate. Nothing in builds with a sanitizer, which reserve it all.
void bound_address_space(int64_t more_bytes);

}  // namespace moondial::script
