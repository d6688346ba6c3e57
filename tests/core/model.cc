#include "tests/core/model.h"

#include <algorithm>

namespace moondial {

// --- Events ---

void Model::set_pool(const std::string& name, int64_t size) {
  pools_[name] = size;
  scheduler.set_pool(name, size);
}

void Model::submit(uint64_t number, const Plan& plan, RunOptions options) {
  std::map<std::string, JobId> live;
  for (const PlanTask& task : plan.tasks) {
    if (const JobId job = scheduler.find(task.id)) live[task.id] = job;
  }
  const std::vector<JobId> jobs = scheduler.submit(RunId(number), plan, options, now);
  REQUIRE(jobs.size() == plan.tasks.size());
  Run& run = runs_[number];
  run.options = options;
  for (const PlanTask& task : plan.tasks) run.spreads = run.spreads && task.when == When::kAll;
  for (size_t i = 0; i < jobs.size(); ++i) {
    const PlanTask& task = plan.tasks[i];
    if (task.complete) REQUIRE_FALSE(jobs[i]);
    if (!jobs[i]) continue;
    run.tasks[jobs[i]].priority = task.priority + options.extra_priority;
    run.tasks[jobs[i]].known_priority = true;
    if (live.contains(task.id)) {
      REQUIRE(jobs[i] == live[task.id]);
      REQUIRE(jobs_.contains(jobs[i]));
      run.joins = true;
      continue;
    }
    REQUIRE_FALSE(jobs_.contains(jobs[i]));  // an id is never used again
    Job& job = jobs_[jobs[i]];
    job.id = task.id;
    job.has_work = task.has_work;
    job.external = task.external;
    job.lock = task.lock;
    job.retry = task.retry;
    job.when = task.when;
    for (const PoolUse& use : task.uses) job.uses[use.pool] += use.units;
    for (const uint32_t need : task.requires_) {
      REQUIRE(plan.tasks[need].complete == !jobs[need]);
      if (jobs[need]) job.needs.push_back(jobs[need]);
      job.needs_complete = job.needs_complete || !jobs[need];
    }
  }
  for (const uint32_t root : plan.roots) {
    if (jobs[root]) run.roots.insert(jobs[root]);
  }
  for (const JobId job : scheduler.joined_along(RunId(number))) {
    REQUIRE(jobs_.contains(job));
    REQUIRE_FALSE(run.tasks.contains(job));
    run.tasks[job];
  }
}

void Model::work_ended(JobId job) {
  scheduler.work_ended(job);
  jobs_.at(job).holds_units = false;
}

void Model::end(JobId id, Outcome outcome) {
  Job& job = jobs_.at(id);
  REQUIRE(job.state == TaskState::kRunning);
  if (outcome == Outcome::kFailed) ++job.failures;
  running_ids_.erase(job.id);
  holders_.erase(job.lock);
  job.holds_units = false;
  job.stopping = false;
  job.state = TaskState::kPending;
  job.outcome = outcome;
  scheduler.attempt_ended(id, outcome, now);
}

void Model::answer(JobId job, bool holds) {
  if (asking_.erase(job) > 0) jobs_.at(job).answer = holds;
  scheduler.when_answered(job, holds, now);
}

void Model::fail_to_answer(JobId job) {
  if (asking_.erase(job) > 0) jobs_.at(job).answer_failed = true;
  scheduler.when_failed(job, now);
}

void Model::cancel(uint64_t run, bool kill) {
  runs_.at(run).cancelled = runs_.at(run).cancelled || !runs_.at(run).ended;
  scheduler.cancel_run(RunId(run), kill, now);
}

void Model::tick(MonoTime to) {
  now = std::max(now, to);
  scheduler.tick(now);
  const auto due = scheduler.next_due();
  if (due) REQUIRE(*due > now);
}

// --- Decisions ---

void Model::take(bool allow_starts) {
  std::vector<JobId> started;
  for (const Decision& decision : scheduler.take_decisions(allow_starts)) {
    std::visit([this](const auto& one) { hear(one); }, decision);
    if (const auto* start = std::get_if<StartAttempt>(&decision)) started.push_back(start->job);
  }
  if (!allow_starts) REQUIRE(started.empty());
  check_pools();
  if (allow_starts) {
    check_order(started);
    check_nothing_is_stuck();
    REQUIRE(scheduler.take_decisions().empty());
  }
}

void Model::hear(const StartAttempt& one) {
  Job& job = jobs_.at(one.job);
  story += "start " + job.id + " #" + std::to_string(one.attempt) + "\n";
  REQUIRE(job.has_work);
  REQUIRE_FALSE(job.external);
  REQUIRE_FALSE(is_final(job.state));
  REQUIRE(running_ids_.emplace(job.id, one.job).second);  // invariant 1
  if (!job.lock.empty()) REQUIRE(holders_.emplace(job.lock, one.job).second);
  REQUIRE(one.attempt == ++job.attempts);
  REQUIRE(job.failures <= job.retry.times);
  REQUIRE(follows(job) == TaskState::kReady);
  job.state = TaskState::kRunning;
  job.holds_units = true;
  bool wanted = false;
  for (const auto& [number, run] : runs_) {
    const auto task = run.tasks.find(one.job);
    if (task == run.tasks.end() || is_final(task->second.state)) continue;
    REQUIRE_FALSE(run.cancelled);
    REQUIRE_FALSE((run.options.fail_fast && run.failed));
    wanted = true;
  }
  REQUIRE(wanted);
}

void Model::hear(const StopAttempt& one) {
  Job& job = jobs_.at(one.job);
  story += "stop " + job.id + (one.kill ? "!\n" : "\n");
  REQUIRE(job.state == TaskState::kRunning);
  job.stopping = true;
  for (const auto& [number, run] : runs_) {
    const auto task = run.tasks.find(one.job);
    if (task != run.tasks.end() && !is_final(task->second.state)) REQUIRE(run.cancelled);
  }
}

void Model::hear(const AskWhen& one) {
  Job& job = jobs_.at(one.job);
  story += "ask " + job.id + "\n";
  REQUIRE(job.when == When::kAsk);
  REQUIRE(job.attempts == 0);
  REQUIRE_FALSE(job.answer);
  for (const JobId need : job.needs) {
    REQUIRE(is_final(jobs_.at(need).state));
    REQUIRE(jobs_.at(need).state != TaskState::kCancelled);
    REQUIRE(jobs_.at(need).state != TaskState::kBlocked);
  }
  if (!is_final(scheduler.state(one.job))) REQUIRE(asking_.insert(one.job).second);
}

void Model::hear(const TaskChanged& one) {
  Run& run = runs_.at(one.run.value);
  Job& job = jobs_.at(one.job);
  Task& task = run.tasks.at(one.job);
  story += "run " + std::to_string(one.run.value) + ": " + job.id + " " +
           std::string(to_string(one.state)) +
           (one.due ? " " + std::to_string(one.due->time_since_epoch().count()) : "") +
           (one.cause ? " by " + jobs_.at(one.cause).id : "") + "\n";
  REQUIRE_FALSE(run.ended);
  REQUIRE_FALSE(is_final(task.state));  // what was announced stays
  REQUIRE_FALSE(job.forgotten);
  task.state = one.state;
  REQUIRE((one.state == TaskState::kRetrying) == one.due.has_value());
  REQUIRE((one.state == TaskState::kUpstreamFailed) == static_cast<bool>(one.cause));
  if (one.cause) REQUIRE(jobs_.at(one.cause).state == TaskState::kFailed);
  run.failed = run.failed || one.state == TaskState::kFailed;
  if (is_final(one.state)) check_end(job, one);
  if (is_final(one.state) && is_final(scheduler.state(one.job))) {
    job.state = scheduler.state(one.job);
    // A run that is told another end has been cancelled or has failed fast.
    if (one.state != job.state) REQUIRE(one.state == TaskState::kCancelled);
    asking_.erase(one.job);
  }
}

/// What a job comes to by what its requirements ended as: kReady if it is to run; nothing if that
/// is not decided.
std::optional<TaskState> Model::follows(const Job& job) const {
  int good = job.needs_complete ? 1 : 0;
  int bad = 0;
  int cancelled = 0;
  int blocked = 0;
  int open = 0;
  for (const JobId need : job.needs) {
    const TaskState state = jobs_.at(need).state;
    good += state == TaskState::kDone ? 1 : 0;
    bad += state == TaskState::kFailed || state == TaskState::kUpstreamFailed ? 1 : 0;
    cancelled += state == TaskState::kCancelled ? 1 : 0;
    blocked += state == TaskState::kBlocked ? 1 : 0;
    open += is_final(state) ? 0 : 1;
  }
  if (job.external) return TaskState::kBlocked;
  const int all = static_cast<int>(job.needs.size()) + (job.needs_complete ? 1 : 0);
  if (job.when == When::kAll && bad > 0) return TaskState::kUpstreamFailed;
  if (open > 0) return std::nullopt;
  if (cancelled > 0) return TaskState::kCancelled;
  if (blocked > 0) return TaskState::kBlocked;
  if (job.when == When::kAsk && job.answer_failed) return TaskState::kFailed;
  if (job.when == When::kAsk && !job.answer) return std::nullopt;
  const bool holds = job.when == When::kEnded || (job.when == When::kAll && good == all) ||
                     (job.when == When::kAny && good > 0) ||
                     (job.when == When::kFailed && bad > 0) ||
                     (job.when == When::kAllFailed && bad > 0 && bad == all) ||
                     (job.when == When::kAsk && *job.answer);
  return holds ? TaskState::kReady : TaskState::kSkipped;
}

/// An end has a reason: its last attempt, its requirements, or, for a cancel, somebody's wish.
void Model::check_end(const Job& job, const TaskChanged& one) const {
  switch (one.state) {
    case TaskState::kDone:
      if (job.has_work) REQUIRE(job.outcome == Outcome::kSucceeded);
      REQUIRE(follows(job) == TaskState::kReady);
      break;
    case TaskState::kSkipped:
      if (job.outcome != Outcome::kSkipped) REQUIRE(follows(job) == TaskState::kSkipped);
      break;
    case TaskState::kFailed:
      if (job.attempts == 0) REQUIRE(follows(job) == TaskState::kFailed);
      break;
    case TaskState::kUpstreamFailed:
    case TaskState::kBlocked:
      REQUIRE(follows(job) == one.state);
      break;
    default:
      REQUIRE(one.state == TaskState::kCancelled);
  }
}

void Model::hear(const RunEnded& one) {
  Run& run = runs_.at(one.run.value);
  story += "run " + std::to_string(one.run.value) + " " + std::string(to_string(one.state)) + "\n";
  REQUIRE_FALSE(run.ended);
  run.ended = true;
  bool failed = false;
  bool cancelled = run.cancelled;
  bool blocked = false;
  for (const auto& [job, task] : run.tasks) {
    REQUIRE(is_final(task.state));
    if (!run.roots.contains(job)) continue;
    failed = failed || task.state == TaskState::kFailed || task.state == TaskState::kUpstreamFailed;
    cancelled = cancelled || task.state == TaskState::kCancelled;
    blocked = blocked || task.state == TaskState::kBlocked;
  }
  // What a run has joined has requirements of another plan: a failure may not reach its roots.
  if (run.failed && !run.cancelled && !run.joins && run.spreads) REQUIRE(failed);
  if (run.failed && run.options.fail_fast) failed = failed || cancelled;
  const RunState expected = run.cancelled ? RunState::kCancelled
                            : failed      ? RunState::kFailed
                            : blocked     ? RunState::kBlocked
                            : cancelled   ? RunState::kCancelled
                                          : RunState::kDone;
  REQUIRE(one.state == expected);
}

void Model::hear(const JobForgotten& one) {
  Job& job = jobs_.at(one.job);
  REQUIRE_FALSE(job.forgotten);
  REQUIRE(job.state != TaskState::kRunning);
  job.forgotten = true;
  for (const auto& [number, run] : runs_) {
    if (run.tasks.contains(one.job)) REQUIRE(run.ended);
  }
}

// --- Promises ---

/// Invariant 8: exactly what runs is taken, and never more than there is.
void Model::check_pools() {
  std::map<std::string, int64_t> used;
  std::map<std::string, int64_t> waiting;
  for (const auto& [id, job] : jobs_) {
    if (job.forgotten) continue;
    const bool ready = scheduler.state(id) == TaskState::kReady;
    for (const auto& [pool, units] : job.uses) {
      if (job.holds_units) used[pool] += units;
      if (ready && units > 0) ++waiting[pool];
    }
    if (!is_final(job.state)) {
      REQUIRE((scheduler.state(id) == TaskState::kRunning) == (job.state == TaskState::kRunning));
      REQUIRE(scheduler.find(job.id) == id);
      REQUIRE_FALSE(scheduler.runs_of(id).empty());
    }
  }
  const auto views = scheduler.pools();
  REQUIRE(views.size() == pools_.size());
  for (const PoolView& view : views) {
    REQUIRE(view.size == pools_.at(view.name));
    REQUIRE(view.used == used[view.name]);
    REQUIRE(view.waiting == waiting[view.name]);
  }
}

double Model::urgency(JobId job, std::map<JobId, double>& known,
                      const std::map<JobId, std::vector<JobId>>& waiting) const {
  const auto found = known.find(job);
  if (found != known.end()) return found->second;
  double out = -1e300;
  for (const RunId run : scheduler.runs_of(job)) {
    const Task& task = runs_.at(run.value).tasks.at(job);
    if (task.known_priority) out = std::max(out, task.priority);
  }
  const auto by = waiting.find(job);
  if (by != waiting.end()) {
    for (const JobId dependent : by->second) {
      out = std::max(out, urgency(dependent, known, waiting));
    }
  }
  return known[job] = out;
}

/// Of all live jobs, worked out from what waits for what.
std::map<JobId, double> Model::urgencies() const {
  std::map<JobId, std::vector<JobId>> waiting;
  for (const auto& [id, job] : jobs_) {
    if (job.forgotten || is_final(scheduler.state(id))) continue;
    for (const JobId need : scheduler.unmet(id)) waiting[need].push_back(id);
  }
  std::map<JobId, double> out;
  for (const auto& [id, job] : jobs_) {
    if (!job.forgotten && !is_final(scheduler.state(id))) (void)urgency(id, out, waiting);
  }
  return out;
}

/// Nothing has started while something more urgent that takes the same was left waiting.
void Model::check_order(const std::vector<JobId>& started) {
  if (started.empty()) return;
  const std::map<JobId, double> urgent = urgencies();
  for (size_t i = 1; i < started.size(); ++i) {
    REQUIRE(urgent.at(started[i - 1]) >= urgent.at(started[i]));
  }
  for (const auto& [id, job] : jobs_) {
    if (job.forgotten || scheduler.state(id) != TaskState::kReady) continue;
    for (const JobId other : started) {
      const Job& begun = jobs_.at(other);
      const bool same_lock = !job.lock.empty() && begun.lock == job.lock;
      if (same_lock ? can_ever_fit(job) : job.lock.empty() && begun.uses == job.uses) {
        REQUIRE(urgent.at(id) <= urgent.at(other));
      }
    }
  }
}

bool Model::can_ever_fit(const Job& job) const {
  return std::ranges::all_of(job.uses,
                             [&](const auto& use) { return use.second <= pools_.at(use.first); });
}

/// Invariant 9: when nothing runs, nothing waits that could run; and a ready task says what it
/// lacks.
void Model::check_nothing_is_stuck() {
  for (const auto& [id, job] : jobs_) {
    if (job.forgotten || scheduler.state(id) != TaskState::kReady) continue;
    if (can_ever_fit(job)) REQUIRE_FALSE(running_ids_.empty());
    const std::vector<std::string> lacking = scheduler.lacking(id);
    REQUIRE_FALSE(lacking.empty());
    if (holders_.contains(job.lock)) REQUIRE(lacking.back() == "lock " + job.lock);
  }
}

// --- Looking ---

std::vector<JobId> Model::running() const {
  std::vector<JobId> out;
  for (const auto& [id, job] : running_ids_) out.push_back(job);
  return out;
}

size_t Model::open_runs() const {
  return static_cast<size_t>(
      std::ranges::count_if(runs_, [](const auto& entry) { return !entry.second.ended; }));
}

bool Model::all_forgotten() const {
  return std::ranges::all_of(jobs_, [](const auto& entry) { return entry.second.forgotten; });
}

}  // namespace moondial
