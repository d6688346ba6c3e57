#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace moondial {

/// What a glob matches at a moment.
struct GlobFiles {
  struct File {
    std::string path;   ///< as the glob is: absolute, or relative to the root
    std::string stamp;  ///< size, time of its last change and inode
  };
  std::vector<File> files;           ///< regular ones, links to such among them; sorted by path
  std::vector<std::string> folders;  ///< absolute: those that were looked into; where there is
                                     ///< none of the first ones, the nearest above it
};

/// Looks for files: `*`, `?` and `[…]` match within a name (fnmatch(3)), `**` as a name of its own
/// folders of any depth, none among them, but no links to folders; what is hidden only where the
/// pattern begins with a dot. Folders that cannot be read hold nothing. Any thread.
[[nodiscard]] GlobFiles find_glob(const std::string& root, const std::string& glob);

}  // namespace moondial
