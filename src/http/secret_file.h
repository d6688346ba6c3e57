#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace moondial {

/// What is in these files is worth as much as a password.

/// The text of a file; nothing where there is none. Refuses one that others than its owner may read
/// or write, and one of another user.
[[nodiscard]] Result<std::optional<std::string>> read_secret_file(const std::string& path);

/// Puts a new file in its place, mode 0600, synced: whoever reads meanwhile sees all of the old one
/// or all of the new one. One process at a time.
[[nodiscard]] Status replace_secret_file(const std::string& path, std::string_view text);

}  // namespace moondial
