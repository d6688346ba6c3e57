#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace moondial {

/// The last success of a task, in any run.
struct TaskSuccess {
  int64_t position = 0;  ///< successes that were published later have a higher one
  UtcTime at;
  UtcTime started;          ///< when the attempt began; `at` if that is forgotten
  std::string fingerprint;  ///< TaskInstance::fingerprint then; empty if unknown
};

/// What the record knows of tasks apart from runs. Reads what is durable; any process, one thread.
class TaskRecords {
 public:
  virtual ~TaskRecords() = default;

  /// Whether "done" was recorded for it: by its success, or by `moondial mark`.
  [[nodiscard]] virtual Result<bool> marked(std::string_view identity) = 0;
  [[nodiscard]] virtual Result<std::optional<TaskSuccess>> success(std::string_view identity) = 0;
  /// What its last success emitted: name → JSON value; empty if it has none.
  [[nodiscard]] virtual Result<std::vector<std::pair<std::string, std::string>>> emitted(
      std::string_view identity) = 0;
};

}  // namespace moondial
