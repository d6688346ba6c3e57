#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"

namespace moondial {

// Paths of targets: absolute, and those of folders end in one slash, which the functions below
// leave out of account.

/// Whether the path is a folder's.
[[nodiscard]] inline bool is_folder_path(const std::string& path) { return path.ends_with('/'); }

/// As system calls that do not follow a symbolic link need it.
[[nodiscard]] inline std::string without_slash(const std::string& path) {
  return is_folder_path(path) ? path.substr(0, path.size() - 1) : path;
}

/// Everything before the name and its slash; "/" for the root's entries.
[[nodiscard]] inline std::string directory_of(const std::string& path) {
  const std::string bare = without_slash(path);
  const size_t slash = bare.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : bare.substr(0, slash);
}

[[nodiscard]] inline std::string name_of(const std::string& path) {
  const std::string bare = without_slash(path);
  return bare.substr(bare.rfind('/') + 1);
}

[[nodiscard]] inline std::string join(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

/// The name of an attempt's staging directory begins with this; its number follows.
inline constexpr std::string_view kStagingPrefix = ".moondial~";

/// Whether a directory of that name is a staging directory.
[[nodiscard]] inline bool is_staging_name(std::string_view name) {
  return name.starts_with(kStagingPrefix) && name.size() > kStagingPrefix.size() &&
         name.find_first_not_of("0123456789", kStagingPrefix.size()) == std::string_view::npos;
}

/// A name in a staging directory for something of an output that is not the output. The output's
/// own name in it may be as long as names can be.
[[nodiscard]] inline std::string hidden_path(const std::string& staging_directory, const char* what,
                                             const std::string& final_path) {
  return join(staging_directory,
              std::string(".moondial~") + what + "~" + sha256_hex(name_of(final_path)));
}

[[nodiscard]] inline std::string in_quotes(const std::string& path) { return "'" + path + "'"; }

}  // namespace moondial
