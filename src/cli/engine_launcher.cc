#include "cli/engine_launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "cli/http_client.h"
#include "http/unix_socket.h"

extern char** environ;

namespace moondial {
namespace {

/// Until an engine must have said whether it serves: it may have much to recover.
constexpr int kReadyBoundMs = 60'000;
/// The ready pipe's descriptor in the engine.
constexpr int kReadyFd = 3;

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

/// In the child: becomes the engine. Only async-signal-safe calls.
[[noreturn]] void become_engine(char** argv, char** envp, int log_fd, int ready_fd) {
  ::setsid();
  const int null_fd = ::open("/dev/null", O_RDWR);
  // Out of the way of the numbers that they are to have.
  const int ready = ::fcntl(ready_fd, F_DUPFD, 10);
  const int log = ::fcntl(log_fd, F_DUPFD, 10);
  ::dup2(null_fd, STDIN_FILENO);
  ::dup2(null_fd, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::dup2(ready, kReadyFd);
  ::close_range(kReadyFd + 1, ~0U, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve("/proc/self/exe", argv, envp);
  constexpr std::string_view kWhy = "the binary cannot be started again\n";
  static_cast<void>(::write(kReadyFd, kWhy.data(), kWhy.size()));
  ::_exit(127);
}

/// What the engine says on the ready pipe, up to its end or the first line of all that is well.
Result<std::string> read_ready(int fd, const Interrupt& interrupt) {
  std::string said;
  for (;;) {
    std::array<pollfd, 2> polled{{{fd, POLLIN, 0}, {interrupt.fd, POLLIN, 0}}};
    const int ready = ::poll(polled.data(), polled.size(), kReadyBoundMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return Error{Code::kUnavailable, "the engine takes too long to start", {}};
    if (polled[1].revents != 0 && !interrupt.go_on()) {
      return Error{Code::kCancelled, "interrupted", {}};
    }
    if (polled[0].revents == 0) continue;
    char buffer[4096];
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return said;
    said.append(buffer, static_cast<size_t>(n));
    if (said == "ready\n" || said == "held\n") return said;
  }
}

Error os_error(const std::string& what) {
  return {Code::kIo, what + ": " + std::strerror(errno), {}};
}

}  // namespace

std::vector<std::string> clean_environment() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    // What a service manager has said to this process alone.
    const bool is_ours = name.starts_with("MOONDIAL_") || name == "NOTIFY_SOCKET" ||
                         name == "WATCHDOG_USEC" || name == "WATCHDOG_PID";
    if (!is_ours && name.size() < text.size()) {
      out.emplace_back(text);
    }
  }
  return out;
}

Status launch_engine(const Project& project, const Interrupt& interrupt) {
  if (::mkdir(project.state_dir.c_str(), 0700) != 0 && errno != EEXIST) {
    return os_error(project.state_dir);
  }
  const OwnedFd log(
      ::open(project.engine_log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log) return os_error(project.engine_log);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_error("pipe");
  const OwnedFd ready(ends[0]);
  OwnedFd ready_of_engine(ends[1]);

  std::vector<std::string> words = {"moondial",   "__engine",   "--root",
                                    project.root, "--ready-fd", std::to_string(kReadyFd)};
  std::vector<std::string> environment = clean_environment();
  std::vector<char*> argv = pointers(words);
  std::vector<char*> envp = pointers(environment);
  const pid_t pid = ::fork();
  if (pid < 0) return os_error("fork");
  if (pid == 0) become_engine(argv.data(), envp.data(), log.get(), ready_of_engine.get());
  ready_of_engine.reset();
  warm_up_http();  // beside the engine's start

  auto said = read_ready(ready.get(), interrupt);
  if (!said.ok()) return said.error();
  if (*said == "ready\n") return {};
  ::waitpid(pid, nullptr, 0);
  if (*said == "held\n") return {Code::kConflict, "another engine holds the project"};
  while (said->ends_with('\n')) said->pop_back();
  if (said->empty()) *said = "the engine ended at once; see " + project.engine_log;
  return {Code::kIo, std::move(said).value()};
}

}  // namespace moondial
