#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "lua/script_state.h"

namespace moondial {

/// The Lua files of a project, each read once.
struct SourceSet {
  std::vector<SourceFile> files;              ///< sorted by path
  std::map<std::string, std::string> hashes;  ///< path → SHA-256
  std::vector<Diagnostic> problems;           ///< what could not be read
};

/// Reads moondial.lua, pipelines/**/*.lua and lib/**/*.lua beneath `root`. Hidden files and
/// directories and what editors leave while they save are not looked at. Symbolic links are
/// followed; a directory that can be reached twice is read once. Blocking; any thread.
[[nodiscard]] SourceSet read_sources(const std::string& root);

/// The same of texts that were read before: path → text.
[[nodiscard]] SourceSet sources_of(std::map<std::string, std::string> texts);

}  // namespace moondial
