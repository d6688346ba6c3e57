#pragma once

#include <dirent.h>
#include <unistd.h>

#include <memory>
#include <utility>

namespace moondial {

/// Owns a file descriptor, or none.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  /// Owns it no longer.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
/// Owns a directory that is open for its entries to be read, or none.
using UniqueDir = std::unique_ptr<DIR, CloseDirectory>;

}  // namespace moondial
