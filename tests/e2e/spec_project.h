#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/harness.h"

namespace moondial::e2e {

/// A project with one pipeline file, and short words for what the tests of the SPEC's rows ask of
/// it again and again.
class SpecProject : public Project {
 public:
  /// `pipeline` is the text of pipelines/p.lua.
  explicit SpecProject(std::string_view pipeline) { write("pipelines/p.lua", pipeline); }

  /// Runs `moondial WORDS…` and checks that it ends with `code`.
  Finished command(const std::vector<std::string>& words, int code = 0) const;
  /// Runs `moondial run WORDS…` and checks that it ends with `code`.
  Finished run(std::vector<std::string> words, int code = 0) const;
  /// What `moondial ARGS… --json` prints.
  [[nodiscard]] Json json(std::vector<std::string> words) const;
  /// The states of a run's tasks by their identities; what was complete is not among them.
  [[nodiscard]] std::map<std::string, std::string> states(int run = 1) const;
  /// The attempts of a task in a run, as `show --json` has them.
  [[nodiscard]] Json attempts(const std::string& id, int run = 1) const;
  /// The error of a task's last attempt in a run.
  [[nodiscard]] std::string error_of(const std::string& id, int run = 1) const;
  /// The lines of a file; none if it is not there.
  [[nodiscard]] std::vector<std::string> lines(const std::string& path) const;
};

}  // namespace moondial::e2e
