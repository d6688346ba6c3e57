#pragma once

#include <cstdint>
#include <utility>

namespace moondial::sim {

/// Whose memory is asked for: the engine's, or that of what stands around it. Who frees it does not
/// matter. One thread only.
class Allocates {
 public:
  explicit Allocates(bool engine) : before_(std::exchange(engine_allocates, engine)) {}
  Allocates(const Allocates&) = delete;
  Allocates& operator=(const Allocates&) = delete;
  ~Allocates() { engine_allocates = before_; }

  static bool engine_allocates;

 private:
  const bool before_;
};
/// While it is there, what is asked for is the engine's.
class InEngine : Allocates {
 public:
  InEngine() : Allocates(true) {}
};
/// While it is there, what is asked for belongs to fakes and driver.
class OutsideEngine : Allocates {
 public:
  OutsideEngine() : Allocates(false) {}
};

/// Bytes that the engine has asked for and that are not freed.
[[nodiscard]] int64_t engine_bytes();

}  // namespace moondial::sim
