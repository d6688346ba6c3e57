#include "uv/holder/command.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <ctime>

#include "uv/hold_protocol.h"
#include "uv/kill_tree.h"
#include "uv/proc_fs.h"

// The end of a command goes as in ChildProcess and UvProcessRunner, but that here whatever this
// process reaps is of the one command.

namespace moondial::hold {
namespace {

constexpr int64_t kStreamsAfterExitMs = 1000;
constexpr int64_t kLookAgainMs = 50;  // for what appeared without a SIGCHLD

int64_t now_us() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

int64_t microseconds(const timeval& time) {
  return int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

/// In the child: becomes the command, or says why not.
[[noreturn]] void become(const Order& order, int output, int report, pid_t holder) {
  ::setsid();
  // Without its holder nobody would know how it ends, so it must not go on.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != holder) ::_exit(127);
  for (int signum = 1; signum < NSIG; ++signum) std::signal(signum, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (order.directory.empty() || ::chdir(order.directory.c_str()) == 0) {
    ::execve(order.program, order.argv.data(), order.environment.data());
  }
  const int error = errno;
  static_cast<void>(!::write(report, &error, sizeof error));
  ::_exit(127);
}

}  // namespace

int64_t now_ms() { return now_us() / 1000; }

bool read_order(int fd, Order& order) {
  char buffer[16384];
  ssize_t got = 0;
  while ((got = ::read(fd, buffer, sizeof buffer)) > 0) {
    order.text.append(buffer, static_cast<size_t>(got));
  }
  if (got < 0 || order.text.empty() || order.text.back() != '\0') return false;
  std::vector<char*> texts;
  for (size_t at = 0; at < order.text.size(); at = order.text.find('\0', at) + 1) {
    texts.push_back(order.text.data() + at);
  }
  if (texts.size() < 4) return false;
  const long words = std::strtol(texts[2], nullptr, 10);
  const long secrets = std::strtol(texts[3], nullptr, 10);
  const auto rest = static_cast<long>(texts.size()) - 4;
  if (words < 1 || words > rest || secrets < 0 || secrets > rest - words) return false;
  order.directory = texts[0];
  order.program = texts[1];
  const auto first_secret = texts.begin() + 4 + words;
  order.argv.assign(texts.begin() + 4, first_secret);
  order.argv.push_back(nullptr);
  for (auto secret = first_secret; secret != first_secret + secrets; ++secret) {
    order.secrets.append(*secret).push_back('\0');
  }
  order.environment.assign(first_secret + secrets, texts.end());
  order.environment.push_back(nullptr);
  return true;
}

int Command::start(const Order& order, int output) {
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return errno;
  started_us_ = now_us();
  const pid_t holder = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(order, output, report[1], holder);
  int error = pid < 0 ? errno : 0;
  ::close(report[1]);
  // An end without a word is the exec.
  if (pid > 0 && ::read(report[0], &error, sizeof error) > 0) ::waitpid(pid, nullptr, 0);
  ::close(report[0]);
  pid_ = pid;
  return error;
}

void Command::stop(int64_t grace_ms) {
  if (clearing_ || over_) return;
  const int64_t now = now_ms();
  grace_ms = std::max<int64_t>(grace_ms, 0);
  const int64_t due = grace_ms > INT64_MAX - now ? INT64_MAX : now + grace_ms;
  const bool first = kill_due_ms_ < 0;
  kill_due_ms_ = first ? due : std::min(kill_due_ms_, due);
  if (now >= kill_due_ms_ || !first) return;  // go_on() kills
  ::kill(-pid_, SIGTERM);
  ::kill(-pid_, SIGCONT);  // a stopped process would not see the TERM
}

/// Those of its group that outlive the leader.
bool Command::group_lives() const {
  for (const int pid : process_children(::getpid())) {
    if (pid == pid_) continue;
    const auto stat = process_stat(pid);
    if (stat && stat->state != 'Z' && stat->group == pid_) return true;
  }
  return false;
}

bool Command::waits(bool output_open) const {
  const int64_t now = now_ms();
  // Told to stop, its group has the grace; if then the output is held, it is by what escaped.
  return kill_due_ms_ >= 0 ? now < kill_due_ms_ && group_lives()
                           : output_open && now < exited_ms_ + kStreamsAfterExitMs;
}

void Command::go_on(bool output_open) {
  if (over_ || pid_ == 0) return;
  if (kill_due_ms_ >= 0 && now_ms() >= kill_due_ms_ && !killed_) {
    killed_ = true;
    ::kill(-pid_, SIGKILL);
  }
  siginfo_t info{};
  const bool exited = exited_ms_ >= 0 || (::waitid(P_PID, static_cast<id_t>(pid_), &info,
                                                   WEXITED | WNOHANG | WNOWAIT) == 0 &&
                                          info.si_pid == pid_);
  if (!exited) {
    // Orphans that end while the command runs.
    for (const int pid : process_children(::getpid())) {
      if (pid != pid_) ::waitpid(pid, nullptr, WNOHANG);
    }
    return;
  }
  if (exited_ms_ < 0) {
    exited_ms_ = now_ms();
    wall_us_ = now_us() - started_us_;
  }
  if (clearing_ || !waits(output_open)) clear();
}

/// Ends what is left of it. What is left is below us, or in its group.
void Command::clear() {
  const bool was_stopping = kill_due_ms_ >= 0;
  clearing_ = true;
  bool left = false;
  for (const int pid : process_children(::getpid())) {
    if (pid == pid_ || immune_.contains(pid) || ::waitpid(pid, nullptr, WNOHANG) > 0) continue;
    const auto stat = process_stat(pid);
    // A group that was told to stop has not been left behind.
    const bool is_named = !(was_stopping && stat && stat->group == pid_);
    std::vector<KilledProcess> killed;
    if (kill_tree(pid, killed) != 0) {
      immune_.insert(pid);
      killed.front().description += ", which may not be ended";
    } else {
      left = true;
    }
    if (!is_named) continue;
    for (const KilledProcess& one : killed) {
      if (named_.insert(one.pid).second) leftovers_ += one.description + "\n";
    }
  }
  ::kill(-pid_, SIGKILL);
  over_ = !left;
}

int64_t Command::due_ms() const {
  if (over_) return -1;
  if (clearing_) return now_ms() + kLookAgainMs;
  if (kill_due_ms_ >= 0 && !killed_) return kill_due_ms_;
  return exited_ms_ >= 0 ? exited_ms_ + kStreamsAfterExitMs : -1;
}

std::string Command::take_exit() {
  int status = 0;
  rusage usage{};
  while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  const int signum = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  const int64_t cpu_us = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
  return std::string(kExitWord) + " " + std::to_string(code) + " " + std::to_string(signum) + " " +
         std::to_string(cpu_us) + " " + std::to_string(int64_t{usage.ru_maxrss} * 1024) + " " +
         std::to_string(wall_us_) + "\n";
}

}  // namespace moondial::hold
