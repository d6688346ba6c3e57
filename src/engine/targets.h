#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/status.h"

namespace moondial {

/// An output of an attempt, between its start and its publishing. Paths are absolute.
struct StagedOutput {
  std::string final_path;    ///< symbolic links in the last component resolved
  std::string staging_path;  ///< <dir of final>/.moondial~<attempt>/<name of final>
};

/// The files that tasks make. Blocking; any thread; no state but the file system.
class Targets {
 public:
  virtual ~Targets() = default;

  [[nodiscard]] virtual bool exists(const std::string& path) const = 0;

  /// Where stage() puts an attempt's outputs; makes nothing.
  [[nodiscard]] virtual std::vector<StagedOutput> locate(
      AttemptId attempt, std::span<const std::string> final_paths) const = 0;

  /// Where an attempt writes its outputs. Makes the directories of the final paths and the staging
  /// directories, empty (what an earlier try with the same attempt id left is removed). Two outputs
  /// in one directory share one staging directory.
  [[nodiscard]] virtual Result<std::vector<StagedOutput>> stage(
      AttemptId attempt, std::span<const std::string> final_paths) = 0;

  /// Which staged outputs do not exist: their indices.
  [[nodiscard]] virtual std::vector<size_t> missing(
      std::span<const StagedOutput> outputs) const = 0;

  /// Makes the staged bytes durable. Many at once are much cheaper than one by one.
  [[nodiscard]] virtual Status sync(std::span<const StagedOutput> outputs) = 0;

  /// Renames staged outputs to their final names, removes the staging directories, makes the
  /// directories durable. Doing it again after a crash in the middle completes it: an output whose
  /// staging file is gone and whose final file exists counts as published.
  [[nodiscard]] virtual Status publish(std::span<const StagedOutput> outputs) = 0;

  /// Removes what was staged. Errors are ignored: nothing is visible under a final name.
  virtual void discard(std::span<const StagedOutput> outputs) = 0;
};

}  // namespace moondial
