#pragma once

#include <sys/types.h>

#include <optional>
#include <set>
#include <string>

#include "base/status.h"
#include "engine/targets.h"
#include "uv/file_calls.h"

namespace moondial {

/// The publishing of one output that is a folder. Each step may be repeated after a crash at any
/// point, of this process or of the machine; folder_swap.cc says why that is right. Blocking; no
/// state but the file system.
class FolderSwap {
 public:
  /// `calls` outlives this.
  FolderSwap(FileCalls& calls, const StagedOutput& output);

  /// Before names change: writes down which folder is the new one, if that could come into doubt.
  /// Adds to `paths` what must be durable before swap().
  [[nodiscard]] Status prepare(std::set<std::string>& paths) const;

  /// Puts the staged folder at the final name, unless that has been done before. What it replaces
  /// is in the staging directory then. Adds to `paths` what must be durable before that goes.
  [[nodiscard]] Status swap(std::set<std::string>& paths) const;

  /// Takes swap() back, so that it can be done again; as far as that can be done.
  void undo() const;

  /// Before the staging directory is removed: an old folder that an unfinished swap() moved aside
  /// goes back to its name, and what is staged gets a name from which nothing is published, so that
  /// half of it never is. An error: the staging directory must stay.
  [[nodiscard]] Status let_go() const;

 private:
  struct Entry;
  struct Note;
  struct State;
  [[nodiscard]] static Entry look(const std::string& path);
  [[nodiscard]] Result<State> state() const;
  [[nodiscard]] int read_note(std::optional<Note>& note) const;
  [[nodiscard]] int replace() const;
  [[nodiscard]] Status swapped_before(const State& now) const;
  void make_movable(const std::string& path, const Entry& entry) const;
  void restore_mode(const Note& note, std::set<std::string>& paths) const;
  [[nodiscard]] Error cannot_publish(int error) const;

  FileCalls& calls_;
  const StagedOutput& output_;
  const std::string staged_;             // the new folder, until it is swapped
  const std::string final_;              // both without a slash at the end
  const std::string staging_directory_;  // of all below
  const std::string note_;
  const std::string aside_;  // the old folder, between two renames
  const std::string gone_;   // what is only to be removed
};

}  // namespace moondial
