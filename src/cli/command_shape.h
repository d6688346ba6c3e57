#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace moondial {

/// What the command line knows, apart from the library that reads it.
struct OptionShape {
  std::vector<std::string> names;  ///< `--format`, `-j`; of a positional: `TASK`
  std::string help;
  bool positional = false;
  bool takes_value = false;
  bool repeatable = false;          ///< or takes all words that follow
  std::vector<std::string> values;  ///< all that it takes; empty: anything
};
struct CommandShape {
  std::string name;
  std::string help;
  std::vector<OptionShape> options;
};
/// The program's own options are those of the first, nameless one. What is hidden is left out.
[[nodiscard]] std::vector<CommandShape> shape_of(const CLI::App& app);

}  // namespace moondial
