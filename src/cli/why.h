#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/api_data.h"
#include "cli/terminal.h"

namespace moondial {

/// How a task failed.
struct WhyFailure {
  uint64_t run = 0;
  std::string time;  ///< RFC 3339
  int64_t attempt = 0;
  std::string error;
  std::string log_command;
};
/// Something that a task waits for, and that itself waits for nothing else.
struct WhyCause {
  PlanTaskData task;
  std::vector<std::string> path;  ///< identities from what the task requires to this, both included
  std::optional<WhyFailure> last_failure;
};
/// A task within a run that goes on.
struct WhyLive {
  uint64_t run = 0;
  std::string state;
  int64_t attempt = 0;  ///< the last one; 0: none yet
  double seconds = 0;   ///< of that attempt
};
/// A pool that a ready task takes units of.
struct WhyUse {
  int64_t units = 0;
  std::optional<int64_t> size;  ///< if it is known
};
struct Why {
  PlanTaskData task;
  std::vector<WhyCause> causes;  ///< the nearest first
  std::vector<WhyLive> live;
  std::map<std::string, WhyUse> uses;  ///< of a ready task
  std::string lock;                    ///< of a ready task; empty: none
  std::optional<WhyFailure> last_failure;
};

/// What the root of a plan waits for, down to the first causes: tasks that are not complete while
/// all that they require is. One for each, by the shortest way to it.
[[nodiscard]] std::vector<WhyCause> first_causes(const PlanData& plan);

/// Commands for people to type.
struct WhyCommands {
  std::string prefix;  ///< "moondial -C /p"
  std::string run;     ///< does what is left
};

/// The failure of `task` in `run`; nullopt if it did not fail there.
[[nodiscard]] std::optional<WhyFailure> failure_in(const RunData& run, const TaskData& task,
                                                   const std::string& command_prefix);

/// For people.
[[nodiscard]] std::string why_text(const Why& why, const WhyCommands& commands,
                                   const Terminal& terminal);
/// `{"id", "state", "why", "external", "waits_for": [{"id", "state", "why", "external", "path",
/// "last_failure"}], "live": [{"run", "state", "attempt", "seconds"}], "uses": {pool: {"units",
/// "size"}}, "lock", "lacks_space", "last_failure": {"run", "time", "attempt", "error", "log"}}`;
/// what there is none of is null or empty.
[[nodiscard]] std::string why_json(const Why& why);

}  // namespace moondial
