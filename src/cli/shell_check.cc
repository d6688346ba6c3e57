#include "cli/shell_check.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "http/unix_socket.h"

extern char** environ;

namespace moondial {
namespace {

using Grade = Finding::Grade;

constexpr int kShellBoundMs = 5000;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// The exit status of a process, 128 + a signal, or -1 if it had to be killed for time.
int wait_for(pid_t pid) {
  const OwnedFd watched(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd polled{watched.get(), POLLIN, 0};
  const bool ended = watched && ::poll(&polled, 1, kShellBoundMs) > 0;
  if (watched && !ended) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (watched && !ended) return -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Starts `words` without input and output; an errno, or 0.
int start(std::vector<std::string> words, pid_t& pid) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int failed = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

}  // namespace

Finding look_at_shell(const std::vector<std::string>& shell) {
  const std::string hint =
      "install it, or name another in moondial.lua: shell = { \"sh\", \"-e\", \"-c\" }";
  if (shell.empty()) return {"shell", Grade::kProblem, "none is configured", hint};
  std::vector<std::string> words = shell;
  words.emplace_back(":");
  pid_t pid = 0;
  const int failed = start(words, pid);
  if (failed == ENOENT) {
    return {"shell", Grade::kProblem, "'" + shell[0] + "' is not found in $PATH", hint};
  }
  if (failed != 0) {
    return {"shell", Grade::kProblem, "'" + shell[0] + "': " + std::strerror(failed), hint};
  }
  const int status = wait_for(pid);
  const std::string line = "`" + joined(words) + "`";
  if (status < 0) return {"shell", Grade::kProblem, line + " does not end", hint};
  if (status != 0) {
    return {"shell", Grade::kProblem, line + " fails with exit " + std::to_string(status), hint};
  }
  return {"shell", Grade::kOk, "`" + joined(shell) + "` works", ""};
}

}  // namespace moondial
