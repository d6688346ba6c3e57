#pragma once

#include <string>
#include <vector>

#include "lua/param_kind.h"

namespace moondial::script {

/// The texts of the values in an interval `A..B`, both ends, of dates, months, weeks, hours or
/// whole numbers, lowest first. Dates may also be given as a month, week or year. Throws
/// ScriptError for other kinds, for what is no interval and for one of more than a million.
[[nodiscard]] std::vector<std::string> values_in_range(const ParamSpec& spec,
                                                       const std::string& text);

}  // namespace moondial::script
