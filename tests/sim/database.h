#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/store.h"

namespace moondial::sim {

/// What is durable of the record, kept as the real one keeps it, and as strict about what makes
/// sense. Outlives engines; may be copied.
class Database {
 public:
  struct Attempt {
    OpenAttempt row;  ///< as open_attempts() gives it
    int number = 1;
    TaskState state = TaskState::kRunning;
    bool ended = false;
    UtcTime started_at, ended_at;
    std::vector<RunId> runs;  ///< that share it, the one of its row first
  };
  struct Task {
    std::string name;
    Params params;
    TaskState state = TaskState::kPending;
    std::vector<AttemptId> attempts;
  };
  struct Run {
    RunRow row;
    std::string request;
    std::vector<std::string> order;  ///< of its tasks
    std::map<std::string, Task> tasks;
    uint64_t version = 0;  ///< of the declarations
    bool ended = false;
  };

  /// Empty, or why the record makes no sense.
  [[nodiscard]] std::string apply(const Record& record);

  [[nodiscard]] const std::map<RunId, Run>& runs() const { return runs_; }
  [[nodiscard]] const Attempt* attempt(AttemptId id) const;
  [[nodiscard]] const std::map<AttemptId, Attempt>& attempts() const { return attempts_; }
  [[nodiscard]] const std::map<AttemptId, PreparedAttempt>& prepared() const { return prepared_; }
  [[nodiscard]] const std::set<std::string>& kept_staging() const { return kept_staging_; }
  [[nodiscard]] bool marked(const std::string& id) const { return marks_.contains(id); }
  [[nodiscard]] bool succeeded(const std::string& id) const { return successes_.contains(id); }
  [[nodiscard]] const std::map<std::string, std::string>& successes() const { return successes_; }
  [[nodiscard]] RunId last_run() const { return last_run_; }
  [[nodiscard]] AttemptId last_attempt() const { return last_attempt_; }
  [[nodiscard]] RunDetail detail(RunId run) const;

  /// A run that has ended goes, with its attempts; as pruning does it.
  void forget(RunId run);
  /// Texts that no run used go, but for one.
  void forget_sources_but(const std::string& sha256);

  /// All that it says but for times, in words: two that say the same are alike.
  [[nodiscard]] std::string summary() const;

 private:
  std::string one(const RunStarted& record);
  std::string one(const RunFinished& record);
  std::string one(const TaskPlanned& record);
  std::string one(const TaskAwaits& record);
  std::string one(const TaskEnded& record);
  std::string one(const AttemptPrepared& record);
  std::string one(const AttemptDropped& record);
  std::string one(const AttemptStarted& record);
  std::string one(const AttemptProcess& record);
  std::string one(const PublishIntent& record);
  std::string one(const IntentWithdrawn& record);
  std::string one(const AttemptEnded& record);
  std::string one(const TaskMarked& record);
  std::string one(const SourceText& record);
  std::string one(const StagingKept& record);
  std::string one(const StagingCleared& record);
  template <typename Pruned>
  std::string one(const Pruned& /*record*/) {
    return "is pruned, and nothing is old";
  }
  Task* task(RunId run, const std::string& id);
  void await_retry(const Attempt& attempt);

  std::map<RunId, Run> runs_;
  std::map<AttemptId, Attempt> attempts_;
  std::map<AttemptId, PreparedAttempt> prepared_;
  std::set<std::string> marks_;
  std::set<std::string> kept_staging_;
  std::map<std::string, std::string> successes_;  // identity → name
  std::set<std::string> sources_;
  RunId last_run_;
  AttemptId last_attempt_;
};

}  // namespace moondial::sim
