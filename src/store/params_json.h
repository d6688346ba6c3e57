#pragma once

#include <string>

#include "engine/store.h"

namespace moondial::store {

/// `{"date":"2015-09-18"}`, sorted by name. A value that is not UTF-8 becomes `{"hex":"ff00"}`, so
/// that the text is JSON whatever the value holds, and nothing is lost.
[[nodiscard]] std::string to_json(const Params& params);

/// Reads what to_json() wrote. Throws Broken if it is anything else.
[[nodiscard]] Params params_from_json(const std::string& json);

}  // namespace moondial::store
