#pragma once

#include <set>
#include <string>

#include "engine/targets.h"
#include "uv/file_calls.h"
#include "uv/spare_staging.h"

namespace moondial {

/// Targets that are files and folders of this machine.
///
/// The staging directory of an output is beside its final name, so on the same file system. A final
/// name that is a symbolic link stands for what it points to, through any number of links. Other
/// files that the work left in a staging directory go with it, as far as they can be removed. Names
/// that begin with ".moondial~" are refused as outputs.
///
/// stage() refuses two outputs that are one path, one that lies in another that is a folder, and an
/// output whose final name is of the other kind; sync() one that was made as anything but what it
/// is to be: a file, or for a folder a directory, not a link to one. publish() refuses all before
/// it renames any, if a final name has become of the other kind; when the system fails later (no
/// space, no permission), some outputs may have been published: doing it again goes on from there,
/// and discard() brings back an old folder for which nothing new was published.
///
/// A folder replaces another by an exchange of their names, so that readers always see one of them;
/// where the file system cannot do that, by two renames, between which there is none. The old one
/// is removed only after the new name is durable. folder_swap.cc says how a crash is told from what
/// was before it. Readers that hold files of the old folder open keep them.
///
/// Directories that stage() makes get durable with the first sync() of a file in them: that relies
/// on the file system to write its changes of directories in their order (ext4, XFS, btrfs do).
class FileTargets final : public Targets {
 public:
  /// `calls` outlives this.
  explicit FileTargets(FileCalls& calls = FileCalls::system()) : calls_(calls), spares_(calls) {}

  [[nodiscard]] bool exists(const std::string& path) const override;
  [[nodiscard]] std::vector<StagedOutput> locate(
      AttemptId attempt, std::span<const std::string> final_paths) const override;
  [[nodiscard]] Result<std::vector<StagedOutput>> stage(
      AttemptId attempt, std::span<const std::string> final_paths) override;
  [[nodiscard]] std::vector<size_t> missing(std::span<const StagedOutput> outputs) const override;
  [[nodiscard]] Status sync(std::span<const StagedOutput> outputs) override;
  [[nodiscard]] Status publish(std::span<const StagedOutput> outputs) override;
  void discard(std::span<const StagedOutput> outputs) override;
  void keep_staging(const std::string& directory) override;
  void remove_kept_staging() override;
  void remove_kept_staging(const std::string& directory) override;

 private:
  Status publish_all(std::span<const StagedOutput> outputs, std::set<std::string>& swapped);
  Status remove_staged(std::span<const StagedOutput> outputs, bool may_keep);

  FileCalls& calls_;
  SpareStaging spares_;
};

}  // namespace moondial
