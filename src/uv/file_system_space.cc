#include "uv/file_system_space.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace moondial {
namespace {

int64_t bytes(uint64_t blocks, uint64_t block_size) {
  uint64_t out = 0;
  if (__builtin_mul_overflow(blocks, block_size, &out)) return INT64_MAX;
  return static_cast<int64_t>(std::min<uint64_t>(out, INT64_MAX));
}

}  // namespace

std::optional<DiskRoom> FileSystemSpace::room(const std::string& folder) const {
  std::string path = folder;
  struct statvfs info {};
  while (::statvfs(path.c_str(), &info) != 0) {
    if (errno == EINTR) continue;
    const size_t slash = path.rfind('/');
    if (errno != ENOENT || path == "/") return std::nullopt;
    if (slash == std::string::npos) {
      if (path == ".") return std::nullopt;
      path = ".";
    } else {
      path.resize(std::max<size_t>(slash, 1));
    }
  }
  // Some that have no size of their own (a FUSE file system may) say nothing but zeros.
  if (info.f_blocks == 0) return std::nullopt;
  return DiskRoom{bytes(info.f_bavail, info.f_frsize), bytes(info.f_blocks, info.f_frsize)};
}

}  // namespace moondial
