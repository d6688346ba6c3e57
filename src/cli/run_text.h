#pragma once

#include <string>

#include "cli/api_data.h"

namespace moondial {

/// `3 done, 1 failed`: the states that occur.
[[nodiscard]] std::string counts_text(const Counts& counts);

/// The asked-for tasks, separated by spaces; of many only the first and how many more.
[[nodiscard]] std::string roots_text(const RunData& run);

/// `2015-09-18 06:00:00` of an RFC 3339 time.
[[nodiscard]] std::string short_time(const std::string& time);

}  // namespace moondial
