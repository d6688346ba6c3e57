#pragma once

#include <sys/socket.h>

#include <string>

#include "base/listen_address.h"
#include "base/status.h"
#include "http/unix_socket.h"

namespace moondial {

/// A socket that listens over TCP, non-blocking, and where: with the port that the system chose.
struct TcpListener {
  OwnedFd fd;
  ListenAddress address;

  /// kConflict if the address is taken, kIo for what else may be wrong; the message names it.
  [[nodiscard]] static Result<TcpListener> open(const ListenAddress& address);
};

/// The address of a peer without its port, `127.0.0.1`: one IPv6 network of 64 bits is one. Empty
/// for what is no address of a network.
[[nodiscard]] std::string network_of(const sockaddr* address);

}  // namespace moondial
