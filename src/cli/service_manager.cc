// The protocol of sd_notify(3): a datagram to the socket in NOTIFY_SOCKET. Its manual page calls it
// stable and small enough to be spoken without the library.
#include "cli/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace moondial {
namespace {

/// The microseconds that WATCHDOG_USEC allows, if they are meant for us; else 0.
int64_t watchdog_microseconds() {
  const char* text = std::getenv("WATCHDOG_USEC");
  if (text == nullptr) return 0;
  if (const char* pid = std::getenv("WATCHDOG_PID"); pid != nullptr && *pid != '\0') {
    if (std::strtoll(pid, nullptr, 10) != ::getpid()) return 0;
  }
  return std::strtoll(text, nullptr, 10);
}

}  // namespace

void tell_service_manager(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if (length >= sizeof to.sun_path) return;
  std::memcpy(to.sun_path, path, length);
  if (path[0] == '@') to.sun_path[0] = '\0';  // an abstract name
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  // Nobody to tell is nothing to fail for.
  static_cast<void>(::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&to), size));
  ::close(fd);
}

ServiceWatchdog::ServiceWatchdog(EventLoop& loop)
    : loop_(loop), pause_(watchdog_microseconds() / 2) {
  if (pause_ > Duration(0)) arm();
}

void ServiceWatchdog::arm() {
  tell_service_manager("WATCHDOG=1");
  timer_ = loop_.timer(loop_.mono() + pause_, [this] { arm(); });
}

}  // namespace moondial
