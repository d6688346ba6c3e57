#pragma once

#include "engine/targets.h"

namespace moondial {

/// Targets that are files of this machine.
///
/// The staging directory of an output is beside its final name, so on the same file system. A final
/// name that is a symbolic link stands for what it points to, through any number of links. Other
/// files that the work left in a staging directory go with it, as far as they can be removed.
///
/// stage() refuses two outputs that are one file, and an output whose final name is a directory;
/// sync() one that was made as anything but a file. publish() refuses all before it renames any, if
/// a final name has become a directory; when the system fails later (no space, no permission), some
/// outputs may have been published: doing it again goes on from there.
///
/// Directories that stage() makes get durable with the first sync() of a file in them: that relies
/// on the file system to write its changes of directories in their order (ext4, XFS, btrfs do).
class FileTargets final : public Targets {
 public:
  [[nodiscard]] bool exists(const std::string& path) const override;
  [[nodiscard]] std::vector<StagedOutput> locate(
      AttemptId attempt, std::span<const std::string> final_paths) const override;
  [[nodiscard]] Result<std::vector<StagedOutput>> stage(
      AttemptId attempt, std::span<const std::string> final_paths) override;
  [[nodiscard]] std::vector<size_t> missing(std::span<const StagedOutput> outputs) const override;
  [[nodiscard]] Status sync(std::span<const StagedOutput> outputs) override;
  [[nodiscard]] Status publish(std::span<const StagedOutput> outputs) override;
  void discard(std::span<const StagedOutput> outputs) override;
};

}  // namespace moondial
