// Waiting for what others produce, in runs that are asked to. To the scheduler such a task is one
// with work that takes nothing; its attempt is to look again and again whether it is there.
#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "engine/engine.h"

namespace moondial {
namespace {

/// However small `poll` is.
constexpr Duration kShortestPoll = std::chrono::milliseconds(50);
/// Of what a run waits for.
constexpr size_t kMostShown = 100;

}  // namespace

struct Engine::ExternalWait {
  MonoTime since;
  bool asking = false;          // whether it is there
  bool asks_once_more = false;  // what has happened since counts too
  std::unique_ptr<Watch> timer;
};

Engine::LiveTask::LiveTask() = default;
Engine::LiveTask::LiveTask(LiveTask&&) noexcept = default;
Engine::LiveTask::~LiveTask() = default;

/// External tasks that are missing are waited for, instead of being told as that.
void Engine::wait_for_externals(Plan& plan) {
  for (PlanTask& task : plan.tasks) {
    if (!task.external || task.complete) continue;
    task.external = false;
    task.has_work = true;
    task.uses.clear();
    task.retry = {};
  }
}

/// Some run that wants the job waits for what is external.
bool Engine::waits_for_externals(JobId job) const {
  return std::ranges::any_of(scheduler_.runs_of(job), [&](RunId run) {
    const auto live = runs_.find(run);
    return live != runs_.end() && live->second.waits;
  });
}

/// The state of a live job, in the words of its runs.
TaskState Engine::shown_state(const LiveTask& task, TaskState state) {
  return task.wait != nullptr && state == TaskState::kRunning ? TaskState::kWaiting : state;
}

std::string Engine::waiting_text(const LiveTask& task) {
  return task.instance->why + "; others produce it; it is looked for every " +
         canonical_duration(std::max(task.instance->poll, kShortestPoll));
}

std::vector<MissingTask> Engine::missing_in(const LiveRun& run) const {
  std::vector<MissingTask> out;
  if (!run.counts().contains(TaskState::kWaiting)) return out;
  for (const auto& [job, state] : run.tasks()) {
    if (state != TaskState::kWaiting || out.size() == kMostShown) continue;
    const LiveTask& task = tasks_.at(job);
    if (task.wait != nullptr) out.push_back({task.instance->id, waiting_text(task)});
  }
  return out;
}

void Engine::begin_wait(JobId job) {
  LiveTask& task = tasks_.at(job);
  task.wait = std::make_unique<ExternalWait>();
  task.wait->since = parts_.loop.mono();
  arm_wait(job, task);
}

void Engine::arm_wait(JobId job, LiveTask& task) {
  MonoTime next = parts_.loop.mono() + std::max(task.instance->poll, kShortestPoll);
  if (task.instance->timeout) next = std::min(next, task.wait->since + *task.instance->timeout);
  task.wait->timer = parts_.loop.timer(next, [this, job] { look_for(job); });
}

void Engine::look_for(JobId job) {
  LiveTask& task = tasks_.at(job);
  task.wait->timer.reset();
  if (std::exchange(task.wait->asking, true)) {
    task.wait->asks_once_more = true;
    return;
  }
  PlanRequest request;
  TaskRequest& asked = request.tasks.emplace_back();
  asked.task = task.instance->name;
  asked.params = task.instance->params;
  const Params& others = task.instance->other_params;
  asked.params.insert(asked.params.end(), others.begin(), others.end());
  plan_in(*task.generation, std::move(request),
          [this, job](const Result<PlannedTasks>& planned, const Generation*) {
            const auto found = tasks_.find(job);
            if (found == tasks_.end() || found->second.wait == nullptr) return;  // stopped
            looked_for(job, found->second, planned);
          });
}

void Engine::looked_for(JobId job, LiveTask& task, const Result<PlannedTasks>& planned) {
  task.wait->asking = false;
  if (!planned.ok()) {
    task.error = planned.error().message;
    return end_wait(job, task, Outcome::kFailedForGood);
  }
  // The plan's own word is that a run is at it.
  if (planned->instances.at(planned->plan.roots.front())->complete) {
    return end_wait(job, task, Outcome::kSucceeded);
  }
  if (std::exchange(task.wait->asks_once_more, false)) return look_for(job);
  const auto& timeout = task.instance->timeout;
  if (!timeout || parts_.loop.mono() - task.wait->since < *timeout) return arm_wait(job, task);
  task.error = task.instance->why + "; others produce it, and it has been waited for " +
               canonical_duration(*timeout) + ", its timeout";
  end_wait(job, task, Outcome::kFailedForGood);
}

void Engine::end_wait(JobId job, LiveTask& task, Outcome outcome) {
  task.wait.reset();
  scheduler_.attempt_ended(job, outcome, parts_.loop.mono());
  schedule_pump();
}

/// It may be there now.
void Engine::look_now(const std::string& id) {
  const JobId job = scheduler_.find(id);
  const auto task = tasks_.find(job);
  if (task != tasks_.end() && task->second.wait != nullptr) look_for(job);
}

/// A run that has failed fast lets what runs end, but what it only waits for may take for ever.
void Engine::stop_waiting(const LiveRun& run) {
  for (const auto& [job, state] : run.tasks()) {
    const auto task = tasks_.find(job);
    if (state != TaskState::kWaiting || task == tasks_.end()) continue;
    if (task->second.wait == nullptr || scheduler_.runs_of(job).size() > 1) continue;
    scheduler_.cancel_job(job, false, parts_.loop.mono());
  }
}

}  // namespace moondial
