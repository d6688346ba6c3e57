// After the fact: what the user's hooks are told of attempts and runs.
#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/engine.h"

namespace moondial {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

bool looks_at(const Generation& generation, const std::string& kind) {
  return std::ranges::find(generation.declarations.hooks, kind) !=
         generation.declarations.hooks.end();
}

/// What an entered state is for hooks; nullptr if it is nothing.
const char* kind_of(TaskState state) {
  if (state == TaskState::kDone) return "success";
  if (state == TaskState::kFailed) return "failure";
  return state == TaskState::kRetrying ? "retry" : nullptr;
}

ScriptAttempt seen_by_hooks(const Attempt& attempt) {
  const AttemptOrder& order = attempt.order();
  ScriptAttempt out;
  out.error = attempt.message();
  out.attempt = order.id;
  out.run = attempt.start().runs.front();
  out.number = attempt.start().number;
  out.name = order.task->name;
  out.params = order.task->params;
  return out;
}

}  // namespace

/// A task entered a state by the end of its attempt; told once, whatever number of runs want it.
void Engine::tell_hooks(LiveTask& task, TaskState state) {
  const char* const kind = kind_of(state);
  if (kind == nullptr || !task.attempt_is_news) return;
  task.attempt_is_news = false;
  note_end(task, state);
  const TaskInstance& instance = *task.instance;
  const Attempt& attempt = *task.attempt;
  HookOrder order;
  ScriptAttempt seen = seen_by_hooks(attempt);
  const bool own_hook = (state == TaskState::kDone && instance.on_success) ||
                        (state == TaskState::kFailed && instance.on_failure);
  if (own_hook) {
    ScriptAttempt& step = order.steps.emplace_back(seen);
    step.step = state == TaskState::kDone ? ScriptStep::kOnSuccess : ScriptStep::kOnFailure;
    const Params& others = instance.other_params;
    step.params.insert(step.params.end(), others.begin(), others.end());
  }
  if (looks_at(*task.generation, kind)) {
    seen.step = ScriptStep::kEvent;
    seen.event.kind = kind;
    seen.event.task = instance.id;
    seen.event.state = to_string(state);
    seen.event.error = attempt.message();
    seen.event.seconds = seconds(attempt.wall());
    order.steps.push_back(std::move(seen));
  }
  if (order.steps.empty()) return;
  order.generation = task.generation->id;
  order.secrets = instance.secrets;
  order.environment = attempt.start().environment;
  order.log_path = log_path(options_.state_dir, attempt.order().id);
  begin_hook(std::move(order));
}

void Engine::tell_hooks(const LiveRun& run) {
  const Generation& generation = *run.declared;
  if (!looks_at(generation, "run_end")) return;
  ScriptAttempt seen;
  seen.step = ScriptStep::kEvent;
  seen.attempt = parts_.store.next_attempt();  // a name for the script, no row
  seen.run = run.id;
  seen.event.kind = "run_end";
  seen.event.state = to_string(run.state);
  seen.event.seconds = seconds(parts_.loop.utc() - run.started);
  for (const auto& [state, count] : run.counts()) {
    seen.event.counts.emplace_back(std::string(to_string(state)), count);
  }
  HookOrder order;
  order.steps.push_back(std::move(seen));
  order.generation = generation.id;
  order.environment = run.environment;
  order.log_path = options_.state_dir + "/logs/hooks.log";
  begin_hook(std::move(order));
}

/// Of one run, what is said of its tasks comes before what is said of its end.
void Engine::begin_hook(HookOrder order) {
  if (shutting_down_) return;
  parts_.scripts.pin(order.generation);
  const ScriptAttempt& first = order.steps.front();
  const auto is_of_run = [&](const auto& live) { return live.second.run == first.run; };
  if (first.event.kind == "run_end" && std::ranges::any_of(hooks_, is_of_run)) {
    held_hooks_.push_back(std::move(order));
    return;
  }
  const AttemptId id = first.attempt;
  LiveHook& live = hooks_[id];
  live.run = first.run;
  const GenerationId generation = order.generation;
  live.hook = std::make_unique<Hook>(services_, std::move(order),
                                     [this, id, generation] { hook_ended(id, generation); });
  live.hook->begin();
}

void Engine::hook_ended(AttemptId id, GenerationId generation) {
  // It is calling us.
  parts_.loop.defer([this, id, generation] {
    hooks_.erase(id);
    for (HookOrder& order : std::exchange(held_hooks_, {})) {
      parts_.scripts.unpin(order.generation);  // begin_hook() pins it again
      begin_hook(std::move(order));
    }
    parts_.scripts.unpin(generation);
    end_if_idle();
  });
}

}  // namespace moondial
