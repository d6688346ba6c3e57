#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace moondial {

/// A folder `.moondial~N` that an attempt stages its outputs in.
struct StagingFolder {
  std::string path;
  uint64_t attempt = 0;
};
struct StagingScan {
  std::vector<StagingFolder> folders;  ///< in the order of their paths
  bool whole = true;                   ///< false: there was too much to look at all of it
};

/// Looks for them beneath `roots`, at `limit` entries at most. Does not follow symbolic links, and
/// leaves out .moondial and .git. What cannot be read is passed over.
[[nodiscard]] StagingScan find_staging(const std::vector<std::string>& roots, size_t limit);

}  // namespace moondial
