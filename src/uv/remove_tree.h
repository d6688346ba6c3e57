#pragma once

#include <string>

#include "base/status.h"

namespace moondial {

/// Removes a directory with all that is in it, or a file, as far as that can be done; nothing there
/// is fine.
/// Symbolic links are removed, never followed. Directories of ours that forbid it are made
/// writable; neither depth nor length of paths is limited. An error says what could not be removed,
/// by the reason met last.
[[nodiscard]] Status remove_tree(const std::string& path);

}  // namespace moondial
