#pragma once

#include <string>

#include "base/status.h"

namespace moondial {

/// A descriptor that is closed with its owner.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.release()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  ~OwnedFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

/// A path of a unix socket in a form that fits into its address, which holds 107 bytes: as it is,
/// or through a descriptor of its folder, kept open by this.
class SocketAddress {
 public:
  [[nodiscard]] static Result<SocketAddress> of(const std::string& path);
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  OwnedFd folder_;
  std::string path_;
};

/// A listening socket at `path`, non-blocking, for its owner alone; what was there is replaced.
[[nodiscard]] Result<OwnedFd> listen_at(const SocketAddress& address);

/// Whether the process at the other end belongs to this process's user (or root).
[[nodiscard]] bool peer_is_owner(int fd);

}  // namespace moondial
