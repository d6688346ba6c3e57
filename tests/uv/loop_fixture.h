#pragma once

#include <chrono>
#include <functional>

#include "uv/uv_loop.h"

namespace moondial {

/// Runs `loop` until `condition` holds, asked every millisecond; false if it does not within
/// `limit`, which only keeps a broken test from hanging.
inline bool run_until(UvLoop& loop, const std::function<bool()>& condition,
                      std::chrono::seconds limit = std::chrono::seconds(60)) {
  const MonoTime deadline = loop.mono() + limit;
  std::unique_ptr<Watch> tick;
  bool held = false;
  std::function<void()> ask = [&] {
    held = condition();
    if (held || loop.mono() >= deadline) {
      loop.stop();
      return;
    }
    tick = loop.timer(loop.mono() + std::chrono::milliseconds(1), ask);
  };
  tick = loop.timer(loop.mono(), ask);
  loop.run();
  return held;
}

}  // namespace moondial
