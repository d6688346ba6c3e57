#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/event_loop.h"
#include "engine/store.h"
#include "tests/sim/context.h"

namespace moondial::sim {

class Watcher;

/// The record as one engine process has it open: what is handed over waits for a commit, which
/// takes as many groups as had gathered when it began.
class SimStore final : public Store {
 public:
  SimStore(Context& context, EventLoop& loop, Watcher& watcher)
      : context_(context),
        loop_(loop),
        watcher_(watcher),
        last_run_(context.machine.database.last_run()),
        last_attempt_(context.machine.database.last_attempt()) {}

  void write(std::vector<Record> records, std::function<void()> durable) override;
  Status flush() override;
  void on_fatal(std::function<void(Status)> callback) override { fatal_ = std::move(callback); }
  RunId next_run() override { return RunId(++last_run_.value); }
  AttemptId next_attempt() override { return AttemptId(++last_attempt_.value); }
  Result<std::vector<RunRow>> runs(size_t limit, RunId before, const RunFilter& filter) override;
  Result<std::optional<RunDetail>> run(RunId run) override;
  Result<std::optional<RunId>> run_of_request(const std::string& request) override;
  Result<std::optional<OpenAttempt>> attempt(AttemptId attempt) override;
  Result<std::vector<OpenAttempt>> open_attempts() override;
  Result<std::vector<PreparedAttempt>> prepared_attempts() override;
  Result<std::vector<RunId>> open_runs() override;
  Result<std::vector<std::string>> kept_staging() override {
    const auto& kept = context_.machine.database.kept_staging();
    return std::vector<std::string>(kept.begin(), kept.end());
  }
  Result<std::map<std::string, Duration>> usual_durations() override;
  Result<std::vector<std::pair<std::string, Params>>> succeeded_tasks() override;
  Result<std::map<std::string, std::string>> emitted(const std::string&) override {
    return std::map<std::string, std::string>();
  }
  Result<std::string> source_text(const std::string&) override { return std::string(); }
  History& history() override { return no_history_; }
  Result<std::map<std::string, std::string>> sources_in_force() override {
    return std::map<std::string, std::string>();
  }
  Result<std::vector<ScheduleRow>> schedules() override { return std::vector<ScheduleRow>(); }
  Result<std::vector<FiringRow>> open_firings() override { return std::vector<FiringRow>(); }
  Result<std::vector<FiringRow>> firings(const std::string&, size_t) override {
    return std::vector<FiringRow>();
  }
  Result<bool> was_pruned(RunId) override { return false; }
  Result<std::optional<PruneStep>> next_prunable(const RetentionCutoffs&) override {
    return std::optional<PruneStep>();
  }
  Result<std::optional<int64_t>> old_events(int64_t, UtcTime) override {
    return std::optional<int64_t>();
  }
  void back_up(std::string, std::function<void(Status)> done) override {
    loop_.post([done] { done(Status()); });
  }
  void close() override { (void)flush(); }

  // What the driver can do.
  [[nodiscard]] size_t handed_over() const { return failed_ ? 0 : queue_.size(); }
  /// The first `groups` of what was handed over become durable, together.
  void commit(size_t groups);
  /// A commit fails. Whether records were kept, and how many groups, is for the next start to find.
  void fail_commit(size_t kept);
  void clear() { queue_.clear(); }

 private:
  struct Group {
    std::vector<Record> records;
    std::function<void()> durable;
  };
  void keep(const Group& group);
  void note_starts(const std::vector<Record>& records);

  Context& context_;
  EventLoop& loop_;
  Watcher& watcher_;
  History no_history_;
  std::deque<Group> queue_;
  std::function<void(Status)> fatal_;
  bool failed_ = false;
  bool has_prepared_ = false;
  RunId last_run_;
  AttemptId last_attempt_;
};

/// A record in a few words.
[[nodiscard]] std::string words(const Record& record);

}  // namespace moondial::sim
