#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api.h"
#include "engine/error_groups.h"
#include "engine/history.h"

namespace moondial {

/// Bodies of answers to those who look back: views.h. Texts are printable, times of `zone`.

[[nodiscard]] std::string past_attempts_json(const std::vector<PastAttempt>& attempts,
                                             std::string_view zone, UtcTime now);
[[nodiscard]] std::string attempt_json(const PastAttempt& attempt, std::string_view zone,
                                       UtcTime now);
/// For each value of the parameter `param`, in their order: what became of its tasks last.
[[nodiscard]] std::string dates_json(const std::string& task, const std::string& param,
                                     const std::vector<LastState>& states);
[[nodiscard]] std::string firings_json(const std::vector<FiringRow>& firings,
                                       std::string_view zone);
[[nodiscard]] std::string missed_json(const std::vector<MissedTask>& tasks, std::string_view zone);
[[nodiscard]] std::string scripts_json(const ScriptsView& scripts, std::string_view zone);
[[nodiscard]] std::string versions_json(const std::vector<SourceVersion>& versions,
                                        std::string_view zone);
[[nodiscard]] std::string source_json(const std::string& sha256, const std::string& text);

}  // namespace moondial
