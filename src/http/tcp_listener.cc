#include "http/tcp_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace moondial {
namespace {

/// Connections that wait to be accepted.
constexpr int kBacklog = 1024;

socklen_t fill(const ListenAddress& from, sockaddr_storage& to) {
  if (from.v6) {
    auto& name = reinterpret_cast<sockaddr_in6&>(to);
    name.sin6_family = AF_INET6;
    name.sin6_port = htons(from.port);
    ::inet_pton(AF_INET6, from.host.c_str(), &name.sin6_addr);
    return sizeof name;
  }
  auto& name = reinterpret_cast<sockaddr_in&>(to);
  name.sin_family = AF_INET;
  name.sin_port = htons(from.port);
  ::inet_pton(AF_INET, from.host.c_str(), &name.sin_addr);
  return sizeof name;
}

uint16_t port_of(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
  return ntohs(name.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(name).sin6_port
                                          : reinterpret_cast<sockaddr_in&>(name).sin_port);
}

}  // namespace

Result<TcpListener> TcpListener::open(const ListenAddress& address) {
  sockaddr_storage name{};
  const socklen_t size = fill(address, name);
  const int on = 1;
  TcpListener out{OwnedFd(::socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
                  address};
  const int fd = out.fd.get();
  if (!out.fd || ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      (address.v6 && ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
      ::bind(fd, reinterpret_cast<const sockaddr*>(&name), size) != 0 ||
      ::listen(fd, kBacklog) != 0) {
    const int why = errno;
    if (why == EADDRINUSE) {
      return Error{Code::kConflict, address.text() + " is taken by another process", {}};
    }
    return Error{Code::kIo, "cannot listen at " + address.text() + ": " + std::strerror(why), {}};
  }
  out.address.port = port_of(fd);
  return out;
}

std::string network_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    const auto& name = *reinterpret_cast<const sockaddr_in*>(address);
    return ::inet_ntop(AF_INET, &name.sin_addr, text.data(), text.size());
  }
  if (address->sa_family != AF_INET6) return "";
  in6_addr bytes = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  // The last half is the host's own choice, as often as it likes.
  std::memset(bytes.s6_addr + 8, 0, 8);
  return ::inet_ntop(AF_INET6, &bytes, text.data(), text.size());
}

}  // namespace moondial
