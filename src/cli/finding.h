#pragma once

#include <string>
#include <vector>

#include "cli/terminal.h"

namespace moondial {

/// What `doctor` found of one thing.
struct Finding {
  enum class Grade {
    kOk,
    kSkipped,  ///< could not be looked at; `message` says why
    kWarning,
    kProblem,
  };
  std::string check;  ///< one word: "disk"
  Grade grade = Grade::kOk;
  std::string message;
  std::string hint;  ///< the way out; may be empty
};

/// A line for each finding, with the way out beneath it, and one that sums up.
[[nodiscard]] std::string findings_text(const std::vector<Finding>& findings,
                                        const Terminal& terminal);
/// `{"problems", "warnings", "checks": [{"check", "grade", "message", "hint"}]}`.
[[nodiscard]] std::string findings_json(const std::vector<Finding>& findings);
[[nodiscard]] bool has_problem(const std::vector<Finding>& findings);

}  // namespace moondial
