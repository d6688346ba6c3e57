// For the sources of this folder that build JSON; nothing else includes it.
#pragma once

#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "engine/store.h"

namespace moondial {

[[nodiscard]] const char* word_of(FiringState state);
[[nodiscard]] OrderedJson diagnostics_view(const std::vector<Diagnostic>& diagnostics);

}  // namespace moondial
