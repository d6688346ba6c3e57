#pragma once

#include <cstdint>

namespace moondial {

/// What becomes of the instants of a schedule that passed while nobody was there to fire them.
enum class CatchUp : uint8_t {
  kNone,  ///< nothing
  kLast,  ///< the last of them fires
  kAll,   ///< all of them fire, oldest first; of many the newest ones
};

/// What becomes of a firing while the one before it still runs, retries or waits.
enum class Overlap : uint8_t {
  kSkip,      ///< it is dropped
  kQueue,     ///< it starts when that has ended
  kParallel,  ///< it starts beside it
  kCancel,    ///< that is cancelled, and then it starts
};

}  // namespace moondial
