#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "engine/disk_space.h"

namespace moondial {

/// A file system on which less is free than is to be left.
struct SpaceShortage {
  std::string folder;  ///< by which it was found: .moondial, or that of an output
  int64_t free_bytes = 0;
  int64_t min_free_bytes = 0;
};

/// For people: what is short, and the way out.
[[nodiscard]] std::string to_text(const SpaceShortage& shortage);

/// Decides whether there is room to start work: on the file system of .moondial, and on those of
/// the outputs. Time is handed in; what was looked up counts for a second, so that thousands of
/// small tasks do not ask the system thousands of times.
class SpaceGuard {
 public:
  /// What min_free is where nobody says: this, or a twentieth of the file system if that is less.
  static constexpr int64_t kDefaultMinFree = 100 << 20;

  /// `space` outlives it; nullptr: there is always room.
  SpaceGuard(const DiskSpace* space, std::string state_dir);

  /// nullopt: the default; 0: start whatever is free.
  void set_min_free(std::optional<int64_t> bytes) { min_free_ = bytes; }

  /// What keeps a task with these outputs (final paths) from starting. Valid until the next call.
  [[nodiscard]] const SpaceShortage* shortage(const std::vector<std::string>& outputs,
                                              MonoTime now);
  /// What kept it when shortage() was last asked about any of its folders.
  [[nodiscard]] const SpaceShortage* known_shortage(const std::vector<std::string>& outputs) const;

  /// Looks at all that was short once more. True if something of it is not any more: ask again.
  [[nodiscard]] bool look_again(MonoTime now);

 private:
  const SpaceShortage* look(const std::string& folder);
  [[nodiscard]] int64_t bound(const DiskRoom& room) const;

  const DiskSpace* const space_;
  const std::string state_dir_;
  std::optional<int64_t> min_free_;
  std::unordered_map<std::string, std::optional<DiskRoom>> known_;  // only looked up
  MonoTime known_since_;
  std::map<std::string, SpaceShortage> short_;  // by folder
};

}  // namespace moondial
