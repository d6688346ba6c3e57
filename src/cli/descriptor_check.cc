#include "cli/descriptor_check.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "uv/uv_loop.h"

namespace moondial {
namespace {

/// Which file each open descriptor is of. Its name may change: somebody may rename or delete it.
DescriptorCheck::Open open_descriptors() {
  DescriptorCheck::Open open;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", gone)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    struct stat info {};
    if (::fstat(fd, &info) == 0) open[fd] = {info.st_dev, info.st_ino};
  }
  // The one that read the directory is closed by now.
  std::erase_if(open, [](const auto& entry) { return ::fcntl(entry.first, F_GETFD) < 0; });
  return open;
}

std::string name_of(int fd) {
  std::error_code gone;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), gone).string();
}

}  // namespace

DescriptorCheck::DescriptorCheck() {
  // libuv keeps a pipe from the first loop of a process on.
  { const UvLoop first; }
  before_ = open_descriptors();
}

void DescriptorCheck::at_end() const {
  bool same = true;
  for (const auto& [fd, file] : open_descriptors()) {
    const auto known = before_.find(fd);
    if (known != before_.end() && known->second == file) continue;
    std::fprintf(stderr, "moondial: left open: descriptor %d, %s\n", fd, name_of(fd).c_str());
    same = false;
  }
  if (!same) std::abort();
}

}  // namespace moondial
