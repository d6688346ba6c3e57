// For the sources of this folder that build JSON; nothing else includes it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status.h"

namespace moondial {

/// Keeps keys in the order in which they are set, so that answers read well.
using Json = nlohmann::ordered_json;

/// Never throws: what is no UTF-8 is replaced.
[[nodiscard]] std::string dump(const Json& json);

[[nodiscard]] Json diagnostics_view(const std::vector<Diagnostic>& diagnostics);

}  // namespace moondial
