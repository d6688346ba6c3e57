#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"

namespace moondial {

/// Reads `90s`, `15m`, `2h`, `1d`, `250ms` or a plain number of seconds (`1.5`). Refuses negative,
/// non-finite and overflowing values with a message that says what is accepted.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// For people: `85ms`, `3.2s`, `4m 05s`, `2h 03m`, `3d 4h`.
[[nodiscard]] std::string format_duration(Duration d);

}  // namespace moondial
