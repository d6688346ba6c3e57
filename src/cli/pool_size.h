#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace moondial {

/// How much of a pool there is to be.
struct PoolSize {
  std::string name;
  int64_t units = 0;
};
/// Of `NAME=N`; of `memory` also with a unit, as declarations take it: `memory=16G`,
/// `memory=1.5GiB`.
[[nodiscard]] std::optional<PoolSize> read_pool_size(std::string_view text);

/// A size as people write it: that of `memory` in the largest unit that fits.
[[nodiscard]] std::string pool_size_text(std::string_view pool, int64_t units);

}  // namespace moondial
