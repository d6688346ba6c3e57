#include "lua/memory_bound.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace moondial::script {

MemoryBound::MemoryBound(lua_State* L, int64_t more_bytes)
    : inner_(lua_getallocf(L, &inner_data_)), state_(L), whole_(more_bytes), left_(more_bytes) {
  lua_setallocf(L, allocate, this);
}

void MemoryBound::make_room(int64_t bytes) {
  if (left_ < whole_ / 2) lua_gc(state_, LUA_GCCOLLECT);
  left_ = std::max(left_, bytes);
}

void* MemoryBound::allocate(void* self, void* block, size_t old_size, size_t new_size) {
  auto& bound = *static_cast<MemoryBound*>(self);
  const auto before = block == nullptr ? 0 : static_cast<int64_t>(old_size);
  const auto more = static_cast<int64_t>(new_size) - before;
  if (more > 0 && more > bound.left_) return nullptr;
  void* const made = bound.inner_(bound.inner_data_, block, old_size, new_size);
  if (made != nullptr || new_size == 0) bound.left_ -= more;
  return made;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
void bound_address_space(int64_t /*more_bytes*/) {}
#else
void bound_address_space(int64_t more_bytes) {
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  if (!(statm >> pages)) return;  // no Linux
  const auto page = static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
  const rlim_t bytes = pages * page + static_cast<rlim_t>(more_bytes);
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_AS, &limit);
}
#endif

}  // namespace moondial::script
