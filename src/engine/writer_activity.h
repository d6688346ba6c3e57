#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace moondial {

/// What the record's writer does and has done since the store was opened, to be watched over time.
struct WriterActivity {
  /// Commits that took at most so long are counted apart, one bound including the ones before.
  static constexpr std::array<Duration, 7> kBounds = {
      std::chrono::milliseconds(1),   std::chrono::milliseconds(5),   std::chrono::milliseconds(20),
      std::chrono::milliseconds(100), std::chrono::milliseconds(500), std::chrono::seconds(2),
      std::chrono::seconds(10)};

  uint64_t queued = 0;                            ///< writes that wait for a commit to begin
  uint64_t commits = 0;                           ///< that succeeded
  Duration taken{0};                              ///< by all of these
  std::array<uint64_t, kBounds.size()> within{};  ///< of these

  void committed(Duration took) {
    ++commits;
    taken += took;
    for (size_t i = 0; i < kBounds.size(); ++i) within[i] += took <= kBounds[i] ? 1 : 0;
  }
};

}  // namespace moondial
