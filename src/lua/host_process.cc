#include "lua/host_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace moondial {
namespace {

constexpr int kLoaderFd = 3;  // of the socket, in the loader
constexpr Duration kEndBound = std::chrono::seconds(1);
constexpr Duration kLanesPause = std::chrono::milliseconds(2);

class SpawnSetup {
 public:
  explicit SpawnSetup(int socket) {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, socket, kLoaderFd);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, kLoaderFd + 1);
    // A group of its own, so that Ctrl-C at a terminal is the engine's to answer, and that it can
    // be killed together with its lanes. No signal is blocked or ignored because of us.
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes, &signals);
  }
  ~SpawnSetup() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

Result<pid_t> spawn(const LoaderCommand& command, int socket) {
  std::vector<std::string> words = command.argv;
  words.push_back(std::to_string(kLoaderFd));
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const SpawnSetup setup(socket);
  pid_t pid = 0;
  const int rc = ::posix_spawn(&pid, command.executable.c_str(), &setup.actions, &setup.attributes,
                               argv.data(), environ);
  if (rc != 0) {
    return Error{Code::kIo, std::string("the loader cannot be started: ") + std::strerror(rc), {}};
  }
  return pid;
}

}  // namespace

std::string describe_wait_status(int status) {
  if (!WIFSIGNALED(status)) return "ended with status " + std::to_string(WEXITSTATUS(status));
  const int signum = WTERMSIG(status);
  std::string text = "ended by signal " + std::to_string(signum);
  if (const char* name = ::sigabbrev_np(signum)) text += std::string(" (SIG") + name + ")";
  return text;
}

Result<std::unique_ptr<LoaderProcess>> LoaderProcess::start(EventLoop& loop,
                                                            const LoaderCommand& command,
                                                            Events events) {
  auto ends = make_socket_pair();
  if (!ends.ok()) return ends.error();
  const auto pid = spawn(command, ends->second.get());
  if (!pid.ok()) return pid.error();
  // It cannot have been waited for, so that its pid is still its own.
  Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
  if (!pidfd) {
    Error error{
        Code::kIo, std::string("the loader cannot be watched: ") + std::strerror(errno), {}};
    ::kill(*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
    return error;
  }
  return std::unique_ptr<LoaderProcess>(
      new LoaderProcess(loop, *pid, std::move(pidfd), std::move(ends->first), std::move(events)));
}

LoaderProcess::LoaderProcess(EventLoop& loop, pid_t pid, Descriptor pidfd, Descriptor socket,
                             Events events)
    : loop_(loop),
      pid_(pid),
      pidfd_(std::move(pidfd)),
      events_(std::move(events)),
      channel_(loop, std::move(socket),
               {.on_message = [this](std::string_view bytes) { receive(bytes); },
                .on_closed = [this](const Status&) { kill(); },
                .on_drained = {}}),
      exit_watch_(loop.watch(pidfd_.get(), {.readable = true, .writable = false},
                             [this](Readiness) { exited(); })) {}

LoaderProcess::~LoaderProcess() {
  if (finished_) return;
  kill();
  if (!ended_) reap(true);
  reap_lanes(true);
}

void LoaderProcess::send(const msg::ToLoader& message, Descriptor passed) {
  // What we tell it is far below the bound: a file at a time, and its size is bounded.
  static_cast<void>(channel_.send(encode(message), std::move(passed)));
}

void LoaderProcess::receive(std::string_view bytes) {
  auto message = decode_from_loader(bytes);
  if (!message.ok()) return kill();
  if (events_.on_message) events_.on_message(std::move(message).value());
}

void LoaderProcess::kill() {
  if (!ended_) ::kill(-pid_, SIGKILL);
}

/// False if it is still alive.
bool LoaderProcess::reap(bool block) {
  int status = 0;
  pid_t got = 0;
  do {
    got = ::waitpid(pid_, &status, block ? 0 : WNOHANG);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return false;
  ended_ = true;
  wait_status_ = got > 0 ? status : 0;  // somebody else has waited for it: not known
  return true;
}

void LoaderProcess::exited() {
  if (!reap(false)) return;
  exit_watch_.reset();
  finish();
}

/// Where orphans come to this process, lanes that the loader left have died with it and want to be
/// waited for. True if there are none (any more). Theirs is the group, so that nobody else can have
/// its number until then.
bool LoaderProcess::reap_lanes(bool block) const {
  pid_t got = 0;
  do {
    got = ::waitpid(-pid_, nullptr, block ? 0 : WNOHANG);
  } while (got > 0 || (got < 0 && errno == EINTR));
  return got < 0;
}

void LoaderProcess::finish() {
  bound_.reset();
  if (!reap_lanes(false)) {
    bound_ = loop_.timer(loop_.mono() + kLanesPause, [this] { finish(); });
    return;
  }
  finished_ = true;
  channel_.drain();
  channel_.shut();
  // Let go from within, it would take its function away beneath itself.
  const auto on_ended = std::move(events_.on_ended);
  if (on_ended) on_ended(describe_wait_status(wait_status_));
}

void LoaderProcess::let_go(std::function<void()> on_gone) {
  channel_.shut();
  if (finished_) return loop_.post(std::move(on_gone));
  events_ = Events{{}, [on_gone = std::move(on_gone)](const std::string&) { on_gone(); }};
  if (ended_) return;
  kill_at_ = loop_.mono() + kEndBound;
  bound_ = loop_.timer(kill_at_, [this] { kill(); });
}

void LoaderProcess::wait() {
  exit_watch_.reset();
  bound_.reset();
  while (!ended_) {
    const Duration left = kill_at_ - loop_.mono();
    if (left <= Duration(0)) kill();
    const int timeout_ms = left <= Duration(0) ? -1 : static_cast<int>(left.count() / 1000) + 1;
    pollfd exit{pidfd_.get(), POLLIN, 0};
    ::poll(&exit, 1, timeout_ms);
    reap(false);
  }
  if (!std::exchange(finished_, true)) reap_lanes(true);
}

}  // namespace moondial
