#include "uv/process_tree.h"

#include <poll.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "uv/pidfd.h"
#include "uv/proc_fs.h"
#include "uv/spawn_child.h"
#include "uv/unique_fd.h"

// The id of a process that is not our child may be reused at any time. So such a process is held by
// a pidfd first and looked at then: if the pidfd still takes a signal, what was seen was it.

namespace moondial {
namespace {

constexpr int kLooks = 3;  // for processes that show no environment

struct HeldProcess {
  int pid = 0;
  UniqueFd pidfd;
};

/// True if `pid` is this process or below it.
bool is_ours(int pid) {
  const int self = ::getpid();
  while (pid > 1 && pid != self) {
    const auto stat = process_stat(pid);
    if (!stat) return false;
    pid = stat->parent;
  }
  return pid == self;
}

/// False only if `path` is a directory to both of us, and not the same one.
bool sees_same(int pid, const std::string& path) {
  struct stat ours {};
  struct stat theirs {};
  if (::stat(path.c_str(), &ours) != 0) return true;
  if (::stat(("/proc/" + std::to_string(pid) + "/root" + path).c_str(), &theirs) != 0) return true;
  return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

struct MarkedProcesses {
  std::vector<HeldProcess> held;
  bool unsure = false;  // a process showed no environment: it may be in the middle of an exec
};

MarkedProcesses hold_marked(const MarkedSearch& search) {
  MarkedProcesses marked;
  const int self = ::getpid();
  for (const int pid : all_processes()) {
    const std::string environment = process_environment(pid);
    marked.unsure = marked.unsure || environment.empty();
    const auto has_mark = [&](const std::string& text) {
      return environment_value(text, "MOONDIAL_STATE") == search.state_dir &&
             search.is_wanted(environment_value(text, "MOONDIAL_COMMAND").value_or(""));
    };
    if (!has_mark(environment) || pid == self || !sees_same(pid, search.state_dir)) continue;
    if (search.spares_ours && is_ours(pid)) continue;
    UniqueFd pidfd = open_pidfd(pid);
    if (!pidfd || !has_mark(process_environment(pid))) continue;
    marked.held.push_back({pid, std::move(pidfd)});
  }
  return marked;
}

/// True once the process has ended.
bool wait_for_end(const HeldProcess& process, const Clock& clock, MonoTime deadline) {
  pollfd ended{process.pidfd.get(), POLLIN, 0};
  const auto left = std::max(deadline - clock.mono(), Duration(0));
  const auto left_ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return ::poll(&ended, 1, static_cast<int>(left_ms)) == 1;
}

}  // namespace

Result<int> end_marked_processes(const MarkedSearch& search, const Clock& clock,
                                 Duration patience) {
  const MonoTime deadline = clock.mono() + patience;
  int count = 0;
  for (int looks = 0;;) {
    const auto [marked, unsure] = hold_marked(search);
    if (marked.empty()) {
      if (!unsure || ++looks == kLooks) return count;
      ::poll(nullptr, 0, 1);
      continue;
    }
    for (const HeldProcess& process : marked) {
      if (send_signal(process.pidfd, SIGKILL) != 0 && errno != ESRCH) {
        return system_error("cannot end " + describe_process(process.pid), errno);
      }
    }
    for (const HeldProcess& process : marked) {
      if (!wait_for_end(process, clock, deadline)) {
        return {Code::kUnavailable,
                describe_process(process.pid) + " of an earlier engine does not end"};
      }
    }
    count += static_cast<int>(marked.size());
    if (clock.mono() >= deadline) {
      return {Code::kUnavailable,
              "processes of an earlier engine start faster than they are ended"};
    }
  }
}

}  // namespace moondial
