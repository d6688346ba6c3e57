#include "cli/signals.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace moondial {
namespace {

constexpr std::array kTaken = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};

// For the handler, which has no other way to know it.
volatile int handler_fd = -1;

void on_signal(int signum) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(signum);
  if (::write(handler_fd, &byte, 1) < 0) {
    // The pipe is full of signals: one more changes nothing.
  }
  errno = saved;
}

}  // namespace

Signals::Signals() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) return;
  read_fd_ = fds[0];
  handler_fd = fds[1];
  struct sigaction action {};
  action.sa_handler = &on_signal;
  action.sa_flags = SA_RESTART;
  for (const int signum : kTaken) {
    struct sigaction old {};
    ::sigaction(signum, nullptr, &old);
    // What nohup or a shell's background job ignores stays ignored.
    if (old.sa_handler != SIG_IGN) ::sigaction(signum, &action, nullptr);
  }
}

Signals::~Signals() {
  if (read_fd_ < 0) return;
  for (const int signum : kTaken) {
    struct sigaction old {};
    ::sigaction(signum, nullptr, &old);
    if (old.sa_handler == &on_signal) ::signal(signum, SIG_DFL);
  }
  ::close(handler_fd);
  handler_fd = -1;
  ::close(read_fd_);
}

std::optional<int> Signals::next() {
  unsigned char signum = 0;
  if (read_fd_ < 0 || ::read(read_fd_, &signum, 1) != 1) return std::nullopt;
  return signum;
}

bool Signals::asked_to_end() {
  bool asked = false;
  while (const auto signum = next()) asked = asked || *signum != SIGWINCH;
  return asked;
}

}  // namespace moondial
