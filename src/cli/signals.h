#pragma once

#include <optional>

namespace moondial {

/// Takes SIGINT, SIGTERM, SIGHUP and SIGWINCH as long as it lives: they can be waited for as a
/// descriptor beside others. At most one at a time.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Readable when a signal has come.
  [[nodiscard]] int fd() const { return read_fd_; }
  /// The next one that came, if any.
  [[nodiscard]] std::optional<int> next();
  /// Takes all that came: whether one of them asks us to end.
  [[nodiscard]] bool asked_to_end();

 private:
  int read_fd_ = -1;
};

}  // namespace moondial
