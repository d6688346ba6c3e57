// Not in the header: all tests of the engine include it.
#include "tests/engine/fakes.h"

#include <algorithm>
#include <stdexcept>

namespace moondial::fakes {

FakeStore::FakeStore(FakeLoop& loop, Trace& trace) : loop_(loop), trace_(trace) {}
FakeRunner::FakeRunner(FakeLoop& loop, Trace& trace) : loop_(loop), trace_(trace) {}
FakeTargets::FakeTargets(Trace& trace) : trace_(trace) {}
FakeSessions::FakeSessions(Trace& trace) : trace_(trace) {}
FakeHost::FakeHost(FakeLoop& loop, Trace& trace) : loop_(loop), trace_(trace) {
  generation.id = GenerationId(1);
}
FakeLoop::~FakeLoop() = default;
FakeStore::~FakeStore() = default;
FakeRunner::~FakeRunner() = default;
FakeTargets::~FakeTargets() = default;
FakeSpace::~FakeSpace() = default;
FakeSessions::~FakeSessions() = default;
FakeHost::~FakeHost() = default;

// --- FakeLoop ---

UtcTime FakeLoop::utc() const {
  return UtcTime(std::chrono::seconds(1'000'000'000)) + now_ + clock_set;
}

MonoTime FakeLoop::mono() const { return MonoTime(now_); }

std::unique_ptr<FdWatch> FakeLoop::watch(int, Readiness, std::function<void(Readiness)>) {
  return nullptr;
}

std::unique_ptr<Watch> FakeLoop::timer(MonoTime due, std::function<void()> on_due) {
  const uint64_t id = ++last_timer_;
  timers_[id] = {due, std::move(on_due)};
  return std::make_unique<Timer>(*this, id);
}

std::unique_ptr<Watch> FakeLoop::on_signal(int, std::function<void()>) { return nullptr; }

void FakeLoop::post(std::function<void()> task) { queue_.push_back(std::move(task)); }

void FakeLoop::defer(std::function<void()> task) { queue_.push_back(std::move(task)); }

void FakeLoop::offload(std::function<void()> work, std::function<void()> done) {
  queue_.push_back([work = std::move(work), done = std::move(done)] {
    work();
    done();
  });
}

void FakeLoop::run() { settle(); }

bool FakeLoop::step() {
  if (queue_.empty()) return false;
  auto task = std::move(queue_.front());
  queue_.pop_front();
  task();
  return true;
}

void FakeLoop::settle() {
  while (step()) {
  }
}

void FakeLoop::pass(Duration by) { now_ += by; }

void FakeLoop::advance(Duration by) {
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

// --- FakeStore ---

void FakeStore::write(std::vector<Record> new_records, std::function<void()> durable) {
  loop_.post([this, new_records = std::move(new_records), durable = std::move(durable)] {
    for (const Record& record : new_records) keep(record);
    if (durable) durable();
  });
}

Status FakeStore::flush() {
  loop_.settle();
  return Status();
}

RunId FakeStore::next_run() { return RunId(++last_run_); }

AttemptId FakeStore::next_attempt() { return AttemptId(++last_attempt_); }

Result<std::vector<RunRow>> FakeStore::runs(size_t, RunId, const RunFilter&) {
  return std::vector<RunRow>();
}

Result<std::optional<RunDetail>> FakeStore::run(RunId id) {
  const auto found = details.find(id);
  if (found == details.end()) return std::optional<RunDetail>();
  return std::optional<RunDetail>(found->second);
}

Result<std::optional<RunId>> FakeStore::run_of_request(const std::string&) {
  return std::optional<RunId>();
}

Result<std::optional<OpenAttempt>> FakeStore::attempt(AttemptId) {
  return std::optional<OpenAttempt>();
}

Result<std::vector<OpenAttempt>> FakeStore::open_attempts() { return open; }

Result<std::vector<PreparedAttempt>> FakeStore::prepared_attempts() { return prepared; }

Result<std::vector<RunId>> FakeStore::open_runs() { return open_run_ids; }

Result<std::vector<std::string>> FakeStore::kept_staging() { return kept_directories; }

Result<std::map<std::string, Duration>> FakeStore::usual_durations() {
  return std::map<std::string, Duration>();
}

Result<std::vector<std::pair<std::string, Params>>> FakeStore::succeeded_tasks() {
  return succeeded;
}

Result<std::map<std::string, std::string>> FakeStore::emitted(const std::string& identity) {
  return emitted_by[identity];
}

Result<std::string> FakeStore::source_text(const std::string&) { return std::string(); }

History& FakeStore::history() { return no_history; }

Result<std::vector<PoolSizeRow>> FakeStore::pool_sizes() { return kept_pool_sizes; }

Result<std::map<std::string, std::string>> FakeStore::sources_in_force() {
  return std::map<std::string, std::string>();
}

Result<std::vector<ScheduleRow>> FakeStore::schedules() {
  std::vector<ScheduleRow> rows;
  for (const auto& [name, row] : schedule_rows) rows.push_back(row);
  return rows;
}

Result<std::vector<FiringRow>> FakeStore::open_firings() {
  std::vector<FiringRow> rows;
  for (const auto& [key, row] : firing_rows) {
    const bool is_open = row.run_state == RunState::kRunning || (row.sla && !row.sla_missed);
    if (row.state == FiringState::kWaiting || is_open) rows.push_back(row);
  }
  std::ranges::stable_sort(rows, {}, &FiringRow::instant);
  return rows;
}

Result<std::vector<FiringRow>> FakeStore::firings(const std::string& schedule, size_t limit) {
  std::vector<FiringRow> rows;
  for (auto at = firing_rows.rbegin(); at != firing_rows.rend() && rows.size() < limit; ++at) {
    if (at->first.first == schedule) rows.push_back(at->second);
  }
  return rows;
}

Result<std::vector<TriggerRow>> FakeStore::triggers() {
  std::vector<TriggerRow> rows;
  for (const auto& [name, row] : trigger_rows) rows.push_back(row);
  return rows;
}

Result<std::vector<SuccessRow>> FakeStore::successes_after(const std::string& name, int64_t after) {
  std::vector<SuccessRow> rows;
  for (const auto& [known, row] : successes) {
    if (known == name && row.position > after) rows.push_back(row);
  }
  return rows;
}

Result<EventBounds> FakeStore::event_bounds() { return EventBounds{position, 0}; }

Result<std::vector<TaskDeadlineRow>> FakeStore::open_task_deadlines() { return task_deadlines; }

void FakeStore::back_up(std::string, std::function<void(Status)> done) {
  loop_.post([done] { done(Status()); });
}

Result<std::vector<TroubleRow>> FakeStore::troubles() {
  std::vector<TroubleRow> rows;
  for (const auto& [subject, row] : trouble_rows) rows.push_back(row);
  return rows;
}

Result<bool> FakeStore::was_pruned(RunId run) { return run.value <= pruned_up_to; }

Result<std::optional<PruneStep>> FakeStore::next_prunable(const RetentionCutoffs& cutoffs) {
  prune_asked.push_back(cutoffs);
  if (to_prune.empty()) return std::optional<PruneStep>();
  return std::optional<PruneStep>(to_prune.front());
}

Result<std::optional<int64_t>> FakeStore::old_events(int64_t after, UtcTime) {
  return after < last_old_event ? std::optional<int64_t>(after + 1) : std::nullopt;
}

void FakeStore::keep_schedule(const Record& record) {
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

void FakeStore::keep_trigger(const Record& record) {
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

void FakeStore::keep_trouble(const Record& record) {
  if (const auto* noted = std::get_if<TroubleNoted>(&record)) {
    trouble_rows[noted->trouble.subject] = noted->trouble;
  } else if (const auto* told = std::get_if<TroubleTold>(&record)) {
    trouble_rows.at(told->subject).told = true;
  } else if (const auto* over = std::get_if<TroubleOver>(&record)) {
    trouble_rows.erase(over->subject);
  }
}

void FakeStore::keep(const Record& record) {
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

// --- FakeRunner ---

Result<std::unique_ptr<Process>> FakeRunner::spawn(CommandSpec spec,
                                                   std::function<void(std::string_view)> on_output,
                                                   std::function<void(CommandResult)> on_exit) {
  const std::string name = spec.argv[0];
  if (refuse.contains(name)) return Error{Code::kIo, "cannot start " + name, {}};
  trace_.push_back("spawn " + name);
  live[name] = {std::move(spec), std::move(on_output), std::move(on_exit), false};
  return std::unique_ptr<Process>(std::make_unique<FakeProcess>(*this, name));
}

Result<int> FakeRunner::end_leftovers(const std::set<AttemptId>& adopted) {
  std::string words = "end leftovers";
  for (const AttemptId attempt : adopted) words += " but " + std::to_string(attempt.value);
  trace_.push_back(words);
  return 0;
}

std::vector<AttemptId> FakeRunner::held() { return held_ids; }

Result<std::unique_ptr<Process>> FakeRunner::adopt(AttemptId attempt,
                                                   std::function<void(std::string_view)> on_output,
                                                   std::function<void(CommandResult)> on_exit) {
  const std::string name = "held " + std::to_string(attempt.value);
  if (std::erase(held_ids, attempt) == 0) return Error{Code::kNotFound, name + " is gone", {}};
  trace_.push_back("adopt " + name);
  live[name] = {{}, std::move(on_output), std::move(on_exit), false};
  live[name].spec.secrets = held_secrets;
  return std::unique_ptr<Process>(std::make_unique<FakeProcess>(*this, name));
}

Status FakeRunner::end_held(AttemptId attempt) {
  trace_.push_back("end held " + std::to_string(attempt.value));
  std::erase(held_ids, attempt);
  return Status();
}

void FakeRunner::exit(const std::string& name, int code) {
  CommandResult result;
  result.exit_code = code;
  exit(name, result);
}

void FakeRunner::exit(const std::string& name, const CommandResult& result) {
  auto node = live.extract(name);
  node.mapped().on_exit(result);
  loop_.settle();
}

// --- FakeTargets ---

bool FakeTargets::exists(const std::string& path) const { return files.contains(path); }

std::vector<StagedOutput> FakeTargets::locate(AttemptId attempt,
                                              std::span<const std::string> paths) const {
  std::vector<StagedOutput> out;
  for (const std::string& path : paths) {
    out.push_back({path, path + "~" + std::to_string(attempt.value)});
  }
  return out;
}

Result<std::vector<StagedOutput>> FakeTargets::stage(AttemptId attempt,
                                                     std::span<const std::string> paths) {
  if (fail_stage) return Error{Code::kIo, "no room", {}};
  return locate(attempt, paths);
}

std::vector<size_t> FakeTargets::missing(std::span<const StagedOutput> outputs) const {
  std::vector<size_t> out;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (not_made.contains(outputs[i].final_path)) out.push_back(i);
  }
  return out;
}

Status FakeTargets::sync(std::span<const StagedOutput>) {
  trace_.push_back("sync");
  return Status();
}

Status FakeTargets::publish(std::span<const StagedOutput> outputs) {
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

void FakeTargets::discard(std::span<const StagedOutput> outputs) {
  for (const StagedOutput& output : outputs) trace_.push_back("discard " + output.final_path);
}

void FakeTargets::keep_staging(const std::string& directory) {
  keeps.insert(directory);
  trace_.push_back("keep staging " + directory);
}

void FakeTargets::remove_kept_staging() {
  keeps.clear();
  trace_.push_back("remove kept staging");
}

void FakeTargets::remove_kept_staging(const std::string& directory) {
  trace_.push_back("remove kept staging of " + directory);
}

// --- FakeSpace ---

std::optional<DiskRoom> FakeSpace::room(const std::string& folder) const {
  asked.push_back(folder);
  const auto found = free.find(folder);
  if (found == free.end()) return DiskRoom{size, size};
  if (found->second < 0) return std::nullopt;
  return DiskRoom{found->second, size};
}

// --- FakeSessions ---

uint64_t FakeSessions::open(GenerationId generation, SessionListener* listener) {
  trace_.push_back("open session of " + std::to_string(generation.value));
  listeners[++last] = listener;
  return last;
}

void FakeSessions::input(uint64_t session, SessionInput input) {
  trace_.push_back("input " + std::to_string(session) + ": " + input.text);
}

void FakeSessions::answer(uint64_t, uint64_t request, Result<SessionAnswer> answer) {
  trace_.push_back("answer " + std::to_string(request) + ": " + answer->body);
}

void FakeSessions::interrupt(uint64_t session) {
  trace_.push_back("interrupt " + std::to_string(session));
}

void FakeSessions::close(uint64_t session) {
  trace_.push_back("close " + std::to_string(session));
  listeners.erase(session);
}

// --- FakeHost ---

void FakeHost::load(std::function<void(Result<const Generation*>)> done) {
  auto answer = [this, done = std::move(done)] {
    if (load_error) return done(*load_error);
    done(&generation);
  };
  if (holds_loads) return held_loads.push_back(std::move(answer));
  loop_.post(std::move(answer));
}

void FakeHost::restore(std::map<std::string, std::string>,
                       std::function<void(Result<const Generation*>)> done) {
  loop_.post([this, done = std::move(done)] {
    if (restore_error) return done(*restore_error);
    done(&generation);
  });
}

void FakeHost::keep_last_good(std::map<std::string, std::string>) { keeps_last_good = true; }

void FakeHost::pin(GenerationId) { ++pins; }

void FakeHost::unpin(GenerationId) { --pins; }

std::optional<std::string> FakeHost::source(GenerationId, const std::string&) const {
  return "text";
}

uint64_t FakeHost::plan(GenerationId, PlanRequest request, PlanSink sink) {
  loop_.post([this, request = std::move(request), sink = std::move(sink)] {
    if (plan_error) return sink.on_end(*plan_error);
    sink.on_tasks(tasks);
    if (while_planning) std::exchange(while_planning, nullptr)();
    sink.on_end(std::vector<std::string>{request.tasks.at(0).task});
  });
  return 1;
}

void FakeHost::start(GenerationId, ScriptAttempt attempt, ScriptListener* listener) {
  const char* const word = attempt.step == ScriptStep::kRun     ? "start "
                           : attempt.step == ScriptStep::kCheck ? "check "
                                                                : "step ";
  trace_.push_back(word + attempt.name);
  listeners[attempt.attempt] = listener;
  asked = std::move(attempt);
}

void FakeHost::stop(AttemptId attempt) {
  trace_.push_back("stop script");
  loop_.post([this, attempt] {
    if (listeners.contains(attempt)) end(attempt, {ScriptOutcome::Kind::kStopped, "", ""});
  });
}

void FakeHost::command_ended(AttemptId, uint64_t request, Result<CommandResult> result) {
  trace_.push_back("answer " + std::to_string(request) + (result.ok() ? "" : " error"));
}

void FakeHost::await_ended(AttemptId, uint64_t request, Result<AwaitResult> result) {
  trace_.push_back("awaited " + std::to_string(request) +
                   (result.ok() ? "" : " error: " + result.error().message));
  if (result.ok()) awaited = std::move(result).value();
}

SessionHost& FakeHost::sessions() { return lanes; }

void FakeHost::end(AttemptId attempt, ScriptOutcome outcome) {
  ScriptListener* listener = listeners.at(attempt);
  listeners.erase(attempt);
  listener->on_ended(std::move(outcome));
  loop_.settle();
}

}  // namespace moondial::fakes
