#pragma once

#include <cstddef>
#include <utility>

namespace moondial {

/// How much of requests' bodies is kept at one time, over all connections. A body's first bytes are
/// free, so that ordinary requests are heard whatever others send.
class BodyBudget {
 public:
  static constexpr size_t kMost = size_t{64} << 20;
  static constexpr size_t kFree = size_t{64} << 10;

  /// What one body takes; given back when it is gone. The budget outlives it.
  class Share {
   public:
    explicit Share(BodyBudget& budget) : budget_(budget) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { release(); }

    /// The body has that size now; false: there is no room for it.
    [[nodiscard]] bool grow(size_t size) {
      const size_t counts = size > kFree ? size - kFree : 0;
      const size_t more = counts - taken_;
      if (more > kMost - budget_.taken_) return false;
      budget_.taken_ += more;
      taken_ = counts;
      return true;
    }
    void release() { budget_.taken_ -= std::exchange(taken_, 0); }

   private:
    BodyBudget& budget_;
    size_t taken_ = 0;
  };

 private:
  size_t taken_ = 0;
};

}  // namespace moondial
