#pragma once

#include <string>

#include "cli/finding.h"

namespace moondial {

/// Whether the state lies where a record can be kept safely: not on a network file system.
[[nodiscard]] Finding look_at_file_system(const std::string& state_dir);

/// Whether .moondial/moondial.db is sound. Opens it, only to read, so no engine may be alive, nor
/// start meanwhile (the caller holds engine.lock). Five seconds at most.
[[nodiscard]] Finding look_at_record(const std::string& state_dir);

}  // namespace moondial
