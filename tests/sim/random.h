#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace moondial::sim {

/// The one source of chance in a world: the same seed gives the same draws on every system.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  /// splitmix64 (Steele, Lea, Flood 2014).
  uint64_t next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  /// Below `bound`, which is above 0.
  uint64_t below(uint64_t bound) { return next() % bound; }
  /// From `low` to `high`, both included.
  uint64_t between(uint64_t low, uint64_t high) { return low + below(high - low + 1); }
  /// True once in `n` times; never if `n` is 0.
  bool one_in(uint64_t n) { return n != 0 && below(n) == 0; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  uint64_t state_;
};

}  // namespace moondial::sim
