#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include "uv/unique_fd.h"

// glibc has these since 2.36, but there <sys/pidfd.h> forgot about C++.

namespace moondial {

/// None, and errno, on failure. Close-on-exec.
inline UniqueFd open_pidfd(int pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

/// 0, or -1 and errno.
inline int send_signal(const UniqueFd& pidfd, int signum) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd.get(), signum, nullptr, 0));
}

}  // namespace moondial
