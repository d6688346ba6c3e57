// What a task is to read is looked at once more when it starts. What has vanished since it was
// planned is made again, once.
#include <algorithm>
#include <utility>

#include "engine/engine.h"

namespace moondial {

/// Keeps what a new job requires, for the look at its start.
void Engine::keep_inputs(JobId job, const PlannedTasks& planned, size_t place) {
  std::vector<std::shared_ptr<const TaskInstance>>& inputs = tasks_.at(job).inputs;
  for (const uint32_t need : planned.plan.tasks[place].requires_) {
    const TaskInstance& input = *planned.instances[need];
    // Where complete() decides, an output may be missing.
    if (input.outputs.empty() || input.asks_complete) continue;
    inputs.push_back(planned.instances[need]);
  }
}

/// The first requirement whose outputs are not all there.
const TaskInstance* Engine::vanished_input(const LiveTask& task, std::string* path) const {
  // A task that asks how its requirements ended looks at failed ones too.
  if (task.instance->when != When::kAll) return nullptr;
  for (const auto& input : task.inputs) {
    for (const std::string& output : input->outputs) {
      if (parts_.targets.exists(output)) continue;
      *path = output;
      return input.get();
    }
  }
  return nullptr;
}

/// Whether the start has to wait for something that is made again.
bool Engine::remake_inputs(JobId job, LiveTask& task, std::string* refusal) {
  std::string path;
  const TaskInstance* const input = vanished_input(task, &path);
  if (input == nullptr) return false;
  if (!task.remade.insert(input->id).second) {
    *refusal = "its input " + path + " is gone, though " + input->id +
               " was remade for it: something removes it";
    return false;
  }
  PlanRequest request;
  TaskRequest& asked = request.tasks.emplace_back();
  asked.task = input->name;
  asked.params = input->params;
  asked.params.insert(asked.params.end(), input->other_params.begin(), input->other_params.end());
  task.remaking = true;
  plan_in(*task.generation, std::move(request),
          [this, job](Result<PlannedTasks> planned, const Generation*) {
            inputs_planned(job, std::move(planned));
          });
  return true;
}

void Engine::inputs_planned(JobId job, Result<PlannedTasks> planned) {
  const auto found = tasks_.find(job);
  if (found == tasks_.end() || !found->second.remaking) return;  // stopped meanwhile
  LiveTask& task = found->second;
  task.remaking = false;
  std::string refusal;
  if (planned.ok()) {
    settle_against_runs(*planned, job);
    if (waits_for_externals(job)) wait_for_externals(planned->plan);
    const Status possible = check_awaited(planned->plan, *task.generation);
    const auto more = possible.ok()
                          ? scheduler_.requires_more(job, planned->plan, parts_.loop.mono())
                          : Result<Awaited>(possible.error());
    if (more.ok()) {
      want_awaited(*more, *planned, *task.generation);
      return schedule_pump();
    }
    refusal = more.error().message;
  } else {
    refusal = planned.error().message;
  }
  begin_attempt(job, "an input has vanished and cannot be made again: " + refusal);
  schedule_pump();
}

}  // namespace moondial
