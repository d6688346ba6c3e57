#pragma once

#include <string>

#include "base/status.h"

namespace moondial {

/// The engine's hold on a project: an flock on .moondial/engine.lock for as long as this lives. The
/// file stays when it goes. It holds the holder's pid, for people, until the holder ends in order;
/// liveness is the lock.
class ProjectLock {
 public:
  /// kConflict if another process holds it. Makes `state_dir`, 0700, if need be; refuses one that
  /// belongs to somebody else or that others may enter.
  [[nodiscard]] static Result<ProjectLock> take(const std::string& state_dir);

  /// Whether the holder before has died with it.
  [[nodiscard]] bool was_left() const { return was_left_; }
  /// The holder ends in order.
  void ended_in_order();

  ProjectLock(ProjectLock&& other) noexcept;
  ProjectLock& operator=(ProjectLock&&) = delete;
  ~ProjectLock();

 private:
  explicit ProjectLock(int fd) : fd_(fd) {}
  int fd_;
  bool was_left_ = false;
};

}  // namespace moondial
