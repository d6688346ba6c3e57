#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/targets.h"
#include "tests/sim/context.h"

namespace moondial::sim {

/// Files of the machine, as one engine process works on them: staged, synced, published, each of
/// which may fail, and between any two of which the process may die.
class SimTargets final : public Targets {
 public:
  explicit SimTargets(Context& context) : context_(context) {}

  bool exists(const std::string& path) const override {
    return context_.machine.files.exists(path);
  }
  std::vector<StagedOutput> locate(AttemptId attempt,
                                   std::span<const std::string> final_paths) const override;
  Result<std::vector<StagedOutput>> stage(AttemptId attempt,
                                          std::span<const std::string> final_paths) override;
  std::vector<size_t> missing(std::span<const StagedOutput> outputs) const override;
  Status sync(std::span<const StagedOutput> outputs) override;
  Status publish(std::span<const StagedOutput> outputs) override;
  void discard(std::span<const StagedOutput> outputs) override;
  void keep_staging(const std::string& directory) override { may_keep_.insert(directory); }
  void remove_kept_staging() override;
  void remove_kept_staging(const std::string& directory) override;

  /// A power cut takes back renames that no directory's sync has made durable.
  void take_back_renames();

 private:
  /// A rename of a publish() under way, and what was there before.
  struct Rename {
    StagedOutput output;
    Content staged;
    std::optional<Content> before;
  };
  [[nodiscard]] bool fails() const;
  Status publish_one(const StagedOutput& output);
  void keep_or_remove(std::span<const StagedOutput> outputs);
  void take_spare(const std::string& directory);
  void check_published(const StagedOutput& output, AttemptId attempt, const Content& content);

  Context& context_;
  std::vector<Rename> renames_;
  std::set<std::string> may_keep_;
};

/// Whose staging a path is in.
[[nodiscard]] AttemptId staged_by(const std::string& staging_path);

}  // namespace moondial::sim
