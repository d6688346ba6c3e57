// How a forecast is made. Two things happen in it: attempts end, and firings are due. They are
// taken in the order of time; after each the scheduler is asked what it decides. An attempt that it
// starts ends when its task's estimate has passed. Of each job is kept when it was ready, started
// and ended, and which requirement ended last, so that at a run's end the way back from its last
// task to its begin says where the time went.
#include "core/forecast.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

namespace moondial {
namespace {

using HoldKind = ForecastHold::Kind;

struct ForecastJob {
  std::string id;
  Duration length{0};
  bool unknown = false;  ///< there was no estimate
  bool has_claims = false;
  bool external = false;
  size_t unmet = 0;
  std::vector<JobId> dependents;
  JobId last_need;  ///< that ended last; none if nothing was waited for
  MonoTime ready;
  std::optional<MonoTime> start, end;
  HoldKind waits_for = HoldKind::kPool;
  std::string waits_name;  ///< what it lacked when it was ready; empty if nothing
};

struct ForecastedRun {
  ForecastRun* result = nullptr;
  std::string schedule;
  MonoTime from;  ///< where its time begins: at, or now
  std::vector<JobId> jobs;
};

class ForecastPlay {
 public:
  explicit ForecastPlay(const ForecastInput& input) : input_(input), now_(mono(input.now)) {
    for (const auto& [name, size] : input.pools) {
      scheduler_.set_pool(name, size);
      pools_[name] = size;
    }
  }

  Forecast play() {
    begin();
    while (!ends_.empty() || !due_.empty()) {
      if (ends_.empty() || (!due_.empty() && due_.begin()->first < ends_.begin()->first)) {
        now_ = due_.begin()->first;
        fire();
      } else {
        now_ = ends_.begin()->first;
        end_attempts();
      }
      drain();
    }
    for (auto& [id, run] : runs_) run.result->fate = ForecastFate::kNever;
    for (const auto& [schedule, queue] : queues_) {
      for (const size_t firing : queue) out_.firings[firing].fate = ForecastFate::kNever;
    }
    for (ForecastRun& run : out_.open) judge(run);
    for (ForecastRun& run : out_.firings) judge(run);
    return std::move(out_);
  }

 private:
  // All times are those since 1970.
  static MonoTime mono(UtcTime time) { return MonoTime(time.time_since_epoch()); }
  static UtcTime utc(MonoTime time) { return UtcTime(time.time_since_epoch()); }

  void begin() {
    out_.open.resize(input_.open.size());
    out_.firings.resize(input_.firings.size());
    for (size_t i = 0; i < input_.firings.size(); ++i) {
      const ForecastFiring& firing = input_.firings[i];
      out_.firings[i].name = firing.schedule;
      out_.firings[i].at = firing.at;
      out_.firings[i].deadline = firing.deadline;
      due_.emplace(std::max(mono(firing.at), now_), i);
    }
    std::set<JobId> running;
    for (size_t i = 0; i < input_.open.size(); ++i) submit_open(i, running);
    // What runs has started before anything else can.
    see_all(scheduler_.take_decisions(true, [&](JobId job) { return running.contains(job); }));
    scheduler_.retry_held_back();
    drain();
  }

  void submit_open(size_t index, std::set<JobId>& running) {
    const ForecastOpenRun& open = input_.open[index];
    ForecastRun& result = out_.open[index];
    result.name = open.name;
    result.at = open.at;
    result.deadline = open.deadline;
    const RunId id = submit(open.plan, open.options, {&result, open.schedule, now_, {}});
    for (const auto& [task, left] : open.running) {
      const JobId job = runs_.at(id).jobs.at(task);
      if (!job) continue;  // it was complete
      jobs_.at(job).length = std::max(left, Duration(0));
      jobs_.at(job).unknown = false;
      running.insert(job);
    }
  }

  RunId submit(const Plan& plan, const RunOptions& options, ForecastedRun run) {
    const RunId id(++last_run_);
    run.jobs = scheduler_.submit(id, plan, options, now_);
    for (size_t task = 0; task < plan.tasks.size(); ++task) {
      if (run.jobs[task] && !jobs_.contains(run.jobs[task])) note_job(plan, run.jobs, task);
    }
    for (size_t task = 0; task < plan.tasks.size(); ++task) {
      if (run.jobs[task] && new_jobs_.contains(run.jobs[task])) connect(plan, run.jobs, task);
    }
    new_jobs_.clear();
    if (!run.schedule.empty()) going_on_[run.schedule].push_back(id);
    runs_.emplace(id, std::move(run));
    return id;
  }

  void note_job(const Plan& plan, const std::vector<JobId>& jobs, size_t task) {
    const PlanTask& from = plan.tasks[task];
    ForecastJob job;
    job.id = from.id;
    job.unknown = from.estimate <= Duration(0);
    job.length = job.unknown ? input_.unknown : from.estimate;
    job.has_claims = !from.claims.empty();
    job.external = from.external;
    jobs_.emplace(jobs[task], std::move(job));
    new_jobs_.insert(jobs[task]);
  }

  void connect(const Plan& plan, const std::vector<JobId>& jobs, size_t task) {
    ForecastJob& job = jobs_.at(jobs[task]);
    for (const uint32_t need : plan.tasks[task].requires_) {
      if (!jobs[need] || jobs[need] == jobs[task]) continue;
      ForecastJob& needed = jobs_.at(jobs[need]);
      if (needed.end) continue;
      needed.dependents.push_back(jobs[task]);
      ++job.unmet;
    }
    if (job.unmet == 0) is_ready(jobs[task]);
  }

  void is_ready(JobId job) {
    jobs_.at(job).ready = now_;
    just_ready_.push_back(job);
  }

  /// All firings that are due now.
  void fire() {
    while (!due_.empty() && due_.begin()->first == now_) {
      const size_t firing = due_.begin()->second;
      due_.erase(due_.begin());
      overlap(firing);
    }
  }

  void overlap(size_t index) {
    const ForecastFiring& firing = input_.firings[index];
    const std::vector<RunId> before = going_on_[firing.schedule];
    std::deque<size_t>& queue = queues_[firing.schedule];
    if (before.empty() && queue.empty()) return start(index);
    switch (firing.overlap) {
      case Overlap::kParallel:
        return start(index);
      case Overlap::kQueue:
        return queue.push_back(index);
      case Overlap::kSkip:
        out_.firings[index].fate = ForecastFate::kSkipped;
        if (!before.empty()) out_.firings[index].earlier = runs_.at(before.front()).result->at;
        return;
      case Overlap::kCancel:
        for (const RunId run : before) scheduler_.cancel_run(run, true, now_);
        drain();
        return start(index);
    }
  }

  void start(size_t index) {
    const ForecastFiring& firing = input_.firings[index];
    Plan plan = firing.plan;
    for (PlanTask& task : plan.tasks) task.complete = task.complete || made_.contains(task.id);
    ForecastRun& result = out_.firings[index];
    if (const auto problems = validate(plan, pools_); !problems.empty()) {
      result.fate = ForecastFate::kRefused;
      result.why = problems.front().message;
      return;
    }
    const MonoTime from = std::max(mono(firing.at), mono(input_.now));
    submit(plan, firing.options, {&result, firing.schedule, from, {}});
  }

  /// All attempts that end now.
  void end_attempts() {
    while (!ends_.empty() && ends_.begin()->first == now_) {
      const JobId job = ends_.begin()->second;
      ends_.erase(ends_.begin());
      scheduler_.attempt_ended(job, Outcome::kSucceeded, now_);
      if (jobs_.at(job).has_claims) made_.insert(jobs_.at(job).id);
    }
  }

  /// Until the scheduler decides nothing more.
  void drain() {
    for (;;) {
      const std::vector<Decision> decisions = scheduler_.take_decisions();
      see_all(decisions);
      const std::vector<std::string> ended = std::exchange(ended_schedules_, {});
      for (const std::string& schedule : ended) start_queued(schedule);
      if (decisions.empty() && ended.empty()) break;
    }
    for (const JobId job : std::exchange(just_ready_, {})) note_wait(job);
  }

  void start_queued(const std::string& schedule) {
    std::deque<size_t>& queue = queues_[schedule];
    while (!queue.empty() && going_on_[schedule].empty()) {
      const size_t next = queue.front();
      queue.pop_front();
      start(next);
    }
  }

  /// What keeps a job that has just become ready from starting.
  void note_wait(JobId id) {
    ForecastJob& job = jobs_.at(id);
    if (job.start || job.end) return;
    const std::vector<std::string> lacking = scheduler_.lacking(id);
    if (lacking.empty()) return;
    constexpr std::string_view kLock = "lock ";
    const bool is_lock = lacking.front().starts_with(kLock);
    job.waits_for = is_lock ? HoldKind::kLock : HoldKind::kPool;
    job.waits_name = is_lock ? lacking.front().substr(kLock.size()) : lacking.front();
  }

  void see_all(const std::vector<Decision>& decisions) {
    for (const Decision& decision : decisions) {
      std::visit([this](const auto& one) { see(one); }, decision);
    }
  }
  void see(const StartAttempt& one) {
    ForecastJob& job = jobs_.at(one.job);
    job.start = now_;
    ends_.emplace(now_ + job.length, one.job);
  }
  void see(const StopAttempt& one) {
    ends_.erase({*jobs_.at(one.job).start + jobs_.at(one.job).length, one.job});
    scheduler_.attempt_ended(one.job, Outcome::kCancelled, now_);
  }
  void see(const AskWhen& one) { scheduler_.when_answered(one.job, true, now_); }
  void see(const AwaitEnded&) { assert(false); }
  void see(const TaskChanged& one) {
    ForecastJob& job = jobs_.at(one.job);
    if (one.state == TaskState::kBlocked && job.external) note_missing(one.run, job.id);
    // Cancelled in one run, it may go on in another.
    if (job.end || !is_final(scheduler_.state(one.job))) return;
    job.end = now_;
    for (const JobId dependent : job.dependents) {
      ForecastJob& waiting = jobs_.at(dependent);
      if (waiting.end) continue;
      waiting.last_need = one.job;
      if (--waiting.unmet == 0) is_ready(dependent);
    }
  }
  void see(const RunEnded& one) {
    const ForecastedRun run = std::move(runs_.at(one.run));
    runs_.erase(one.run);
    run.result->finish = utc(now_);
    if (one.state == RunState::kCancelled) run.result->fate = ForecastFate::kCancelled;
    if (one.state == RunState::kBlocked) run.result->fate = ForecastFate::kBlocked;
    tell(run);
    if (run.schedule.empty()) return;
    std::erase(going_on_[run.schedule], one.run);
    ended_schedules_.push_back(run.schedule);
  }
  void see(const JobForgotten&) {}

  void note_missing(RunId run, const std::string& id) {
    std::string& why = runs_.at(run).result->why;
    if (why.empty()) why = id;
  }

  /// What is known of a run when it has ended.
  void tell(const ForecastedRun& run) {
    JobId last;
    for (const JobId id : run.jobs) {
      if (!id) continue;
      const ForecastJob& job = jobs_.at(id);
      if (job.start) {
        const UtcTime start = utc(*job.start);
        run.result->start = std::min(run.result->start.value_or(start), start);
        if (job.unknown) ++run.result->unknown;
      }
      if (!job.end) continue;  // another run goes on with it
      if (!last || *jobs_.at(last).end < *job.end) last = id;
    }
    run.result->held_up = holds(run, last);
  }

  /// The way back from the job that ended last.
  [[nodiscard]] std::vector<ForecastHold> holds(const ForecastedRun& run, JobId last) const {
    std::map<std::pair<HoldKind, std::string>, Duration> times;
    MonoTime until = now_;
    const auto spent = [&](MonoTime from, HoldKind kind, const std::string& name) {
      from = std::max(from, run.from);
      if (from >= until) return;
      times[{kind, name}] += until - from;
      until = from;
    };
    for (JobId id = last; id && until > run.from; id = jobs_.at(id).last_need) {
      const ForecastJob& job = jobs_.at(id);
      if (!job.start) continue;
      spent(*job.start, HoldKind::kTask, job.id);
      spent(job.ready, job.waits_for, job.waits_name);
    }
    spent(run.from, HoldKind::kOverlap, run.schedule);
    std::vector<ForecastHold> out;
    out.reserve(times.size());
    for (const auto& [what, time] : times) out.push_back({what.first, what.second, time});
    std::ranges::stable_sort(out, std::greater(), &ForecastHold::time);
    return out;
  }

  static void judge(ForecastRun& run) {
    if (run.fate == ForecastFate::kEnds && run.deadline) run.slack = *run.deadline - *run.finish;
    run.at_risk = run.deadline && run.fate != ForecastFate::kSkipped &&
                  (!run.slack || *run.slack < Duration(0));
  }

  const ForecastInput& input_;
  Forecast out_;
  Scheduler scheduler_{0};
  std::map<std::string, int64_t> pools_;
  MonoTime now_;
  uint64_t last_run_ = 0;
  std::set<std::pair<MonoTime, JobId>> ends_;  // of attempts
  std::multimap<MonoTime, size_t> due_;        // firings, in their order where times are the same
  std::map<RunId, ForecastedRun> runs_;        // that go on
  std::unordered_map<JobId, ForecastJob> jobs_;
  std::set<JobId> new_jobs_;
  std::vector<JobId> just_ready_;
  std::set<std::string> made_;                          // identities whose outputs are there by now
  std::map<std::string, std::vector<RunId>> going_on_;  // by schedule, the oldest first
  std::map<std::string, std::deque<size_t>> queues_;    // firings that wait, by schedule
  std::vector<std::string> ended_schedules_;
};

}  // namespace

Forecast forecast(const ForecastInput& input) { return ForecastPlay(input).play(); }

}  // namespace moondial
