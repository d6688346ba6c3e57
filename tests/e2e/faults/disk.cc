#include "tests/e2e/faults/disk.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e {
namespace {

/// Empty, or why not.
std::string become_able_to_mount() {
  const unsigned uid = ::geteuid();
  const unsigned gid = ::getegid();
  if (::unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) {
    return std::string("unshare: ") + std::strerror(errno);
  }
  if (uid != 0) {
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << uid << " " << uid << " 1";
    std::ofstream("/proc/self/gid_map") << gid << " " << gid << " 1";
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return std::string("mount: ") + std::strerror(errno);
  }
  return {};
}

}  // namespace

bool SmallDisk::is_possible() {
  static const std::string why_not = become_able_to_mount();
  if (!why_not.empty())
    WARN("skipped: this system does not let us mount a tmpfs (" << why_not << ")");
  return why_not.empty();
}

SmallDisk::SmallDisk(std::filesystem::path at, const std::string& options) : at_(std::move(at)) {
  std::filesystem::create_directories(at_);
  INFO("mount " << at_ << " " << options << ": " << std::strerror(errno));
  REQUIRE(::mount("tmpfs", at_.c_str(), "tmpfs", 0, ("mode=0700," + options).c_str()) == 0);
}

SmallDisk::~SmallDisk() { ::umount2(at_.c_str(), MNT_DETACH); }

void SmallDisk::remount(const std::string& options) const {
  const bool read_only = options == "ro";
  const unsigned long flags = MS_REMOUNT | (read_only ? MS_RDONLY : 0);
  const char* const data = read_only ? nullptr : options.c_str();
  int error = 0;
  // An engine that is just ending has files open.
  wait_until("the disk to be free", [&] {
    error = ::mount("tmpfs", at_.c_str(), "tmpfs", flags, data) == 0 ? 0 : errno;
    return error != EBUSY;
  });
  INFO("remount " << options << ": " << std::strerror(error));
  REQUIRE(error == 0);
}

}  // namespace moondial::e2e
