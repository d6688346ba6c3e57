#pragma once

#include <string>

#include "base/status.h"

namespace moondial {

/// Where a project is.
struct Project {
  std::string root;         ///< absolute
  std::string state_dir;    ///< .moondial
  std::string socket_path;  ///< of its engine
  std::string engine_log;   ///< what its engine said
};

/// The project at `directory`, or, if that is empty, the one that the current directory is in: the
/// nearest folder upward that holds moondial.lua or a folder pipelines/. The error is for the user.
[[nodiscard]] Result<Project> find_project(const std::string& directory);

}  // namespace moondial
