#include "uv/kill_tree.h"

#include <cerrno>
#include <csignal>

#include "uv/pidfd.h"
#include "uv/proc_fs.h"
#include "uv/unique_fd.h"

// The id of a process that is not our child may be reused at any time. So such a process is held by
// a pidfd first and looked at then: if the pidfd still takes a signal, what was seen was it.

namespace moondial {
namespace {

struct StoppedProcess {
  int pid = 0;
  UniqueFd pidfd;
};

/// The living children of `parent`, stopped so that they start no more of them.
void stop_children(int parent, std::vector<StoppedProcess>& stopped) {
  for (const int pid : process_children(parent)) {
    UniqueFd pidfd = open_pidfd(pid);
    if (!pidfd) continue;  // gone, or too many: then it comes to us as an orphan
    const auto stat = process_stat(pid);
    if (!stat || stat->parent != parent || stat->state == 'Z') continue;
    if (send_signal(pidfd, SIGSTOP) != 0) continue;
    stopped.push_back({pid, std::move(pidfd)});
  }
}

}  // namespace

int kill_tree(int pid, std::vector<KilledProcess>& killed) {
  if (::kill(pid, SIGSTOP) != 0 && errno != ESRCH) {
    const int error = errno;
    killed.push_back({pid, describe_process(pid)});
    return error;
  }
  std::vector<StoppedProcess> below;
  stop_children(pid, below);
  for (size_t i = 0; i < below.size(); ++i) stop_children(below[i].pid, below);
  killed.push_back({pid, describe_process(pid)});
  for (const StoppedProcess& process : below) {
    killed.push_back({process.pid, describe_process(process.pid)});
  }
  for (const StoppedProcess& process : below) {
    send_signal(process.pidfd, SIGKILL);
  }
  ::kill(pid, SIGKILL);
  return 0;
}

}  // namespace moondial
