#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace moondial {

/// What became of one file of a new project.
struct TemplateFile {
  enum class Fate {
    kMade,
    kKept,     ///< there was one already, or it would be of no use; `note` says more
    kRenewed,  ///< moondial's own, of another version
  };
  std::string path;  ///< relative to the root
  Fate fate = Fate::kMade;
  std::string note;  ///< what it is for; of a kept one, what it lacks; may be empty
};

/// Makes the directory `root` (and those above it) a project: moondial.lua, an example pipeline
/// unless there are pipelines already, and what editors, luacheck and git need. A file that is
/// there is never changed, but for the DSL's types in .moondial/types/, which become `types`.
/// After an error, what was made stays: calling it again adds the rest.
[[nodiscard]] Result<std::vector<TemplateFile>> make_project(const std::string& root,
                                                             std::string_view types);

}  // namespace moondial
