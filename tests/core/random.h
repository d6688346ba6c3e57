#pragma once

#include <cstdint>
#include <random>

namespace moondial {

using Random = std::mt19937_64;

/// 0 … bound - 1.
template <typename Number>
Number below(Random& random, Number bound) {
  return static_cast<Number>(random() % static_cast<uint64_t>(bound));
}
inline bool one_in(Random& random, uint64_t n) { return below(random, n) == 0; }

}  // namespace moondial
