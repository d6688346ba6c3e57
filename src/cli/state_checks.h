#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/finding.h"
#include "cli/session.h"
#include "http/unix_socket.h"

namespace moondial {

// What `doctor` says of a project's .moondial.

/// That it is a folder, ours and closed to others. Nothing there is well, too.
[[nodiscard]] Finding look_at_state(const std::string& state_dir);

/// Whether an engine holds the project.
struct EngineLook {
  enum class Kind {
    kNone,
    kAlive,
    kSilent,  ///< the lock is held, but nobody answers
  };
  Kind kind = Kind::kNone;
  std::string pid;      ///< of a silent one; as the lock file says it
  std::string version;  ///< of one that answers
  /// Of kNone: keeps engines from starting for as long as it lives. Empty if there is no lock file
  /// yet, and so no state that could be at risk.
  OwnedFd hold;
};
/// One that is about to end or has just begun is waited for, two seconds at most.
[[nodiscard]] EngineLook look_for_engine(Session& session);

/// About the engine, and about its socket if one lies there without it.
[[nodiscard]] std::vector<Finding> engine_findings(const Project& project, const EngineLook& look);

/// The latest time at which a file of .moondial was written; nullopt if there is none.
[[nodiscard]] std::optional<UtcTime> newest_file(const std::string& state_dir);

}  // namespace moondial
