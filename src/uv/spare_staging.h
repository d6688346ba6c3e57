#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "uv/file_calls.h"

namespace moondial {

/// Emptied staging directories that wait for another attempt with outputs beside them. Renaming one
/// is cheaper than removing it and making another: a file system can look long for a free inode
/// where many files were removed lately. Only where that is allowed, so that somebody knows where
/// to look for them after a crash. Any thread.
class SpareStaging {
 public:
  /// `calls` outlives this.
  explicit SpareStaging(FileCalls& calls) : calls_(calls) {}

  /// From now on they may be kept in that directory.
  void allow(const std::string& directory);
  /// Keeps a staging directory, if it is empty and may be kept.
  [[nodiscard]] bool keep(const std::string& staging_directory);
  /// Makes a staging directory out of one that was kept beside it, if there is one.
  [[nodiscard]] bool take(const std::string& staging_directory);
  /// Removes all, and allows none any more.
  void clear();

 private:
  std::optional<std::string> pop(const std::string& directory);

  FileCalls& calls_;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> kept_;  // by directory: where it is allowed
};

/// Removes the empty staging directories in a directory: those that a dead engine has kept there.
void remove_spare_staging(FileCalls& calls, const std::string& directory);

}  // namespace moondial
