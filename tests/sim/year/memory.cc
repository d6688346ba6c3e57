// The program's operator new, which counts what is the engine's.
#include "tests/sim/year/memory.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace moondial::sim {
namespace {

int64_t live_bytes = 0;

/// Before each block; as long as the strictest alignment.
struct alignas(std::max_align_t) Header {
  int64_t size = 0;  ///< 0 of what is not the engine's
};

void* take(std::size_t size) noexcept {
  void* const block = std::malloc(sizeof(Header) + size);
  if (block == nullptr) return nullptr;
  auto* const header = ::new (block) Header;
  if (Allocates::engine_allocates) live_bytes += header->size = static_cast<int64_t>(size);
  return header + 1;
}

void* take_or_throw(std::size_t size) {
  void* const block = take(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void give_back(void* block) noexcept {
  if (block == nullptr) return;
  auto* const header = static_cast<Header*>(block) - 1;
  live_bytes -= header->size;
  std::free(header);
}

}  // namespace

bool Allocates::engine_allocates = false;

int64_t engine_bytes() { return live_bytes; }

}  // namespace moondial::sim

using moondial::sim::give_back;
using moondial::sim::take;
using moondial::sim::take_or_throw;

void* operator new(std::size_t size) { return take_or_throw(size); }
void* operator new[](std::size_t size) { return take_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void operator delete(void* block) noexcept { give_back(block); }
void operator delete[](void* block) noexcept { give_back(block); }
void operator delete(void* block, std::size_t) noexcept { give_back(block); }
void operator delete[](void* block, std::size_t) noexcept { give_back(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { give_back(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { give_back(block); }
