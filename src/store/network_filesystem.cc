#include "store/network_filesystem.h"

#include <sys/vfs.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace moondial {
namespace {

// statfs(2) and linux/magic.h; the latter does not have all of them.
constexpr auto kNetworkFilesystems = std::to_array<std::pair<uint64_t, std::string_view>>({
    {0x6969, "NFS"},
    {0x517B, "SMB"},
    {0xFF534D42, "CIFS"},
    {0xFE534D42, "SMB2"},
    {0x65735546, "FUSE"},
    {0x01021997, "9P"},
    {0x00C36400, "Ceph"},
    {0x0BD00BD0, "Lustre"},
    {0x47504653, "GPFS"},
    {0x01161970, "GFS2"},
    {0x7461636F, "OCFS2"},
    {0x19830326, "BeeGFS"},
    {0x5346414F, "AFS"},
    {0x6B414653, "AFS"},
    {0x73757245, "Coda"},
    {0x564C, "NCP"},
    {0x786F4256, "VirtualBox's shared folders"},
    {0xBACBACBC, "VMware's shared folders"},
});

}  // namespace

std::string_view network_filesystem_name(uint64_t type) {
  // f_type is signed on some architectures, and then the upper half is all ones.
  for (const auto& [magic, name] : kNetworkFilesystems) {
    if ((type & 0xFFFFFFFF) == magic) return name;
  }
  return {};
}

Status refuse_network_filesystem(const std::string& path) {
  struct statfs info {};
  int result = ::statfs(path.c_str(), &info);
  if (result != 0 && errno == ENOENT) {
    const std::string directory = std::filesystem::path(path).parent_path().string();
    result = ::statfs(directory.empty() ? "." : directory.c_str(), &info);
  }
  if (result != 0) return {Code::kIo, path + ": " + std::strerror(errno)};
  const auto name = network_filesystem_name(static_cast<uint64_t>(info.f_type));
  if (name.empty()) return {};
  return {Code::kInvalid, path + " lies on a network file system (" + std::string(name) +
                              "), which cannot keep moondial's record safe: the project's state "
                              "must be on a local disk"};
}

}  // namespace moondial
