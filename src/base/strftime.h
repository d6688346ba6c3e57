#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/status.h"

namespace moondial {

/// strftime in the C locale, for a civil time without a zone (%z is +0000, %Z is UTC). The error
/// names a conversion that is not one of POSIX's strftime.
[[nodiscard]] Result<std::string> format_civil(std::chrono::sys_seconds time,
                                               std::string_view strftime_format);

}  // namespace moondial
