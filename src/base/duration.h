#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"

namespace moondial {

/// Reads `90s`, `15m`, `2h`, `1d`, `250ms` or a plain number of seconds (`1.5`). Refuses negative,
/// non-finite and overflowing values with a message that says what is accepted.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// The canonical text of a duration that is not negative: a whole number of the largest of d, h, m,
/// s, ms that divides it (`90m`, `1d`, `0s`), else milliseconds with a fraction. Reads back as the
/// same duration.
[[nodiscard]] std::string canonical_duration(Duration d);

/// What a duration of at least 0 shows in a format: %H hours, %M minutes of the hour, %S seconds of
/// the minute (each of two digits at least), %T for %H:%M:%S, %R for %H:%M, %s all its seconds, %%.
/// Fractions of a second show in %s alone. The error names what is no such conversion.
[[nodiscard]] Result<std::string> format_duration_as(Duration d, std::string_view format);

/// For people: `85ms`, `3.2s`, `4m 05s`, `2h 03m`, `3d 4h`.
[[nodiscard]] std::string format_duration(Duration d);

}  // namespace moondial
