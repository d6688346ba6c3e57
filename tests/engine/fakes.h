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
  UtcTime utc() const override {
    return UtcTime(std::chrono::seconds(1'000'000'000)) + now_ + clock_set;
  }
  MonoTime mono() const override { return MonoTime(now_); }

  std::unique_ptr<FdWatch> watch(int, Readiness, std::function<void(Readiness)>) override {
    return nullptr;
  }
  std::unique_ptr<Watch> timer(MonoTime due, std::function<void()> on_due) override {
    const uint64_t id = ++last_timer_;
    timers_[id] = {due, std::move(on_due)};
    return std::make_unique<Timer>(*this, id);
  }
  std::unique_ptr<Watch> on_signal(int, std::function<void()>) override { return nullptr; }
  void post(std::function<void()> task) override { queue_.push_back(std::move(task)); }
  void defer(std::function<void()> task) override { queue_.push_back(std::move(task)); }
  void offload(std::function<void()> work, std::function<void()> done) override {
    queue_.push_back([work = std::move(work), done = std::move(done)] {
      work();
      done();
    });
  }
  void run() override { settle(); }
  void stop() override {}

  Duration clock_set{0};  ///< how far the wall clock has been set forward

  /// Does the next thing that is to be done now; false if there is none.
  bool step() {
    if (queue_.empty()) return false;
    auto task = std::move(queue_.front());
    queue_.pop_front();
    task();
    return true;
  }
  /// Does all that is to be done now.
  void settle() {
    while (step()) {
    }
  }
  /// Lets time pass in which nothing is done.
  void pass(Duration by) { now_ += by; }
  /// Lets time pass; timers fire in order.
  void advance(Duration by) {
    const MonoTime end = mono() + by;
    settle();
    for (;;) {
      auto next = timers_.end();
      for (auto it = timers_.begin(); it != timers_.end(); ++it) {
        if (it->second.first <= end &&
            (next == timers_.end() || it->second.first < next->second.first)) {
          next = it;
        }
      }
      if (next == timers_.end()) break;
      now_ = std::max(now_, next->second.first.time_since_epoch());
      const auto task = std::move(next->second.second);
      timers_.erase(next);
      task();
      settle();
    }
    now_ = end.time_since_epoch();
  }

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
  FakeStore(FakeLoop& loop, Trace& trace) : loop_(loop), trace_(trace) {}

  void write(std::vector<Record> new_records, std::function<void()> durable) override {
    loop_.post([this, new_records = std::move(new_records), durable = std::move(durable)] {
      for (const Record& record : new_records) keep(record);
      if (durable) durable();
    });
  }
  Status flush() override {
    loop_.settle();
    return Status();
  }
  void on_fatal(std::function<void(Status)>) override {}
  RunId next_run() override { return RunId(++last_run_); }
  AttemptId next_attempt() override { return AttemptId(++last_attempt_); }
  Result<std::vector<RunRow>> runs(size_t, RunId, const RunFilter&) override {
    return std::vector<RunRow>();
  }
  Result<std::optional<RunDetail>> run(RunId id) override {
    const auto found = details.find(id);
    if (found == details.end()) return std::optional<RunDetail>();
    return std::optional<RunDetail>(found->second);
  }
  Result<std::optional<RunId>> run_of_request(const std::string&) override {
    return std::optional<RunId>();
  }
  Result<std::optional<OpenAttempt>> attempt(AttemptId) override {
    return std::optional<OpenAttempt>();
  }
  Result<std::vector<OpenAttempt>> open_attempts() override { return open; }
  Result<std::vector<PreparedAttempt>> prepared_attempts() override { return prepared; }
  Result<std::vector<RunId>> open_runs() override { return open_run_ids; }
  Result<std::vector<std::string>> kept_staging() override { return kept_directories; }
  Result<std::map<std::string, Duration>> usual_durations() override {
    return std::map<std::string, Duration>();
  }
  Result<std::vector<std::pair<std::string, Params>>> succeeded_tasks() override {
    return succeeded;
  }
  std::vector<std::pair<std::string, Params>> succeeded;
  Result<std::map<std::string, std::string>> emitted(const std::string& identity) override {
    return emitted_by[identity];
  }
  std::map<std::string, std::map<std::string, std::string>> emitted_by;
  Result<std::string> source_text(const std::string&) override { return std::string(); }
  History& history() override { return no_history; }
  Result<std::vector<PoolSizeRow>> pool_sizes() override { return kept_pool_sizes; }
  History no_history;
  std::vector<PoolSizeRow> kept_pool_sizes;
  Result<std::map<std::string, std::string>> sources_in_force() override {
    return std::map<std::string, std::string>();
  }
  Result<std::vector<ScheduleRow>> schedules() override {
    std::vector<ScheduleRow> rows;
    for (const auto& [name, row] : schedule_rows) rows.push_back(row);
    return rows;
  }
  Result<std::vector<FiringRow>> open_firings() override {
    std::vector<FiringRow> rows;
    for (const auto& [key, row] : firing_rows) {
      const bool is_open = row.run_state == RunState::kRunning || (row.sla && !row.sla_missed);
      if (row.state == FiringState::kWaiting || is_open) rows.push_back(row);
    }
    std::ranges::stable_sort(rows, {}, &FiringRow::instant);
    return rows;
  }
  Result<std::vector<FiringRow>> firings(const std::string& schedule, size_t limit) override {
    std::vector<FiringRow> rows;
    for (auto at = firing_rows.rbegin(); at != firing_rows.rend() && rows.size() < limit; ++at) {
      if (at->first.first == schedule) rows.push_back(at->second);
    }
    return rows;
  }
  Result<std::vector<TriggerRow>> triggers() override {
    std::vector<TriggerRow> rows;
    for (const auto& [name, row] : trigger_rows) rows.push_back(row);
    return rows;
  }
  Result<std::vector<SuccessRow>> successes_after(const std::string& name, int64_t after) override {
    std::vector<SuccessRow> rows;
    for (const auto& [known, row] : successes) {
      if (known == name && row.position > after) rows.push_back(row);
    }
    return rows;
  }
  Result<EventBounds> event_bounds() override { return EventBounds{position, 0}; }
  Result<std::vector<TaskDeadlineRow>> open_task_deadlines() override { return task_deadlines; }
  void back_up(std::string, std::function<void(Status)> done) override {
    loop_.post([done] { done(Status()); });
  }
  Result<std::vector<TroubleRow>> troubles() override {
    std::vector<TroubleRow> rows;
    for (const auto& [subject, row] : trouble_rows) rows.push_back(row);
    return rows;
  }
  std::map<std::string, TroubleRow> trouble_rows;
  std::map<std::string, TriggerRow> trigger_rows;
  std::vector<std::pair<std::string, SuccessRow>> successes;  // with the task's name
  int64_t position = 0;
  std::vector<TaskDeadlineRow> task_deadlines;
  std::map<std::string, ScheduleRow> schedule_rows;
  std::map<std::pair<std::string, UtcTime>, FiringRow> firing_rows;
  Result<bool> was_pruned(RunId run) override { return run.value <= pruned_up_to; }
  uint64_t pruned_up_to = 0;
  Result<std::optional<PruneStep>> next_prunable(const RetentionCutoffs& cutoffs) override {
    prune_asked.push_back(cutoffs);
    if (to_prune.empty()) return std::optional<PruneStep>();
    return std::optional<PruneStep>(to_prune.front());
  }
  Result<std::optional<int64_t>> old_events(int64_t after, UtcTime) override {
    return after < last_old_event ? std::optional<int64_t>(after + 1) : std::nullopt;
  }
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
  void keep_schedule(const Record& record) {
    if (const auto* kept = std::get_if<ScheduleKept>(&record)) {
      ScheduleRow& row = schedule_rows[kept->schedule];
      row = {kept->schedule, kept->times, std::max(row.position, kept->position), row.paused};
    } else if (const auto* paused = std::get_if<SchedulePaused>(&record)) {
      schedule_rows[paused->schedule].schedule = paused->schedule;
      schedule_rows[paused->schedule].paused = paused->paused;
    } else if (const auto* fired = std::get_if<ScheduleFired>(&record)) {
      const auto [row, is_new] = firing_rows.try_emplace({fired->schedule, fired->instant});
      if (!is_new) throw std::logic_error("fired twice");
      row->second = {
          fired->schedule, fired->instant, fired->state, {}, fired->note, fired->sla, {}, {}, {}};
      ScheduleRow& schedule = schedule_rows[fired->schedule];
      if (!fired->by_hand) schedule.position = std::max(schedule.position, fired->instant);
    } else if (const auto* settled = std::get_if<FiringSettled>(&record)) {
      FiringRow& row = firing_rows.at({settled->schedule, settled->instant});
      if (row.state != FiringState::kWaiting) throw std::logic_error("settled twice");
      row.state = settled->state;
      row.run = settled->run;
      row.note = settled->note;
    } else if (const auto* sla = std::get_if<SlaSettled>(&record)) {
      firing_rows.at({sla->schedule, sla->instant}).sla_missed = sla->missed;
    }
  }
  void keep_trigger(const Record& record) {
    if (const auto* kept = std::get_if<TriggerKept>(&record)) {
      trigger_rows[kept->trigger] = {kept->trigger, kept->position, kept->files};
    } else if (const auto* forgotten = std::get_if<TriggerForgotten>(&record)) {
      trigger_rows.erase(forgotten->trigger);
    } else if (const auto* fired = std::get_if<TriggerFired>(&record)) {
      const auto [row, is_new] = firing_rows.try_emplace({fired->trigger, fired->instant});
      if (!is_new) throw std::logic_error("fired twice");
      row->second.schedule = fired->trigger;
      row->second.instant = fired->instant;
      row->second.cause = fired->cause;
      TriggerRow& trigger = trigger_rows.at(fired->trigger);
      trigger.position = std::max(trigger.position, fired->position);
      if (!fired->stamp.empty()) trigger.files[fired->cause] = fired->stamp;
    } else if (const auto* gone = std::get_if<ArrivalsGone>(&record)) {
      for (const std::string& path : gone->paths) trigger_rows.at(gone->trigger).files.erase(path);
    }
  }
  void keep_trouble(const Record& record) {
    if (const auto* noted = std::get_if<TroubleNoted>(&record)) {
      trouble_rows[noted->trouble.subject] = noted->trouble;
    } else if (const auto* told = std::get_if<TroubleTold>(&record)) {
      trouble_rows.at(told->subject).told = true;
    } else if (const auto* over = std::get_if<TroubleOver>(&record)) {
      trouble_rows.erase(over->subject);
    }
  }
  void keep(const Record& record) {
    records.push_back(record);
    keep_trouble(record);
    keep_schedule(record);
    keep_trigger(record);
    if (const auto* one = std::get_if<AttemptStarted>(&record)) {
      trace_.push_back("row " + one->task);
    } else if (const auto* ahead = std::get_if<AttemptPrepared>(&record)) {
      trace_.push_back("prepared " + ahead->task);
    } else if (std::holds_alternative<AttemptDropped>(record)) {
      trace_.push_back("dropped");
    } else if (const auto* intent = std::get_if<PublishIntent>(&record)) {
      trace_.push_back("intent " + std::to_string(intent->attempt.value));
    } else if (std::holds_alternative<IntentWithdrawn>(record)) {
      trace_.push_back("intent withdrawn");
    } else if (const auto* ended = std::get_if<AttemptEnded>(&record)) {
      trace_.push_back("end " + std::string(to_string(ended->state)));
    } else if (const auto* kept = std::get_if<StagingKept>(&record)) {
      trace_.push_back("staging kept " + kept->directory);
    } else if (std::holds_alternative<StagingCleared>(record)) {
      trace_.push_back("staging cleared");
    } else if (const auto* begun = std::get_if<PruneBegun>(&record)) {
      to_prune.front().begun = true;
      trace_.push_back("prune " + std::to_string(begun->run.value));
    } else if (const auto* pruned = std::get_if<TasksPruned>(&record)) {
      to_prune.pop_front();
      trace_.push_back("forget tasks of " + std::to_string(pruned->run.value) +
                       (pruned->last ? ", the last" : ""));
    } else if (const auto* logs = std::get_if<LogsPruned>(&record)) {
      to_prune.pop_front();
      trace_.push_back("forget logs of " + std::to_string(logs->run.value));
    } else if (std::holds_alternative<EventsPruned>(record)) {
      trace_.push_back("forget events");
    } else if (std::holds_alternative<PruneSwept>(record)) {
      to_prune.pop_front();
      trace_.push_back("swept");
    } else if (const auto* run_end = std::get_if<RunFinished>(&record)) {
      trace_.push_back("run " + std::string(to_string(run_end->state)));
    }
  }
  FakeLoop& loop_;
  Trace& trace_;
  uint64_t last_run_ = 0;
  uint64_t last_attempt_ = 0;
};

/// Commands that end when the test says so.
class FakeRunner : public ProcessRunner {
 public:
  ~FakeRunner() override;
  FakeRunner(FakeLoop& loop, Trace& trace) : loop_(loop), trace_(trace) {}

  struct Live {
    CommandSpec spec;
    std::function<void(std::string_view)> on_output;
    std::function<void(CommandResult)> on_exit;
    bool stopped = false;
  };

  Result<std::unique_ptr<Process>> spawn(CommandSpec spec,
                                         std::function<void(std::string_view)> on_output,
                                         std::function<void(CommandResult)> on_exit) override {
    const std::string name = spec.argv[0];
    if (refuse.contains(name)) return Error{Code::kIo, "cannot start " + name, {}};
    trace_.push_back("spawn " + name);
    live[name] = {std::move(spec), std::move(on_output), std::move(on_exit), false};
    return std::unique_ptr<Process>(std::make_unique<FakeProcess>(*this, name));
  }
  Result<int> end_leftovers(const std::set<AttemptId>& adopted) override {
    std::string words = "end leftovers";
    for (const AttemptId attempt : adopted) words += " but " + std::to_string(attempt.value);
    trace_.push_back(words);
    return 0;
  }

  /// Held commands: what an engine before this one has left.
  std::vector<AttemptId> held() override { return held_ids; }
  Result<std::unique_ptr<Process>> adopt(AttemptId attempt,
                                         std::function<void(std::string_view)> on_output,
                                         std::function<void(CommandResult)> on_exit) override {
    const std::string name = "held " + std::to_string(attempt.value);
    if (std::erase(held_ids, attempt) == 0) return Error{Code::kNotFound, name + " is gone", {}};
    trace_.push_back("adopt " + name);
    live[name] = {{}, std::move(on_output), std::move(on_exit), false};
    live[name].spec.secrets = held_secrets;
    return std::unique_ptr<Process>(std::make_unique<FakeProcess>(*this, name));
  }
  Status end_held(AttemptId attempt) override {
    trace_.push_back("end held " + std::to_string(attempt.value));
    std::erase(held_ids, attempt);
    return Status();
  }
  std::vector<AttemptId> held_ids;
  std::vector<std::string> held_secrets;

  void exit(const std::string& name, int code = 0) {
    CommandResult result;
    result.exit_code = code;
    exit(name, result);
  }
  void exit(const std::string& name, const CommandResult& result) {
    auto node = live.extract(name);
    node.mapped().on_exit(result);
    loop_.settle();
  }

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
  explicit FakeTargets(Trace& trace) : trace_(trace) {}

  bool exists(const std::string& path) const override { return files.contains(path); }
  std::vector<StagedOutput> locate(AttemptId attempt,
                                   std::span<const std::string> paths) const override {
    std::vector<StagedOutput> out;
    for (const std::string& path : paths) {
      out.push_back({path, path + "~" + std::to_string(attempt.value)});
    }
    return out;
  }
  Result<std::vector<StagedOutput>> stage(AttemptId attempt,
                                          std::span<const std::string> paths) override {
    if (fail_stage) return Error{Code::kIo, "no room", {}};
    return locate(attempt, paths);
  }
  std::vector<size_t> missing(std::span<const StagedOutput> outputs) const override {
    std::vector<size_t> out;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (not_made.contains(outputs[i].final_path)) out.push_back(i);
    }
    return out;
  }
  Status sync(std::span<const StagedOutput>) override {
    trace_.push_back("sync");
    return Status();
  }
  Status publish(std::span<const StagedOutput> outputs) override {
    if (fail_publish) return Status(Code::kIo, "the disk is full");
    for (const StagedOutput& output : outputs) {
      const std::string& path = output.final_path;
      if (gone.contains(path)) return Status(Code::kNotFound, path + " is gone");
    }
    for (const StagedOutput& output : outputs) {
      files.insert(output.final_path);
      trace_.push_back("publish " + output.final_path);
    }
    return Status();
  }
  void discard(std::span<const StagedOutput> outputs) override {
    for (const StagedOutput& output : outputs) trace_.push_back("discard " + output.final_path);
  }
  void keep_staging(const std::string& directory) override {
    keeps.insert(directory);
    trace_.push_back("keep staging " + directory);
  }
  void remove_kept_staging() override {
    keeps.clear();
    trace_.push_back("remove kept staging");
  }
  void remove_kept_staging(const std::string& directory) override {
    trace_.push_back("remove kept staging of " + directory);
  }

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
  std::optional<DiskRoom> room(const std::string& folder) const override {
    asked.push_back(folder);
    const auto found = free.find(folder);
    if (found == free.end()) return DiskRoom{size, size};
    if (found->second < 0) return std::nullopt;
    return DiskRoom{found->second, size};
  }
  std::map<std::string, int64_t> free;
  int64_t size = int64_t{1} << 40;
  mutable std::vector<std::string> asked;
};

/// Scripts that end when the test says so. Tasks are what the test puts in `tasks`.
/// Lanes of sessions that say what a test wants.
class FakeSessions : public SessionHost {
 public:
  ~FakeSessions() override;
  explicit FakeSessions(Trace& trace) : trace_(trace) {}
  uint64_t open(GenerationId generation, SessionListener* listener) override {
    trace_.push_back("open session of " + std::to_string(generation.value));
    listeners[++last] = listener;
    return last;
  }
  void input(uint64_t session, SessionInput input) override {
    trace_.push_back("input " + std::to_string(session) + ": " + input.text);
  }
  void answer(uint64_t, uint64_t request, Result<SessionAnswer> answer) override {
    trace_.push_back("answer " + std::to_string(request) + ": " + answer->body);
  }
  void interrupt(uint64_t session) override {
    trace_.push_back("interrupt " + std::to_string(session));
  }
  void close(uint64_t session) override {
    trace_.push_back("close " + std::to_string(session));
    listeners.erase(session);
  }
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
  FakeHost(FakeLoop& loop, Trace& trace) : loop_(loop), trace_(trace) {
    generation.id = GenerationId(1);
  }

  void load(std::function<void(Result<const Generation*>)> done) override {
    auto answer = [this, done = std::move(done)] {
      if (load_error) return done(*load_error);
      done(&generation);
    };
    if (holds_loads) return held_loads.push_back(std::move(answer));
    loop_.post(std::move(answer));
  }
  void restore(std::map<std::string, std::string>,
               std::function<void(Result<const Generation*>)> done) override {
    loop_.post([this, done = std::move(done)] {
      if (restore_error) return done(*restore_error);
      done(&generation);
    });
  }
  std::optional<Error> restore_error;
  void keep_last_good(std::map<std::string, std::string>) override { keeps_last_good = true; }
  bool keeps_last_good = false;
  void pin(GenerationId) override { ++pins; }
  void unpin(GenerationId) override { --pins; }
  std::optional<std::string> source(GenerationId, const std::string&) const override {
    return "text";
  }
  uint64_t plan(GenerationId, PlanRequest request, PlanSink sink) override {
    loop_.post([this, request = std::move(request), sink = std::move(sink)] {
      if (plan_error) return sink.on_end(*plan_error);
      sink.on_tasks(tasks);
      if (while_planning) std::exchange(while_planning, nullptr)();
      sink.on_end(std::vector<std::string>{request.tasks.at(0).task});
    });
    return 1;
  }
  void cancel_plan(uint64_t) override {}
  void start(GenerationId, ScriptAttempt attempt, ScriptListener* listener) override {
    const char* const word = attempt.step == ScriptStep::kRun     ? "start "
                             : attempt.step == ScriptStep::kCheck ? "check "
                                                                  : "step ";
    trace_.push_back(word + attempt.name);
    listeners[attempt.attempt] = listener;
    asked = std::move(attempt);
  }
  void stop(AttemptId attempt) override {
    trace_.push_back("stop script");
    loop_.post([this, attempt] {
      if (listeners.contains(attempt)) end(attempt, {ScriptOutcome::Kind::kStopped, "", ""});
    });
  }
  void command_ended(AttemptId, uint64_t request, Result<CommandResult> result) override {
    trace_.push_back("answer " + std::to_string(request) + (result.ok() ? "" : " error"));
  }
  void await_ended(AttemptId, uint64_t request, Result<AwaitResult> result) override {
    trace_.push_back("awaited " + std::to_string(request) +
                     (result.ok() ? "" : " error: " + result.error().message));
    if (result.ok()) awaited = std::move(result).value();
  }
  SessionHost& sessions() override { return lanes; }
  void close() override {}

  void end(AttemptId attempt, ScriptOutcome outcome) {
    ScriptListener* listener = listeners.at(attempt);
    listeners.erase(attempt);
    listener->on_ended(std::move(outcome));
    loop_.settle();
  }

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
