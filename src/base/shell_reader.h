#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/template.h"

namespace moondial {

/// One message for each placeholder of a shell command that stands where the shell would not read
/// it as an unquoted word; empty if all stand well. parse_template() calls it.
[[nodiscard]] std::vector<std::string> misplaced_placeholders(
    std::span<const TemplatePiece> pieces);

}  // namespace moondial
