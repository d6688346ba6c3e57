// Going on with runs of an engine that is gone: they are planned again from the texts that they
// began with, and what their tasks went through is told to the scheduler.
#include <algorithm>
#include <random>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/retry_wait.h"
#include "engine/engine.h"
#include "engine/recovery.h"
#include "engine/run_again.h"

namespace moondial {
namespace {

/// Ends that stay; the others follow from what they need, or are done again.
bool stays_ended(TaskState state) {
  return state == TaskState::kFailed || state == TaskState::kSkipped ||
         state == TaskState::kCancelled;
}

/// What the scheduler is to know of a task that had rows before.
TaskPast past_of(const TaskRow& row, const RetryPolicy& policy, const Clock& clock) {
  TaskPast past;
  for (const AttemptRow& attempt : row.attempts) {
    if (!attempt.ended) continue;  // it goes on, and is adopted
    past.attempts = std::max(past.attempts, attempt.number);
    if (attempt.state == TaskState::kFailed) ++past.failures;
    past.losses = attempt.state == TaskState::kLost ? past.losses + 1 : 0;
  }
  if (is_final(row.state)) {
    if (stays_ended(row.state)) past.ended = row.state;
    return past;
  }
  if (row.attempts.empty()) return past;
  const AttemptRow& last = row.attempts.back();
  if (last.state == TaskState::kSkipped || last.state == TaskState::kCancelled) {
    past.ended = last.state;
  } else if (past.failures > policy.times || past.losses >= 3) {
    past.ended = TaskState::kFailed;
  } else if (last.state == TaskState::kFailed && last.ended) {
    RetryPolicy plain = policy;
    plain.jitter = 0;
    std::mt19937_64 unused;
    const UtcTime due = *last.ended + retry_wait(plain, past.failures, unused);
    past.due = clock.mono() + std::max(due - clock.utc(), Duration(0));
  }
  return past;
}

}  // namespace

void Engine::resume(const std::vector<RunId>& runs, std::function<void()> done) {
  to_resume_.assign(runs.begin(), runs.end());
  resumed_ = std::move(done);
  parts_.loop.post([this] { resume_next(); });
}

/// One after the other, so that they join one another as they did.
void Engine::resume_next() {
  if (to_resume_.empty()) {
    schedule_pump();
    return std::exchange(resumed_, nullptr)();
  }
  const RunId id = to_resume_.front();
  const auto next = [this] {
    to_resume_.pop_front();
    parts_.loop.post([this] { resume_next(); });
  };
  auto read = parts_.store.run(id);
  if (!read.ok() || !*read) return next();
  auto detail = std::make_shared<RunDetail>(std::move(**read));
  std::map<std::string, std::string> texts;
  for (const auto& [path, sha256] : detail->sources) {
    auto text = parts_.store.source_text(sha256);
    if (!text.ok()) {
      give_up(*detail, text.error().message);
      return next();
    }
    texts[path] = std::move(text).value();
  }
  parts_.scripts.restore(
      std::move(texts), [this, detail, next](const Result<const Generation*>& generation) {
        if (!generation.ok()) {
          give_up(*detail, generation.error().message);
          return next();
        }
        plan_in(**generation, request_again(*detail),
                [this, detail, next](Result<PlannedTasks> planned, const Generation* of) {
                  if (planned.ok()) {
                    resume_run(*detail, std::move(planned).value(), *of);
                  } else {
                    give_up(*detail, planned.error().message);
                  }
                  next();
                });
      });
}

void Engine::give_up(const RunDetail& detail, const std::string& why) {
  if (options_.warn) {
    options_.warn("run " + std::to_string(detail.run.run.value) +
                  " cannot be gone on with, and is lost: " + why);
  }
  // Its schedule may have read the record before that.
  parts_.store.write(lost_run(detail, parts_.loop.utc()),
                     [this, id = detail.run.run] { schedules_.run_ended(id, RunState::kLost); });
}

/// What time the run is for: that of its firing.
void Engine::find_due(LiveRun& run, const Generation& generation) const {
  run.due = run.started;
  const auto open = parts_.store.open_firings();
  if (!open.ok()) return;
  const auto firing = std::ranges::find(*open, run.id, &FiringRow::run);
  if (firing == open->end()) return;
  run.due = firing->instant;
  const auto& all = generation.declarations.schedules;
  const auto info = std::ranges::find(all, firing->schedule, &ScheduleInfo::name);
  if (info != all.end()) run.scheduled_at = ScheduleKeeper::civil(*info, firing->instant);
}

void Engine::resume_run(const RunDetail& detail, PlannedTasks planned,
                        const Generation& generation) {
  const RunId id = detail.run.run;
  const RunLimits& limits = detail.run.limits;
  RunRequest request;
  request.jobs = limits.jobs;
  request.pools = limits.pools;
  request.wait = limits.wait;
  request.fail_fast = limits.fail_fast;
  request.environment = options_.environment;
  LiveRun& run = open_run(id, request, generation, planned.plan);
  run.started = detail.run.started;
  run.survives = true;
  find_due(run, generation);
  for (const auto& [path, sha256] : generation.sources) recorded_sources_.insert(sha256);

  std::unordered_map<std::string_view, const TaskRow*> rows;  // only looked up
  for (const TaskRow& row : detail.tasks) rows.emplace(row.id, &row);
  RunOptions options;
  options.fail_fast = limits.fail_fast;
  options.extra_priority = limits.priority;
  for (uint32_t i = 0; i < planned.plan.tasks.size(); ++i) {
    const auto row = rows.find(planned.plan.tasks[i].id);
    if (row == rows.end() || planned.plan.tasks[i].complete) continue;
    options.past[i] = past_of(*row->second, planned.plan.tasks[i].retry, parts_.loop);
  }
  const auto jobs = scheduler_.submit(id, planned.plan, options, parts_.loop.mono());

  std::vector<Record> records;
  std::vector<JobId> joined;  // of those that get a row
  for (size_t i = 0; i < jobs.size(); ++i) {
    const auto row = rows.find(planned.plan.tasks[i].id);
    if (!jobs[i]) {
      if (planned.plan.tasks[i].complete && row == rows.end()) run.add_complete();
      continue;  // what has a row is seen to below
    }
    const bool is_new = !tasks_.contains(jobs[i]);
    Record record = add_job(run, planned, i, jobs, generation);
    if (row == rows.end()) {
      if (!is_new) joined.push_back(jobs[i]);
      records.push_back(std::move(record));
      continue;
    }
    if (is_final(row->second->state)) {
      // Unless it begins anew, or another run is at it.
      if (is_final(scheduler_.state(jobs[i]))) {
        run.recorded_ends.insert(row->second->id);
      } else {
        if (!is_new) joined.push_back(jobs[i]);
        records.push_back(std::move(record));
      }
    }
    rows.erase(row);
  }
  // In the order in which they were planned.
  for (const TaskRow& each : detail.tasks) {
    const TaskRow* const row = &each;
    if (!rows.contains(row->id)) continue;
    TaskState state = row->state;
    if (!is_final(state)) {
      // Its end had not been recorded, or it is not needed any more.
      state = settled_state(*row);
      records.push_back(TaskEnded{id, row->id, state, "", parts_.loop.utc()});
    }
    run.add_ended(state);
    if (state == TaskState::kDone) run.succeeded.insert(row->id);
  }
  hold_joined(run, std::move(joined), records);
  parts_.store.write(std::move(records), {});
  if (options_.tell) options_.tell("goes on with run " + std::to_string(id.value));
}

}  // namespace moondial
