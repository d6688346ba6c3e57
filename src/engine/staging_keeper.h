#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>

#include "engine/event_loop.h"
#include "engine/store.h"
#include "engine/targets.h"

namespace moondial {

/// Decides where emptied staging directories are kept for the next attempts: in directories into
/// which much is published while runs are live. Each such directory is recorded before anything is
/// kept there, so that recovery finds what a dead engine left. Loop thread only; nothing may be
/// under way when it is destroyed.
class StagingKeeper {
 public:
  /// All outlive this.
  StagingKeeper(EventLoop& loop, Store& store, Targets& targets)
      : loop_(loop), store_(store), targets_(targets) {}

  /// An attempt's outputs were published.
  void published(std::span<const StagedOutput> outputs);

  /// Nothing is staged and nothing will be for a while: removes what is kept. `done` is called at
  /// once if there is nothing, else when that is so and recorded.
  void clear(std::function<void()> done);
  [[nodiscard]] bool keeps() const { return keeps_; }

 private:
  EventLoop& loop_;
  Store& store_;
  Targets& targets_;
  std::unordered_map<std::string, int> published_;  // by directory, only looked up
  bool keeps_ = false;                              // somewhere
  uint64_t clears_ = 0;                             // so far
};

}  // namespace moondial
