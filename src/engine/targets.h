#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/status.h"

namespace moondial {

/// An output of an attempt, between its start and its publishing. Paths are absolute. A final path
/// that ends in "/" is a folder's, and its staging path ends so, too; any other is a file's.
struct StagedOutput {
  std::string final_path;    ///< symbolic links in the last component resolved
  std::string staging_path;  ///< <dir of final>/.moondial~<attempt>/<name of final>
};

/// Where its final path is.
[[nodiscard]] inline std::string directory_of_output(const StagedOutput& output) {
  std::string path = output.final_path;
  if (path.ends_with('/')) path.pop_back();  // a folder's
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return path.substr(0, std::max<size_t>(slash, 1));
}

/// The files and folders that tasks make. Blocking; any thread; no state but the file system, and
/// which staging directories are kept.
class Targets {
 public:
  virtual ~Targets() = default;

  /// Of a folder: that it is there, whatever is in it.
  [[nodiscard]] virtual bool exists(const std::string& path) const = 0;

  /// Where stage() puts an attempt's outputs; makes nothing.
  [[nodiscard]] virtual std::vector<StagedOutput> locate(
      AttemptId attempt, std::span<const std::string> final_paths) const = 0;

  /// Where an attempt writes its outputs. Makes the directories of the final paths and the staging
  /// directories, empty (what an earlier try with the same attempt id left is removed), and in them
  /// the folders that are outputs, empty as well. Two outputs in one directory share one staging
  /// directory. Two that are one path, or one within another, are refused, as is an output where
  /// something of the other kind (file or folder) is.
  [[nodiscard]] virtual Result<std::vector<StagedOutput>> stage(
      AttemptId attempt, std::span<const std::string> final_paths) = 0;

  /// Which staged outputs do not exist: their indices. A folder exists if it holds at least one
  /// entry. One that was made as the other kind is not missing: sync() refuses it.
  [[nodiscard]] virtual std::vector<size_t> missing(
      std::span<const StagedOutput> outputs) const = 0;

  /// Makes the staged bytes durable, of a folder with all that is in it. Many at once are much
  /// cheaper than one by one.
  [[nodiscard]] virtual Status sync(std::span<const StagedOutput> outputs) = 0;

  /// Renames staged outputs to their final names, removes the staging directories, makes the
  /// directories durable. A folder replaces the old one whole. Doing it again after a crash in the
  /// middle completes it, and never brings an old folder back: an output whose staged file or
  /// folder is gone, or is found to be the old one, and whose final one exists counts as published.
  /// One of which neither exists is an error, kNotFound, before any other is touched. After an
  /// error in the middle the outputs of that attempt are as before, so far as the system lets them.
  [[nodiscard]] virtual Status publish(std::span<const StagedOutput> outputs) = 0;

  /// Removes what was staged. Errors are ignored: nothing is visible under a final name. Where a
  /// publish() that failed had moved an old folder away, it is put back first.
  virtual void discard(std::span<const StagedOutput> outputs) = 0;

  /// From now on publish() may leave emptied staging directories in `directory`, for stage() to use
  /// again: the caller has recorded that they are there.
  virtual void keep_staging(const std::string& /*directory*/) {}
  /// Removes all that were left, and leaves none from now on.
  virtual void remove_kept_staging() {}
  /// Removes those that a dead engine has left in `directory`, when nothing is staged there.
  virtual void remove_kept_staging(const std::string& /*directory*/) {}
};

}  // namespace moondial
