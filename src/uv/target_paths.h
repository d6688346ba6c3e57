#pragma once

#include <string>

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

[[nodiscard]] inline std::string in_quotes(const std::string& path) { return "'" + path + "'"; }

}  // namespace moondial
