#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/disk_space.h"
#include "engine/event_loop.h"
#include "engine/process_runner.h"
#include "engine/script_host.h"
#include "engine/store.h"
#include "engine/targets.h"

namespace moondial::fakes {

/// What happened, in order, in words: "row 1", "spawn 1", "sync 1" …
using Trace = std::vector<std::string>;

/// A loop whose time is told.
class FakeLoop : public EventLoop {
 public:
  ~FakeLoop() override;
  UtcTime utc() const override;
  MonoTime mono() const override;

  std::unique_ptr<FdWatch> watch(int, Readiness, std::function<void(Readiness)>) override;
  std::unique_ptr<Watch> timer(MonoTime due, std::function<void()> on_due) override;
  std::unique_ptr<Watch> on_signal(int, std::function<void()>) override;
  void post(std::function<void()> task) override;
  void defer(std::function<void()> task) override;
  void offload(std::function<void()> work, std::function<void()> done) override;
  void run() override;
  void stop() override {}

  Duration clock_set{0};  ///< how far the wall clock has been set forward

  /// Does the next thing that is to be done now; false if there is none.
  bool step();
  /// Does all that is to be done now.
  void settle();
  /// Lets time pass in which nothing is done.
  void pass(Duration by);
  /// Lets time pass; timers fire in order.
  void advance(Duration by);

 private:
  class Timer : public Watch {
   public:
    Timer(FakeLoop& loop, uint64_t id) : loop_(loop), id_(id) {}
    ~Timer() override { loop_.timers_.erase(id_); }

   private:
    FakeLoop& loop_;
    uint64_t id_;
  };
  Duration now_{0};
  std::deque<std::function<void()>> queue_;
  std::map<uint64_t, std::pair<MonoTime, std::function<void()>>> timers_;
  uint64_t last_timer_ = 0;
};

/// Keeps records in memory; they are durable a little later, or when told.
class FakeStore : public Store {
 public:
  ~FakeStore() override;
  FakeStore(FakeLoop& loop, Trace& trace);

  void write(std::vector<Record> new_records, std::function<void()> durable) override;
  Status flush() override;
  void on_fatal(std::function<void(Status)>) override {}
  RunId next_run() override;
  AttemptId next_attempt() override;
  Result<std::vector<RunRow>> runs(size_t, RunId, const RunFilter&) override;
  Result<std::optional<RunDetail>> run(RunId id) override;
  Result<std::optional<RunId>> run_of_request(const std::string&) override;
  Result<std::optional<OpenAttempt>> attempt(AttemptId) override;
  Result<std::vector<OpenAttempt>> open_attempts() override;
  Result<std::vector<PreparedAttempt>> prepared_attempts() override;
  Result<std::vector<RunId>> open_runs() override;
  Result<std::vector<std::string>> kept_staging() override;
  Result<std::map<std::string, Duration>> usual_durations() override;
  Result<std::vector<std::pair<std::string, Params>>> succeeded_tasks() override;
  std::vector<std::pair<std::string, Params>> succeeded;
  Result<std::map<std::string, std::string>> emitted(const std::string& identity) override;
  std::map<std::string, std::map<std::string, std::string>> emitted_by;
  Result<std::string> source_text(const std::string&) override;
  History& history() override;
  Result<std::vector<PoolSizeRow>> pool_sizes() override;
  History no_history;
  std::vector<PoolSizeRow> kept_pool_sizes;
  Result<std::map<std::string, std::string>> sources_in_force() override;
  Result<std::vector<ScheduleRow>> schedules() override;
  Result<std::vector<FiringRow>> open_firings() override;
  Result<std::vector<FiringRow>> firings(const std::string& schedule, size_t limit) override;
  Result<std::vector<TriggerRow>> triggers() override;
  Result<std::vector<SuccessRow>> successes_after(const std::string& name, int64_t after) override;
  Result<EventBounds> event_bounds() override;
  Result<std::vector<TaskDeadlineRow>> open_task_deadlines() override;
  void back_up(std::string, std::function<void(Status)> done) override;
  Result<std::vector<TroubleRow>> troubles() override;
  std::map<std::string, TroubleRow> trouble_rows;
  std::map<std::string, TriggerRow> trigger_rows;
  std::vector<std::pair<std::string, SuccessRow>> successes;  // with the task's name
  int64_t position = 0;
  std::vector<TaskDeadlineRow> task_deadlines;
  std::map<std::string, ScheduleRow> schedule_rows;
  std::map<std::pair<std::string, UtcTime>, FiringRow> firing_rows;
  Result<bool> was_pruned(RunId run) override;
  uint64_t pruned_up_to = 0;
  Result<std::optional<PruneStep>> next_prunable(const RetentionCutoffs& cutoffs) override;
  Result<std::optional<int64_t>> old_events(int64_t after, UtcTime) override;
  int64_t last_old_event = 0;
  std::deque<PruneStep> to_prune;  // the first goes with its record
  std::vector<RetentionCutoffs> prune_asked;
  void close() override {}

  template <typename T>
  std::vector<T> all() const {
    std::vector<T> out;
    for (const Record& record : records) {
      if (const T* one = std::get_if<T>(&record)) out.push_back(*one);
    }
    return out;
  }

  std::vector<Record> records;
  std::map<RunId, RunDetail> details;
  std::vector<OpenAttempt> open;
  std::vector<PreparedAttempt> prepared;
  std::vector<RunId> open_run_ids;
  std::vector<std::string> kept_directories;

 private:
  void keep_schedule(const Record& record);
  void keep_trigger(const Record& record);
  void keep_trouble(const Record& record);
  void keep(const Record& record);
  FakeLoop& loop_;
  Trace& trace_;
  uint64_t last_run_ = 0;
  uint64_t last_attempt_ = 0;
};

/// Commands that end when the test says so.
class FakeRunner : public ProcessRunner {
 public:
  ~FakeRunner() override;
  FakeRunner(FakeLoop& loop, Trace& trace);

  struct Live {
    CommandSpec spec;
    std::function<void(std::string_view)> on_output;
    std::function<void(CommandResult)> on_exit;
    bool stopped = false;
  };

  Result<std::unique_ptr<Process>> spawn(CommandSpec spec,
                                         std::function<void(std::string_view)> on_output,
                                         std::function<void(CommandResult)> on_exit) override;
  Result<int> end_leftovers(const std::set<AttemptId>& adopted) override;

  /// Held commands: what an engine before this one has left.
  std::vector<AttemptId> held() override;
  Result<std::unique_ptr<Process>> adopt(AttemptId attempt,
                                         std::function<void(std::string_view)> on_output,
                                         std::function<void(CommandResult)> on_exit) override;
  Status end_held(AttemptId attempt) override;
  std::vector<AttemptId> held_ids;
  std::vector<std::string> held_secrets;

  void exit(const std::string& name, int code = 0);
  void exit(const std::string& name, const CommandResult& result);

  std::map<std::string, Live> live;
  std::set<std::string> refuse;
  bool die_when_stopped = true;

 private:
  class FakeProcess : public Process {
   public:
    FakeProcess(FakeRunner& runner, std::string name) : runner_(runner), name_(std::move(name)) {}
    int pid() const override { return 42; }
    std::vector<std::string> secrets() const override {
      return runner_.live.at(name_).spec.secrets;
    }
    void stop(Duration) override {
      runner_.trace_.push_back("stop " + name_);
      if (!runner_.die_when_stopped || !runner_.live.contains(name_)) return;
      runner_.loop_.post([&runner = runner_, name = name_] {
        if (runner.live.contains(name)) runner.exit(name, 143);
      });
    }

   private:
    FakeRunner& runner_;
    std::string name_;
  };
  FakeLoop& loop_;
  Trace& trace_;
};

/// Files as a set of names.
class FakeTargets : public Targets {
 public:
  ~FakeTargets() override;
  explicit FakeTargets(Trace& trace);

  bool exists(const std::string& path) const override;
  std::vector<StagedOutput> locate(AttemptId attempt,
                                   std::span<const std::string> paths) const override;
  Result<std::vector<StagedOutput>> stage(AttemptId attempt,
                                          std::span<const std::string> paths) override;
  std::vector<size_t> missing(std::span<const StagedOutput> outputs) const override;
  Status sync(std::span<const StagedOutput>) override;
  Status publish(std::span<const StagedOutput> outputs) override;
  void discard(std::span<const StagedOutput> outputs) override;
  void keep_staging(const std::string& directory) override;
  void remove_kept_staging() override;
  void remove_kept_staging(const std::string& directory) override;

  std::set<std::string> keeps;

  std::set<std::string> files;
  std::set<std::string> not_made;
  std::set<std::string> gone;  ///< can never be published
  bool fail_stage = false;
  bool fail_publish = false;

 private:
  Trace& trace_;
};

/// Disks with as much room as the test says; a lot where it says nothing.
class FakeSpace : public DiskSpace {
 public:
  ~FakeSpace() override;
  std::optional<DiskRoom> room(const std::string& folder) const override;
  std::map<std::string, int64_t> free;
  int64_t size = int64_t{1} << 40;
  mutable std::vector<std::string> asked;
};

/// Scripts that end when the test says so. Tasks are what the test puts in `tasks`.
/// Lanes of sessions that say what a test wants.
class FakeSessions : public SessionHost {
 public:
  ~FakeSessions() override;
  explicit FakeSessions(Trace& trace);
  uint64_t open(GenerationId generation, SessionListener* listener) override;
  void input(uint64_t session, SessionInput input) override;
  void answer(uint64_t, uint64_t request, Result<SessionAnswer> answer) override;
  void interrupt(uint64_t session) override;
  void close(uint64_t session) override;
  std::map<uint64_t, SessionListener*> listeners;
  uint64_t last = 0;

 private:
  Trace& trace_;
};

class FakeHost : public ScriptHost {
 private:
  FakeLoop& loop_;
  Trace& trace_;

 public:
  ~FakeHost() override;
  FakeHost(FakeLoop& loop, Trace& trace);

  void load(std::function<void(Result<const Generation*>)> done) override;
  void restore(std::map<std::string, std::string>,
               std::function<void(Result<const Generation*>)> done) override;
  std::optional<Error> restore_error;
  void keep_last_good(std::map<std::string, std::string>) override;
  bool keeps_last_good = false;
  void pin(GenerationId) override;
  void unpin(GenerationId) override;
  std::optional<std::string> source(GenerationId, const std::string&) const override;
  uint64_t plan(GenerationId, PlanRequest request, PlanSink sink) override;
  void cancel_plan(uint64_t) override {}
  void start(GenerationId, ScriptAttempt attempt, ScriptListener* listener) override;
  void stop(AttemptId attempt) override;
  void command_ended(AttemptId, uint64_t request, Result<CommandResult> result) override;
  void await_ended(AttemptId, uint64_t request, Result<AwaitResult> result) override;
  SessionHost& sessions() override;
  void close() override {}

  void end(AttemptId attempt, ScriptOutcome outcome);

  Generation generation;
  std::vector<TaskInstance> tasks;
  AwaitResult awaited;  // the last answer
  ScriptAttempt asked;  // the last step
  std::function<void()> while_planning;
  std::optional<Error> plan_error, load_error;
  FakeSessions lanes{trace_};
  bool holds_loads = false;
  std::vector<std::function<void()>> held_loads;
  std::map<AttemptId, ScriptListener*> listeners;
  int pins = 0;
};

}  // namespace moondial::fakes
