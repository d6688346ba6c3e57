#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/arrivals.h"
#include "engine/process_runner.h"
#include "engine/script_host.h"
#include "engine/targets.h"
#include "tests/engine/no_sessions.h"
#include "tests/sim/year/declared.h"
#include "tests/sim/year/disk.h"
#include "tests/sim/year/year_loop.h"

namespace moondial::sim {

// What stands around one engine of the year. What each of them does takes a little time.

/// The record: groups are committed two milliseconds after they were handed over.
class YearStore final : public Store {
 public:
  YearStore(YearLoop& loop, Disk& disk)
      : loop_(loop),
        disk_(disk),
        last_run_(disk.database.last_run()),
        last_attempt_(disk.database.last_attempt()) {}

  void write(std::vector<Record> records, std::function<void()> durable) override;
  Status flush() override;
  void on_fatal(std::function<void(Status)> /*callback*/) override {}
  RunId next_run() override { return last_run_ = RunId(last_run_.value + 1); }
  AttemptId next_attempt() override { return last_attempt_ = AttemptId(last_attempt_.value + 1); }

  Result<std::vector<RunRow>> runs(size_t, RunId, const RunFilter&) override {
    return std::vector<RunRow>();
  }
  Result<std::optional<RunDetail>> run(RunId run) override;
  Result<std::optional<RunId>> run_of_request(const std::string&) override {
    return std::optional<RunId>();
  }
  Result<std::optional<OpenAttempt>> attempt(AttemptId) override {
    return std::optional<OpenAttempt>();
  }
  Result<std::vector<OpenAttempt>> open_attempts() override;
  Result<std::vector<PreparedAttempt>> prepared_attempts() override;
  Result<std::vector<RunId>> open_runs() override;
  Result<std::vector<std::string>> kept_staging() override;
  Result<std::map<std::string, Duration>> usual_durations() override {
    return std::map<std::string, Duration>();
  }
  Result<std::vector<std::pair<std::string, Params>>> succeeded_tasks() override {
    return std::vector<std::pair<std::string, Params>>();
  }
  Result<std::map<std::string, std::string>> emitted(const std::string&) override {
    return std::map<std::string, std::string>();
  }
  Result<std::map<std::string, std::string>> sources_in_force() override {
    return std::map<std::string, std::string>();
  }
  Result<std::vector<ScheduleRow>> schedules() override;
  Result<std::vector<FiringRow>> open_firings() override;
  Result<std::vector<FiringRow>> firings(const std::string& name, size_t limit) override;
  Result<std::vector<TriggerRow>> triggers() override;
  Result<std::vector<SuccessRow>> successes_after(const std::string& name, int64_t after) override;
  Result<std::vector<TroubleRow>> troubles() override;
  History& history() override { return no_history_; }
  Result<std::string> source_text(const std::string& sha256) override { return sha256; }
  Result<bool> was_pruned(RunId) override { return false; }
  Result<std::optional<PruneStep>> next_prunable(const RetentionCutoffs& cutoffs) override;
  Result<std::optional<int64_t>> old_events(int64_t, UtcTime) override {
    return std::optional<int64_t>();
  }
  Result<EventBounds> event_bounds() override { return EventBounds{disk_.position, 0}; }
  void back_up(std::string, std::function<void(Status)> done) override;
  void close() override {}

  /// The engine is dead: of what it has handed over, the first groups may be kept.
  void die(size_t kept);
  [[nodiscard]] size_t handed_over() const { return groups_.size(); }

 private:
  struct Group {
    std::vector<Record> records;
    std::function<void()> durable;
  };
  void commit();

  YearLoop& loop_;
  Disk& disk_;
  RunId last_run_;
  AttemptId last_attempt_;
  std::vector<Group> groups_;
  bool is_dead_ = false;
  History no_history_;
};

/// Commands: of tasks, which take as long as their schedule's do and fail now and then; and those
/// that tell somebody.
class YearRunner final : public ProcessRunner {
 public:
  YearRunner(YearLoop& loop, Disk& disk, const std::string& zone);

  Result<std::unique_ptr<Process>> spawn(CommandSpec command,
                                         std::function<void(std::string_view)> on_output,
                                         std::function<void(CommandResult)> on_exit) override;
  Result<int> end_leftovers(const std::set<AttemptId>& adopted) override;
  [[nodiscard]] bool is_busy() const { return !live_.empty(); }

 private:
  class Handle;
  void end(int pid, int exit_code, int signal);

  YearLoop& loop_;
  Disk& disk_;
  std::map<std::string, std::pair<Duration, Duration>> takes_;  // by schedule
  std::map<int, std::function<void(CommandResult)>> live_;
  int last_pid_ = 0;
};

/// The pipeline files: what their version on the disk declares.
class YearHost final : public ScriptHost {
 public:
  YearHost(YearLoop& loop, Disk& disk, std::string zone)
      : loop_(loop), disk_(disk), zone_(std::move(zone)) {}

  void load(std::function<void(Result<const Generation*>)> done) override;
  void keep_last_good(std::map<std::string, std::string>) override {}
  void restore(std::map<std::string, std::string> texts,
               std::function<void(Result<const Generation*>)> done) override;
  void pin(GenerationId generation) override;
  void unpin(GenerationId generation) override;
  std::optional<std::string> source(GenerationId generation, const std::string&) const override {
    return std::to_string(generation.value);
  }
  uint64_t plan(GenerationId generation, PlanRequest request, PlanSink sink) override;
  void cancel_plan(uint64_t ticket) override { asked_.erase(ticket); }
  void start(GenerationId, ScriptAttempt, ScriptListener*) override {}
  void stop(AttemptId) override {}
  void command_ended(AttemptId, uint64_t, Result<CommandResult>) override {}
  void await_ended(AttemptId, uint64_t, Result<AwaitResult>) override {}
  SessionHost& sessions() override { return sessions_; }
  void close() override {}

 private:
  [[nodiscard]] const Generation* generation_of(uint64_t version);
  void collect();

  YearLoop& loop_;
  Disk& disk_;
  const std::string zone_;
  NoSessions sessions_;
  std::map<GenerationId, Generation> generations_;  // the id is the version
  std::map<GenerationId, int> pins_;
  GenerationId current_;
  std::set<uint64_t> asked_;
  uint64_t last_ticket_ = 0;
};

/// Files that are always written as they should be: the main simulator looks after the others.
class YearTargets final : public Targets {
 public:
  explicit YearTargets(Disk& disk) : disk_(disk) {}
  bool exists(const std::string& path) const override { return disk_.finals.contains(path); }
  std::vector<StagedOutput> locate(AttemptId attempt,
                                   std::span<const std::string> final_paths) const override;
  Result<std::vector<StagedOutput>> stage(AttemptId attempt,
                                          std::span<const std::string> final_paths) override {
    return locate(attempt, final_paths);
  }
  std::vector<size_t> missing(std::span<const StagedOutput>) const override { return {}; }
  Status sync(std::span<const StagedOutput>) override { return Status(); }
  Status publish(std::span<const StagedOutput> outputs) override;
  void discard(std::span<const StagedOutput>) override {}

 private:
  Disk& disk_;
};

/// Files that arrive.
class YearArrivals final : public Arrivals {
 public:
  YearArrivals(YearLoop& loop, Disk& disk) : loop_(loop), disk_(disk) {}
  void watch(std::vector<Glob> globs, Seen seen) override;
  /// Something is there that was not, or the other way round.
  void changed();

 private:
  YearLoop& loop_;
  Disk& disk_;
  Seen seen_;
};

}  // namespace moondial::sim
