#include "engine/staging_keeper.h"

#include <algorithm>
#include <utility>

namespace moondial {
namespace {

/// As many outputs in one directory are worth a record of it.
constexpr int kMany = 8;
/// Directories that are counted at a time: where there are more, none gets much.
constexpr size_t kMostCounted = 1024;

}  // namespace

void StagingKeeper::published(std::span<const StagedOutput> outputs) {
  for (const StagedOutput& output : outputs) {
    std::string directory = directory_of_output(output);
    if (published_.size() >= kMostCounted && !published_.contains(directory)) published_.clear();
    if (++published_[directory] != kMany) continue;
    keeps_ = true;
    store_.write({StagingKept{directory}}, [this, directory, clears = clears_] {
      if (clears == clears_) targets_.keep_staging(directory);
    });
  }
}

void StagingKeeper::clear(std::function<void()> done) {
  published_.clear();
  ++clears_;
  if (!std::exchange(keeps_, false)) return done();
  loop_.offload([&targets = targets_] { targets.remove_kept_staging(); },
                [this, done = std::move(done)]() mutable {
                  // A run that came meanwhile keeps its own; what it recorded must stay.
                  if (keeps_) return done();
                  store_.write({StagingCleared{}}, std::move(done));
                });
}

}  // namespace moondial
