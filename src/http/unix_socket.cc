#include "http/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace moondial {
namespace {

Error os_error(const std::string& what) {
  return {Code::kIo, what + ": " + std::strerror(errno), {}};
}

}  // namespace

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int OwnedFd::release() { return std::exchange(fd_, -1); }

void OwnedFd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<SocketAddress> SocketAddress::of(const std::string& path) {
  SocketAddress out;
  if (path.size() < sizeof(sockaddr_un::sun_path)) {
    out.path_ = path;
    return out;
  }
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  out.folder_ = OwnedFd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!out.folder_) return os_error(folder);
  out.path_ = "/proc/self/fd/" + std::to_string(out.folder_.get()) + "/" +
              path.substr(slash == std::string::npos ? 0 : slash + 1);
  if (out.path_.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error{Code::kInvalid, path + ": the file name is too long for a socket", {}};
  }
  return out;
}

Result<OwnedFd> listen_at(const SocketAddress& address) {
  const std::string& path = address.path();
  OwnedFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return os_error("socket");
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), name.sun_path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return os_error(path);
  // Nobody can connect before listen(), so that the mode is right in time.
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(fd.get(), 256) != 0) {
    return os_error(path);
  }
  return fd;
}

bool peer_is_owner(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

}  // namespace moondial
