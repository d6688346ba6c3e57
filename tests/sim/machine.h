#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "tests/sim/database.h"
#include "tests/sim/graph.h"

namespace moondial::sim {

/// Bytes that an attempt has made.
struct Content {
  AttemptId by;         ///< none: made by others
  bool whole = true;    ///< not torn by a power cut
  bool synced = false;  ///< would survive one
  bool operator==(const Content&) const = default;
};

/// Files: final ones by path; staged ones by attempt, then by staging path.
struct Files {
  std::map<std::string, Content> finals;
  std::map<AttemptId, std::map<std::string, Content>> staged;
  std::map<std::string, int> spares;  ///< empty staging directories that are kept, by directory

  [[nodiscard]] bool exists(const std::string& path) const { return finals.contains(path); }
  /// Writes into a staging directory; false if that is gone.
  bool write_staged(AttemptId attempt, const std::string& path);
  [[nodiscard]] std::string summary() const;
};

/// A process of a command. It may outlive the engine that started it.
struct SimProcess {
  int pid = 0;
  uint64_t life = 0;  ///< of the engine that started it
  AttemptId attempt;
  std::string task;
  bool is_main = false;                   ///< the command of the task, not one of its script
  std::vector<std::string> staged_paths;  ///< that it writes, if it ends well
  bool is_deaf = false;                   ///< to TERM
  bool is_told = false;                   ///< TERM has come
  bool is_killed = false;
};

/// What outlives an engine: the disk and the processes.
struct Machine {
  Database database;
  Files files;
  std::map<int, SimProcess> processes;
  std::set<std::string> own_targets;  ///< tasks whose target of the user's own exists
  std::vector<Graph> versions;        ///< of the pipeline files; the last one is on disk
  int last_pid = 0;
  std::set<AttemptId> starts;   ///< notes of prepared attempts that have started
  bool starts_unknown = false;  ///< since a power cut

  [[nodiscard]] const Graph& version(uint64_t number) const { return versions.at(number - 1); }
};

}  // namespace moondial::sim
