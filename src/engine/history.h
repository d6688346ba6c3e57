#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/record_rows.h"

namespace moondial {

/// A task as it was in the newest run that it had a part in.
struct LastState {
  std::string id;
  Params params;
  TaskState state = TaskState::kPending;
  RunId run;                   ///< none: only its success is still known
  bool has_succeeded = false;  ///< or was marked as done, which counts as a success
};

/// A failed attempt.
struct Failure {
  PastAttempt past;
  std::optional<UtcTime> succeeded;  ///< when its task succeeded last, if ever
};

/// A task whose deadline has passed, and that has not succeeded since.
struct MissedTask {
  RunId run;
  std::string id;
  std::string name;
  UtcTime sla;
  TaskState state = TaskState::kPending;  ///< in that run
};

/// A text of a pipeline file, as runs used it.
struct SourceVersion {
  std::string sha256;
  int64_t runs = 0;
  RunId first_run, last_run;
  UtcTime first, last;  ///< when these began
};

/// What people ask of the record who look back. Reads see what is durable. Loop thread; each is an
/// indexed query. This one knows nothing.
class History {
 public:
  virtual ~History() = default;

  /// Of all tasks of a name, the newest first, before an attempt (none: from the newest on).
  [[nodiscard]] virtual Result<std::vector<PastAttempt>> attempts_of(const std::string& /*name*/,
                                                                     size_t /*limit*/,
                                                                     AttemptId /*before*/) {
    return std::vector<PastAttempt>();
  }
  /// One attempt; nothing if there is none.
  [[nodiscard]] virtual Result<std::optional<PastAttempt>> attempt(AttemptId /*attempt*/) {
    return std::optional<PastAttempt>();
  }
  /// Of each task of a name that is known.
  [[nodiscard]] virtual Result<std::vector<LastState>> last_states(const std::string& /*name*/) {
    return std::vector<LastState>();
  }
  /// Of a schedule or trigger, the newest first, before an instant.
  [[nodiscard]] virtual Result<std::vector<FiringRow>> firings(const std::string& /*schedule*/,
                                                               size_t /*limit*/,
                                                               UtcTime /*before*/) {
    return std::vector<FiringRow>();
  }
  /// The newest first.
  [[nodiscard]] virtual Result<std::vector<Failure>> failures(size_t /*limit*/) {
    return std::vector<Failure>();
  }
  /// Tasks whose deadline passed after `since`, the latest first, in runs that ended no more than a
  /// day before it or still go on; at most `limit`.
  [[nodiscard]] virtual Result<std::vector<MissedTask>> missed(UtcTime /*since*/,
                                                               size_t /*limit*/) {
    return std::vector<MissedTask>();
  }
  /// Of a pipeline file, the newest first.
  [[nodiscard]] virtual Result<std::vector<SourceVersion>> versions(const std::string& /*path*/) {
    return std::vector<SourceVersion>();
  }
  /// The text with this SHA-256, if a run used it.
  [[nodiscard]] virtual Result<std::optional<std::string>> source(const std::string& /*sha256*/) {
    return std::optional<std::string>();
  }
};

}  // namespace moondial
