#pragma once

#include <string>

#include "engine/store.h"

namespace moondial::store {

/// `{"jobs":4,"pools":{"api":1},"fail_fast":true}`: what is not as it is by itself.
[[nodiscard]] std::string to_json(const RunLimits& limits);

/// Reads what to_json() wrote. Throws Broken if it is anything else.
[[nodiscard]] RunLimits limits_from_json(const std::string& json);

}  // namespace moondial::store
