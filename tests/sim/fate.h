#pragma once

#include <cstdint>

namespace moondial::sim {

/// When the engine's process dies: at one of the points before and after each of its effects on the
/// world. What a dead process still calls does nothing; the driver buries it after the step.
class Fate {
 public:
  /// It dies at the `points`-th point from now, the first being 1.
  void doom(uint64_t points) { left_ = points; }
  void spare() { left_ = 0; }
  void kill() { alive_ = false; }
  [[nodiscard]] bool alive() const { return alive_; }

  /// A point is passed; false if the process is dead from it on, or was before.
  bool passes() {
    if (left_ > 0 && --left_ == 0) alive_ = false;
    return alive_;
  }

 private:
  uint64_t left_ = 0;
  bool alive_ = true;
};

}  // namespace moondial::sim
