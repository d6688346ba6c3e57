// Runs: from a plan to the last word about it.
#include <algorithm>
#include <utility>

#include "engine/engine.h"

namespace moondial {
namespace {

/// The client's environment with what the configuration sets over it; each name once.
Environment environment_of(const RunRequest& request, const Generation& generation) {
  std::map<std::string, std::string> by_name;
  for (const auto* from : {&request.environment, &generation.declarations.config.env}) {
    for (const std::string& entry : *from) by_name[entry.substr(0, entry.find('='))] = entry;
  }
  std::vector<std::string> out;
  out.reserve(by_name.size());
  for (auto& [name, entry] : by_name) out.push_back(std::move(entry));
  return std::make_shared<const std::vector<std::string>>(std::move(out));
}

}  // namespace

void Engine::run(RunRequest request, std::function<void(Result<RunId>)> done) {
  const Error ends{Code::kUnavailable, "the engine is shutting down", {}};
  if (shutting_down_) return parts_.loop.post([done = std::move(done), ends] { done(ends); });
  if (answer_known_request(request.request, done)) return;
  PlanRequest plan_request = request.plan;
  make_plan(std::move(plan_request),
            [this, request = std::move(request), done = std::move(done), ends](
                Result<PlannedTasks> planned, const Generation* generation) mutable {
              // Meanwhile the engine may have been told to end: nobody would cancel the run.
              if (shutting_down_) return done(ends);
              // It may have been asked for again, and been answered, while this one was planned.
              if (answer_known_request(request.request, done)) return;
              if (!planned.ok()) return done(planned.error());
              if (request.plan.start && planned->plan.roots.empty()) return done(RunId());
              const Status pools_ok = check_pools(*generation, request);
              if (!pools_ok.ok()) return done(pools_ok.error());
              auto problems = validate(planned->plan, pool_sizes(*generation, &request));
              if (!problems.empty()) {
                return done(Error{Code::kInvalid, "the plan cannot be run", std::move(problems)});
              }
              submit(std::move(request), std::move(planned).value(), *generation, std::move(done));
            });
}

/// Answers with the run that was made for a client's request before, if there is one.
bool Engine::answer_known_request(const std::string& request,
                                  const std::function<void(Result<RunId>)>& done) {
  if (request.empty()) return false;
  if (const auto live = requests_.find(request); live != requests_.end()) {
    // Its records may still be on their way.
    parts_.store.write({}, [done, id = live->second] { done(id); });
    return true;
  }
  auto known = parts_.store.run_of_request(request);
  if (known.ok() && !*known) return false;
  parts_.loop.post([done, known = std::move(known)] {
    if (!known.ok()) return done(known.error());
    done(**known);
  });
  return true;
}

void Engine::retry(RetryRequest request, std::function<void(Result<RunId>)> done) {
  const auto refuse = [&](Error error) {
    parts_.loop.post([done, error = std::move(error)] { done(error); });
  };
  const std::string name = "run " + std::to_string(request.run.value);
  if (runs_.contains(request.run)) {
    return refuse(
        {Code::kConflict, name + " has not ended: `moondial show` tells how it goes", {}});
  }
  auto detail = parts_.store.run(request.run);
  if (!detail.ok()) return refuse(detail.error());
  if (!*detail) return refuse(not_kept(request.run));
  RunRequest how = std::move(request.how);
  how.kind = "retry";
  how.plan = {};
  const std::vector<std::string>& roots = (*detail)->run.roots;
  for (const std::string& root : roots) {
    const auto row = std::ranges::find((*detail)->tasks, root, &TaskRow::id);
    if (row == (*detail)->tasks.end()) continue;
    how.plan.tasks.push_back({row->name, row->params, "", false});
  }
  if (how.plan.tasks.empty()) {
    return refuse({Code::kConflict, name + " was asked for nothing", {}});
  }
  for (const TaskRow& row : (*detail)->tasks) {
    const bool succeeded = row.state == TaskState::kDone || row.state == TaskState::kComplete;
    if (succeeded) how.plan.succeeded.push_back(row.id);
  }
  run(std::move(how), std::move(done));
}

void Engine::record_sources(const Generation& generation, std::vector<Record>& records) {
  if (std::exchange(recorded_after_, pruner_.sweeps()) != recorded_after_) {
    recorded_sources_.clear();
  }
  for (const auto& [path, sha256] : generation.sources) {
    if (!recorded_sources_.insert(sha256).second) continue;
    auto text = parts_.scripts.source(generation.id, path);
    records.push_back(SourceText{sha256, text.value_or("")});
  }
}

/// The state is the plan's: by now it may be another one than the scripts saw.
Record Engine::task_record(RunId run, const TaskInstance& task, TaskState state) {
  TaskPlanned record;
  record.run = run;
  record.id = task.id;
  record.name = task.name;
  record.params = task.params;
  record.state = state;
  record.why = task.why;
  record.requires_ = task.requires_;
  if (task.sla && state != TaskState::kComplete) {
    const LiveRun& live = runs_.at(run);
    record.sla = deadline_of(*task.sla, live.due, live.declared->declarations.config.timezone);
  }
  if (record.sla) deadlines_.keep({run, task.id, task.name, task.params, *record.sla});
  return record;
}

void Engine::submit(RunRequest request, PlannedTasks planned, const Generation& generation,
                    std::function<void(Result<RunId>)> done) {
  const RunId id = parts_.store.next_run();
  LiveRun& run = open_run(id, request, generation, planned.plan);
  run.started = parts_.loop.utc();
  run.due = request.firing ? request.firing->instant : run.started;
  run.survives = stays_;
  if (!request.request.empty()) requests_[request.request] = id;

  std::vector<Record> records;
  record_sources(generation, records);
  RunStarted started;
  started.run = id;
  started.request = request.request;
  started.kind = request.kind;
  started.at = run.started;
  started.sources = generation.sources;
  started.limits = {request.jobs, request.pools, request.priority, request.fail_fast, request.wait};
  started.survives = stays_;
  for (const uint32_t root : planned.plan.roots) {
    started.roots.push_back(planned.plan.tasks[root].id);
  }
  records.push_back(std::move(started));
  if (request.firing) {
    records.push_back(FiringSettled{request.firing->schedule, request.firing->instant,
                                    FiringState::kStarted, id, ""});
  }

  RunOptions options;
  options.fail_fast = request.fail_fast;
  options.extra_priority = request.priority;
  const auto jobs = scheduler_.submit(id, planned.plan, options, parts_.loop.mono());
  std::vector<JobId> joined;
  for (size_t i = 0; i < jobs.size(); ++i) {
    const TaskInstance& instance = *planned.instances[i];
    const bool is_root = std::ranges::find(planned.plan.roots, i) != planned.plan.roots.end();
    if (!jobs[i]) {
      // What only complete tasks need is no part of the run.
      if (!planned.plan.tasks[i].complete) continue;
      run.add_complete();
      // What is complete by having succeeded before is kept for a further retry.
      if (is_root || leaves_nothing(instance)) {
        records.push_back(task_record(id, instance, TaskState::kComplete));
      }
      continue;
    }
    if (tasks_.contains(jobs[i])) joined.push_back(jobs[i]);
    records.push_back(add_job(run, planned, i, jobs, generation));
  }
  hold_joined(run, std::move(joined), records);
  parts_.store.write(std::move(records), [id, done = std::move(done)] { done(id); });
  schedule_pump();
}

/// A run as it begins here, with its generation pinned and its pools in force.
LiveRun& Engine::open_run(RunId id, const RunRequest& request, const Generation& generation,
                          Plan& plan) {
  LiveRun& run = runs_[id];
  run.id = id;
  run.declared = &generation;
  run.jobs = jobs_of(generation, &request);
  run.pools = request.pools;
  run.environment = environment_of(request, generation);
  run.waits = request.wait;
  run.fails_fast = request.fail_fast;
  const auto& start = request.plan.start;
  if (start && !start->is_trigger()) run.scheduled_at = start->at;
  if (run.waits) wait_for_externals(plan);
  parts_.scripts.pin(generation.id);
  for (const auto& [name, size] : generation.declarations.pools) declared_pools_[name] = size;
  configured_memory_ = generation.declarations.config.memory;
  restore_pools();
  return run;
}

/// Takes a job of the plan into the run, and gives its record.
Record Engine::add_job(LiveRun& run, const PlannedTasks& planned, size_t place,
                       const std::vector<JobId>& jobs, const Generation& generation) {
  const JobId job = jobs[place];
  Record record = task_record(run.id, *planned.instances[place], TaskState::kPending);
  run.add_task(job, planned.plan.tasks[place].estimate);
  if (!tasks_.contains(job)) {
    keep_task(job, planned.instances[place], generation);
    keep_inputs(job, planned, place);
    watch_needs(job, planned.plan.tasks[place], planned.plan.tasks, jobs);
  } else {
    auto& joined = std::get<TaskPlanned>(record);
    joined.requires_.clear();  // those that it was made with follow: joined_needs()
    if (tasks_.at(job).attempt && is_under_way(job)) {
      joined.joins = tasks_.at(job).attempt->order().id;
    }
  }
  return record;
}

/// What joined tasks still wait for was planned by another run; this one holds it now as well.
void Engine::hold_joined(LiveRun& run, std::vector<JobId> joined, std::vector<Record>& records) {
  for (const JobId job : scheduler_.joined_along(run.id)) {
    if (run.state_of(job)) continue;
    run.add_task(job, Duration(0));
    records.push_back(joined_record(run.id, job, "another run is at it"));
    joined.push_back(job);
  }
  for (const JobId job : joined) records.push_back(joined_needs(run.id, job));
}

/// What a joined task was made to need, and still awaits: when all of that has its rows in the run.
Record Engine::joined_needs(RunId run, JobId job) const {
  TaskAwaits record{run, tasks_.at(job).instance->id, tasks_.at(job).instance->requires_};
  for (const JobId need : scheduler_.unmet(job)) {
    const std::string& id = scheduler_.id(need);
    if (std::ranges::find(record.awaited, id) == record.awaited.end()) {
      record.awaited.push_back(id);
    }
  }
  return record;
}

/// Keeps what is known of a new job for as long as the scheduler keeps the job.
void Engine::keep_task(JobId job, std::shared_ptr<const TaskInstance> instance,
                       const Generation& generation) {
  LiveTask& task = tasks_[job];
  task.instance = std::move(instance);
  task.generation = &generation;
  parts_.scripts.pin(generation.id);
}

/// A job that was live before, as a task of a run that has come to want it; joined_needs() follows.
Record Engine::joined_record(RunId run, JobId job, std::string why) {
  Record record = planned_record(run, job, std::move(why));
  std::get<TaskPlanned>(record).requires_.clear();
  return record;
}

/// A live job, as a task of a run that has come to want it.
Record Engine::planned_record(RunId run, JobId job, std::string why) {
  const LiveTask& task = tasks_.at(job);
  Record record = task_record(run, *task.instance, TaskState::kPending);
  auto& planned = std::get<TaskPlanned>(record);
  planned.why = std::move(why);
  if (task.attempt && is_under_way(job)) planned.joins = task.attempt->order().id;
  return record;
}

/// An attempt of it has begun and not ended.
bool Engine::is_under_way(JobId job) const {
  const TaskState state = scheduler_.state(job);
  return state == TaskState::kRunning || state == TaskState::kWaiting;
}

// --- Carrying decisions out ---

void Engine::schedule_pump() {
  if (pump_scheduled_ || !to_resume_.empty()) return;
  pump_scheduled_ = true;
  parts_.loop.defer([this] { pump(); });
}

void Engine::pump() {
  pump_scheduled_ = false;
  scheduler_.tick(parts_.loop.mono());
  const auto may_start = [this](JobId job) { return has_room(job); };
  for (;;) {
    const std::vector<Decision> decisions = scheduler_.take_decisions(!shutting_down_, may_start);
    if (decisions.empty()) break;
    for (const Decision& decision : decisions) {
      std::visit([this](const auto& one) { act(one); }, decision);
    }
  }
  if (scheduler_.held_back() == 0) prepare_ahead();
  arm_due();
  arm_space();
}

void Engine::arm_due() {
  due_.reset();
  if (const auto due = scheduler_.next_due()) {
    due_ = parts_.loop.timer(*due, [this] { pump(); });
  }
}

void Engine::act(const StartAttempt& decision) {
  LiveTask& task = tasks_.at(decision.job);
  task.number = decision.attempt;
  if (adopt_held(decision.job, task)) return;
  if (task.instance->external) return begin_wait(decision.job);
  std::string refusal;
  if (remake_inputs(decision.job, task, &refusal)) return;
  begin_attempt(decision.job, std::move(refusal));
}

/// With a refusal it is recorded, and fails with that.
void Engine::begin_attempt(JobId job, std::string refusal) {
  LiveTask& task = tasks_.at(job);
  AttemptStart start;
  start.runs = scheduler_.runs_of(job);
  start.number = task.number;
  start.refusal = std::move(refusal);
  const LiveRun& oldest = runs_.at(start.runs.front());
  start.environment = oldest.environment;
  start.scheduled_at = oldest.scheduled_at;
  task.attempt = task.ahead != nullptr ? std::move(task.ahead) : new_attempt(job, task);
  attempts_[task.attempt->order().id] = job;
  starts_.push_back(parts_.loop.mono());
  task.attempt->begin(std::move(start));
}

void Engine::act(const StopAttempt& decision) {
  LiveTask& task = tasks_.at(decision.job);
  if (task.wait != nullptr) return end_wait(decision.job, task, Outcome::kCancelled);
  if (std::exchange(task.remaking, false)) {
    scheduler_.attempt_ended(decision.job, Outcome::kCancelled, parts_.loop.mono());
    return schedule_pump();
  }
  if (task.attempt != nullptr) task.attempt->stop(decision.kill);
}

/// A task that says itself when it is to run will be asked with the states of what it required.
void Engine::watch_needs(JobId job, const PlanTask& task, const std::vector<PlanTask>& tasks,
                         const std::vector<JobId>& jobs) {
  if (task.when != When::kAsk) return;
  for (const uint32_t need : task.requires_) {
    if (jobs[need]) {
      asked_by_.emplace(jobs[need], job);
    } else {
      tasks_.at(job).needs.emplace_back(tasks[need].id, TaskState::kDone);  // complete before
    }
  }
}

void Engine::note_need(JobId need, const std::string& id, TaskState state) {
  const auto [first, last] = asked_by_.equal_range(need);
  for (auto waits = first; waits != last; ++waits) {
    const auto task = tasks_.find(waits->second);
    if (task != tasks_.end()) task->second.needs.emplace_back(id, state);
  }
  asked_by_.erase(first, last);
}

void Engine::act(const AskWhen& decision) {
  const LiveTask& task = tasks_.at(decision.job);
  PlanRequest request;
  request.asks_when = true;
  request.states = task.needs;
  TaskRequest& asked = request.tasks.emplace_back();
  asked.task = task.instance->name;
  asked.params = task.instance->params;
  const Params& others = task.instance->other_params;
  asked.params.insert(asked.params.end(), others.begin(), others.end());
  PlanSink sink;
  sink.on_tasks = [](const std::vector<TaskInstance>&) {};
  sink.on_end = [this, job = decision.job](const Result<std::vector<std::string>>& answer) {
    const auto found = tasks_.find(job);
    if (found == tasks_.end()) return;  // its runs are over
    if (answer.ok()) {
      scheduler_.when_answered(job, !answer->empty(), parts_.loop.mono());
    } else {
      found->second.error = answer.error().message;
      scheduler_.when_failed(job, parts_.loop.mono());
    }
    schedule_pump();
  };
  parts_.scripts.plan(task.generation->id, std::move(request), std::move(sink));
}

void Engine::act(const TaskChanged& decision) {
  LiveRun& run = runs_.at(decision.run);
  LiveTask& task = tasks_.at(decision.job);
  const TaskState state = shown_state(task, decision.state);
  run.enter(decision.job, state);

  RunEvent::Task event;
  event.id = task.instance->id;
  event.state = state;
  if (decision.cause) event.cause = tasks_.at(decision.cause).instance->id;
  if (decision.due) event.retry_in = *decision.due - parts_.loop.mono();
  if (task.attempt != nullptr) {
    event.attempt = task.attempt->order().id;
    event.number = task.attempt->start().number;
    if (state != TaskState::kRunning) event.wall = task.attempt->wall();
  }
  const bool tells_error =
      state == TaskState::kFailed || state == TaskState::kRetrying || state == TaskState::kSkipped;
  if (tells_error) event.error = task.error;
  if (state == TaskState::kBlocked && task.instance->external) {
    event.error = task.instance->why + "; others produce it";
  }
  if (task.wait != nullptr && state == TaskState::kWaiting) event.error = waiting_text(task);
  if (is_final(state)) {
    if (is_final(scheduler_.state(decision.job))) drop_ahead(decision.job);
    note_need(decision.job, event.id, state);
    task_ended(run, std::move(event));
  } else if (run.has_subscribers()) {
    run.tell(RunEvent{std::move(event)});
  }
  tell_hooks(task, state);
  if (state == TaskState::kFailed && run.fails_fast) stop_waiting(run);
}

/// Records the end of a task in a run. It is told when it is durable: what was told must not be
/// taken back by a crash.
void Engine::task_ended(LiveRun& run, RunEvent::Task event) {
  TaskEnded record;
  record.run = run.id;
  record.id = event.id;
  record.state = event.state;
  record.error = event.state == TaskState::kUpstreamFailed && !event.cause.empty()
                     ? event.cause + " failed"
                     : event.error;
  record.at = parts_.loop.utc();
  if (is_success(event.state)) deadlines_.done(event.id);
  if (run.recorded_ends.erase(event.id) > 0) return run.tell(RunEvent{std::move(event)});
  if (!run.has_subscribers()) return parts_.store.write({std::move(record)}, {});
  run.hold(RunEvent{std::move(event)});
  parts_.store.write({std::move(record)}, [this, id = run.id] { runs_.at(id).release(); });
}

void Engine::act(const RunEnded& decision) {
  LiveRun& run = runs_.at(decision.run);
  run.ended = true;
  run.state = decision.state;
  RunFinished record;
  record.run = decision.run;
  record.state = decision.state;
  record.at = std::max(parts_.loop.utc(), run.started);  // the clock may have been set back
  record.counts = run.counts();
  parts_.store.write({std::move(record)}, [this, id = decision.run] { run_recorded(id); });
}

void Engine::run_recorded(RunId id) {
  auto node = runs_.extract(id);
  LiveRun& run = node.mapped();
  std::erase_if(requests_, [id](const auto& entry) { return entry.second == id; });
  restore_pools();
  run.tell(RunEvent{RunEvent::Ended{run.state}});
  ++runs_ended_[run.state];
  tell_hooks(run);
  schedules_.run_ended(id, run.state);
  parts_.scripts.unpin(run.declared->id);
  schedule_pump();
  if (runs_.empty()) clear_staging();
  end_if_idle();
}

void Engine::clear_staging() {
  if (std::exchange(clearing_staging_, true)) return;
  keeper_.clear([this] {
    clearing_staging_ = false;
    if (runs_.empty() && keeper_.keeps()) return clear_staging();  // a run came and went meanwhile
    end_if_idle();
  });
}

void Engine::act(const JobForgotten& decision) {
  drop_ahead(decision.job);
  const auto node = tasks_.extract(decision.job);
  if (node) parts_.scripts.unpin(node.mapped().generation->id);
}

// --- What attempts say ---

void Engine::attempt_work_ended(Attempt& attempt) {
  scheduler_.work_ended(attempt.order().job);
  schedule_pump();
}

void Engine::attempt_log_line(Attempt& attempt, std::string_view line) {
  for (const RunId id : scheduler_.runs_of(attempt.order().job)) {
    LiveRun& run = runs_.at(id);
    if (!run.has_subscribers()) continue;
    run.tell(RunEvent{RunEvent::Log{attempt.task().id, attempt.order().id, std::string(line)}});
  }
}

void Engine::attempt_ended(Attempt& attempt, Outcome outcome) {
  const JobId job = attempt.order().job;
  LiveTask& task = tasks_.at(job);
  task.error = attempt.error();
  task.attempt_is_news = outcome == Outcome::kSucceeded || outcome == Outcome::kFailed ||
                         outcome == Outcome::kFailedForGood;
  attempts_.erase(attempt.order().id);
  std::erase_if(awaits_,
                [&](const auto& open) { return open.second.attempt == attempt.order().id; });
  if (outcome == Outcome::kSucceeded) {
    triggers_.succeeded(attempt.task().name);
    if (leaves_nothing(attempt.task())) {
      for (const RunId run : scheduler_.runs_of(job)) {
        runs_.at(run).succeeded.insert(attempt.task().id);
      }
    }
    usual_[attempt.task().name] = attempt.wall();
    if (planning_ > 0 && !leaves_nothing(attempt.task())) {
      published_[attempt.task().id] = {++published_count_, task.instance};
    }
  }
  ++attempts_ended_[final_state(outcome)];
  scheduler_.attempt_ended(job, outcome, parts_.loop.mono());
  schedule_pump();
}

}  // namespace moondial
