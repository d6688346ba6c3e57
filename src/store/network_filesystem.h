#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace moondial {

/// Fails if `path` (a file or directory; if it does not exist, its directory) lies on a file system
/// that other machines may write to, or that cannot promise what SQLite's WAL needs: locks that
/// hold, shared memory, and bytes that are on disk after fsync.
[[nodiscard]] Status refuse_network_filesystem(const std::string& path);

/// The name of such a file system by the f_type of statfs(2), or "" for any other.
[[nodiscard]] std::string_view network_filesystem_name(uint64_t type);

}  // namespace moondial
