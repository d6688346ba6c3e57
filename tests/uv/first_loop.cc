// libuv keeps a pipe for signals from the first loop of a process to its end. Made before the first
// test case, so that it does not count as left open by one.
#include "uv/uv_loop.h"

namespace {

[[maybe_unused]] const bool made = (moondial::UvLoop(), true);

}  // namespace
