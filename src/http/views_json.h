// For the sources of this folder that build JSON; nothing else includes it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "engine/api.h"
#include "engine/store.h"

namespace moondial {

[[nodiscard]] const char* word_of(FiringState state);
[[nodiscard]] OrderedJson counts_view(const std::map<TaskState, int64_t>& counts);
[[nodiscard]] OrderedJson params_view(const Params& params);
[[nodiscard]] OrderedJson numbers_view(const std::vector<RunId>& runs);
[[nodiscard]] OrderedJson texts_view(const std::vector<std::string>& texts);
[[nodiscard]] OrderedJson attempt_view(const AttemptRow& attempt, std::string_view zone,
                                       UtcTime now);
[[nodiscard]] OrderedJson firing_view(const FiringRow& firing, std::string_view zone);
[[nodiscard]] OrderedJson reload_view(const ReloadReport& report);
[[nodiscard]] OrderedJson diagnostics_view(const std::vector<Diagnostic>& diagnostics);

}  // namespace moondial
