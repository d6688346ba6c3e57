#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace moondial {

/// What the API says, without JSON. States are words, times are text, durations are seconds.

using Counts = std::map<std::string, int64_t>;

struct RunningView {
  std::string id;
  int64_t attempt = 1;
  double seconds = 0;
  double fraction = -1;  ///< below 0: unknown
  std::string text;
};
/// Something external that a run waits for.
struct MissingData {
  std::string id;
  std::string why;
};
struct ProgressData {
  Counts counts;
  std::vector<RunningView> running;
  std::optional<double> left;
  std::string space = {};  ///< why tasks wait for disk space; empty: none does
  std::vector<MissingData> missing = {};
};
/// A change of a task in a run.
struct ChangeData {
  std::string id;
  std::string state;
  int64_t attempt = 0;
  double seconds = 0;
  std::string error;
  std::string cause;
  double retry_in = -1;  ///< below 0: no retry
};
struct AttemptData {
  int64_t attempt = 0;
  uint64_t attempt_id = 0;
  std::string state;
  double seconds = 0;
  std::string error;
  std::string started;
  std::string ended;  ///< empty: not yet
};
struct TaskData {
  std::string id;
  std::string name;
  std::string state;
  std::string why;
  std::string error;
  std::vector<AttemptData> attempts;
};
struct RunData {
  uint64_t run = 0;
  std::string state;
  std::vector<std::string> roots;
  std::string started;
  double seconds = 0;
  Counts counts;
  std::vector<TaskData> tasks;
  std::vector<std::string> complete_before;  ///< identities that they needed
};
struct PlanTaskData {
  std::string id;
  std::string state;
  std::string why;
  std::vector<std::string> needs;            ///< identities
  std::map<std::string, int64_t> uses = {};  ///< units by pool
  std::string name = {};
  std::map<std::string, std::string> params = {};  ///< of the identity
  std::string lock = {};                           ///< empty: none
  bool external = false;                           ///< others produce it
  bool marks = false;                              ///< its output is a mark
  bool lacks_space = false;                        ///< on a disk: `why` says it
};
struct PlanData {
  std::vector<std::string> roots;
  std::vector<PlanTaskData> tasks;  ///< requirements first
};
struct LogData {
  std::string text;
  int64_t next_offset = 0;
  bool ended = false;
};
/// A problem document, or what is known of one.
struct ProblemData {
  std::string detail;
  std::vector<Diagnostic> errors;
};

/// What is missing or of another kind becomes empty: an engine may be of another version.
[[nodiscard]] ProgressData read_progress(std::string_view json);
[[nodiscard]] std::vector<ChangeData> read_changes(std::string_view json);
[[nodiscard]] RunData read_run(std::string_view json);
[[nodiscard]] std::vector<RunData> read_runs(std::string_view json);
[[nodiscard]] PlanData read_plan(std::string_view json);
[[nodiscard]] LogData read_log(std::string_view json);
[[nodiscard]] ProblemData read_problem(std::string_view json);
[[nodiscard]] std::vector<Diagnostic> read_diagnostics(std::string_view json);
/// `run` of a document.
[[nodiscard]] uint64_t read_run_id(std::string_view json);

}  // namespace moondial
