#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/api_data.h"
#include "cli/terminal.h"

namespace moondial {

/// What is said at the end of a run.
struct RunEnd {
  RunData run;                                ///< `tasks`: the failed ones
  std::vector<TaskData> blocked;              ///< what others produce and is missing
  std::map<uint64_t, std::string> log_tails;  ///< by attempt_id
  std::string continue_command;               ///< what does just what is left
  std::string log_command;                    ///< what shows all logs of the run
};

/// `nothing to do: X is complete`, or how many tasks ended how, each failed one with its error and
/// the end of its log, and how to go on.
[[nodiscard]] std::string run_summary(const RunEnd& end, const Terminal& terminal);

/// The document of `run --json`.
[[nodiscard]] std::string run_json(const RunData& run);

/// The exit status that a run's final state means: 0, 1, 3 or 130.
[[nodiscard]] int exit_status(const std::string& state);

/// The last lines of a log, without their times and without the error that ends it.
[[nodiscard]] std::string log_tail(std::string_view log, std::string_view error, size_t lines);

/// A task's own error, else its last attempt's.
[[nodiscard]] std::string error_of(const TaskData& task);

}  // namespace moondial
