#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>

#include "engine/event_loop.h"
#include "http/unix_socket.h"

namespace moondial {

/// Who is at the other end of a connection.
struct PeerName {
  sockaddr_storage address{};
  socklen_t size = sizeof(sockaddr_storage);
};

/// Accepts the connections of a listening socket and hands them over, some at a time; pauses while
/// the process has no descriptor left. Loop thread only.
class Acceptor {
 public:
  /// `take` is called for each connection, `taken` after each bundle of them.
  Acceptor(EventLoop& loop, OwnedFd listener, std::function<void(OwnedFd, const PeerName&)> take,
           std::function<void()> taken);

  [[nodiscard]] int fd() const { return listener_.get(); }

 private:
  void watch();
  void accept_some();

  EventLoop& loop_;
  OwnedFd listener_;
  const std::function<void(OwnedFd, const PeerName&)> take_;
  const std::function<void()> taken_;
  std::unique_ptr<FdWatch> watch_;
  std::unique_ptr<Watch> pause_;
};

}  // namespace moondial
