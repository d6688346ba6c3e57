#include "cli/project_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace moondial {
namespace {

Error system_error(const std::string& what) {
  return Error{Code::kIo, what + ": " + std::strerror(errno), {}};
}

Status prepare(const std::string& state_dir) {
  if (::mkdir(state_dir.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_error("cannot make " + state_dir);
  }
  struct stat info {};
  if (::stat(state_dir.c_str(), &info) != 0) return system_error("cannot look at " + state_dir);
  if (!S_ISDIR(info.st_mode)) return Status(Code::kIo, state_dir + " is not a directory");
  if (info.st_uid != ::geteuid()) {
    return Status(Code::kIo, state_dir +
                                 " belongs to another user: only the user who owns it can "
                                 "run this project");
  }
  if ((info.st_mode & 077) != 0 && ::chmod(state_dir.c_str(), 0700) != 0) {
    return system_error("cannot close " + state_dir + " to other users");
  }
  for (const char* sub : {"/logs", "/tmp"}) {
    const std::string path = state_dir + sub;
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
      return system_error("cannot make " + path);
    }
  }
  return Status();
}

}  // namespace

Result<ProjectLock> ProjectLock::take(const std::string& state_dir) {
  const Status prepared = prepare(state_dir);
  if (!prepared.ok()) return prepared.error();
  const std::string path = state_dir + "/engine.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return system_error("cannot open " + path);
  ProjectLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error("cannot lock " + path);
    return Error{Code::kConflict, "another engine holds this project", {}};
  }
  struct stat info {};
  lock.was_left_ = ::fstat(fd, &info) == 0 && info.st_size > 0;
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return system_error("cannot write " + path);
  }
  return lock;
}

ProjectLock::ProjectLock(ProjectLock&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), was_left_(other.was_left_) {}

void ProjectLock::ended_in_order() { static_cast<void>(::ftruncate(fd_, 0)); }

ProjectLock::~ProjectLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace moondial
