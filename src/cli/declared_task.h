#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace moondial {

/// A declared task and its parameters.
struct DeclaredTask {
  struct Param {
    std::string name;
    std::string kind;
    std::string doc;
    bool required = true;
    std::string standard;  ///< the default, if it is a text and not computed
    std::vector<std::string> choices;
  };
  std::string name;
  std::string doc;
  std::vector<Param> params;
};
/// From the answer to `GET tasks`; what is missing or of another kind becomes empty.
[[nodiscard]] std::vector<DeclaredTask> read_declared_tasks(std::string_view json);

}  // namespace moondial
