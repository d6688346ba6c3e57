// Scripts: coroutines that call commands and await tasks, in up to two branches beside one another.
#include <algorithm>

#include "tests/sim/sim_host.h"
#include "tests/sim/watcher.h"

namespace moondial::sim {

using Kind = ScriptOutcome::Kind;

const Declared& SimHost::declared(const Script& script) const {
  return *context_.machine.version(script.version).find(script.attempt.name);
}

// --- What the engine asks ---

void SimHost::start(GenerationId generation, ScriptAttempt attempt, ScriptListener* listener) {
  if (!context_.fate.passes()) return;
  const auto found = generations_.find(generation);
  if (found == generations_.end()) {
    return context_.checks.broken("one-version", "a script starts in a generation that is gone");
  }
  context_.trace.say("script ", attempt.name, " #", attempt.attempt.value, " step ",
                     static_cast<int>(attempt.step), " version ", found->second.version);
  watcher_.before_step(attempt, found->second.version);
  const AttemptId id = attempt.attempt;
  Script& script = scripts_[id];
  script = Script();
  script.attempt = std::move(attempt);
  script.listener = listener;
  script.version = found->second.version;
  if (script.attempt.step != ScriptStep::kRun) return;
  script.branches.resize(context_.random.between(1, 2));
  for (Branch& branch : script.branches) branch.calls_left = context_.random.below(3);
}

void SimHost::stop(AttemptId attempt) {
  const auto script = scripts_.find(attempt);
  if (script == scripts_.end() || !context_.fate.passes()) return;
  context_.trace.say("stop script #", attempt.value);
  script->second.is_told_to_stop = true;
}

void SimHost::command_ended(AttemptId attempt, uint64_t request, Result<CommandResult> result) {
  const auto script = scripts_.find(attempt);
  if (script == scripts_.end()) return;
  const bool failed = !result.ok() || result->exit_code != 0 || result->signal != 0;
  script->second.inbox.push_back({request, false, failed});
}

void SimHost::await_ended(AttemptId attempt, uint64_t request, Result<AwaitResult> result) {
  const auto script = scripts_.find(attempt);
  if (script == scripts_.end()) return;
  context_.trace.say("  answer to #", attempt.value, ": ",
                     result.ok() ? "tasks" : result.error().message);
  bool failed = !result.ok();
  for (const AwaitedTask& task : result.ok() ? *result : AwaitResult()) {
    failed = failed || !is_success(task.state);
    if (!is_final(task.state)) {
      context_.checks.broken("requirements", task.id + " is awaited and has not ended");
    }
  }
  script->second.inbox.push_back({request, true, failed});
}

// --- What scripts do ---

bool SimHost::can_act(const Script& script) const {
  if (script.is_told_to_stop || !script.inbox.empty()) return true;
  if (script.attempt.step != ScriptStep::kRun) return true;
  bool only_awaits = true, is_over = true;
  for (const Branch& branch : script.branches) {
    if (branch.does == Branch::Does::kComputes) return true;
    if (branch.does == Branch::Does::kCommands) only_awaits = false;
    if (branch.does != Branch::Does::kIsOver) is_over = false;
  }
  return is_over || (only_awaits && !script.has_said_paused);
}

std::vector<AttemptId> SimHost::can_act() const {
  std::vector<AttemptId> out;
  for (const auto& [id, script] : scripts_) {
    if (can_act(script)) out.push_back(id);
  }
  return out;
}

void SimHost::act(AttemptId attempt) {
  Script& script = scripts_.at(attempt);
  Random& random = context_.random;
  if (script.is_told_to_stop && !random.one_in(4)) return end(script, {Kind::kStopped, "", ""});
  if (!context_.is_calm && random.one_in(context_.night.one_in_losses * 3)) {
    return end(script, {Kind::kLost, "its lane ended", ""});
  }
  if (script.attempt.step != ScriptStep::kRun) return end(script, outcome_of_step(script));
  if (!script.inbox.empty()) return take_answer(script);
  go_on(script);
}

void SimHost::take_answer(Script& script) {
  const Answer answer = script.inbox.front();
  script.inbox.pop_front();
  if (answer.is_await) ++script.await_answers;
  const auto branch = std::ranges::find(script.branches, answer.request, &Branch::request);
  if (branch == script.branches.end()) return;
  branch->request = 0;
  branch->does = script.has_failed ? Branch::Does::kIsOver : Branch::Does::kComputes;
  script.has_said_paused = false;
  context_.trace.say("script #", script.attempt.attempt.value, " hears of ", answer.request,
                     answer.failed ? ", which failed" : "");
  if (answer.failed && !script.has_failed && !context_.random.one_in(3)) fail_branches(script);
}

/// An error in one branch: the others are cancelled, and their commands waited for.
void SimHost::fail_branches(Script& script) {
  script.has_failed = true;
  std::vector<uint64_t> unwanted;
  for (Branch& branch : script.branches) {
    if (branch.does == Branch::Does::kCommands || branch.does == Branch::Does::kAwaits) {
      unwanted.push_back(branch.request);
    }
    if (branch.does != Branch::Does::kCommands) branch.does = Branch::Does::kIsOver;
  }
  for (const uint64_t request : unwanted) script.listener->on_cancel(request);
}

void SimHost::go_on(Script& script) {
  bool is_over = true;
  for (Branch& branch : script.branches) {
    if (branch.does == Branch::Does::kComputes) return call(script, branch);
    is_over = is_over && branch.does == Branch::Does::kIsOver;
  }
  if (is_over) return finish(script);
  if (script.has_said_paused) return;
  const bool waits_for_a_command = std::ranges::any_of(
      script.branches, [](const Branch& one) { return one.does == Branch::Does::kCommands; });
  if (waits_for_a_command) return;
  script.has_said_paused = true;
  context_.trace.say("script #", script.attempt.attempt.value, " pauses after ",
                     script.await_answers);
  script.listener->on_paused(script.await_answers);
}

void SimHost::call(Script& script, Branch& branch) {
  if (branch.calls_left == 0) {
    branch.does = Branch::Does::kIsOver;
    return;
  }
  --branch.calls_left;
  branch.request = ++script.last_request;
  const std::vector<std::string>& awaits = declared(script).awaits;
  if (!awaits.empty() && !context_.random.one_in(3)) {
    ScriptAwait await;
    await.request = branch.request;
    for (uint64_t k = context_.random.between(1, 2); k > 0; --k) {
      await.tasks.push_back({context_.random.pick(awaits), {}, "", false});
    }
    branch.does = Branch::Does::kAwaits;
    context_.trace.say("script #", script.attempt.attempt.value, " awaits ",
                       await.tasks.front().task, " as ", branch.request);
    return script.listener->on_await(std::move(await));
  }
  ScriptCommand command;
  command.request = branch.request;
  command.argv = {"part", script.attempt.name, std::to_string(script.version)};
  branch.does = Branch::Does::kCommands;
  script.listener->on_command(std::move(command));
}

// --- How they end ---

void SimHost::finish(Script& script) { end(script, outcome_of_run(script)); }

void SimHost::end(Script& script, ScriptOutcome outcome) {
  ScriptListener* const listener = script.listener;
  const AttemptId attempt = script.attempt.attempt;
  context_.trace.say("script #", attempt.value, " ends with ", static_cast<int>(outcome.kind));
  scripts_.erase(attempt);
  watcher_.step_ended(attempt);
  listener->on_ended(std::move(outcome));
}

ScriptOutcome SimHost::outcome_of_run(const Script& script) {
  Random& random = context_.random;
  const Night& night = context_.night;
  if (script.has_failed || random.one_in(night.one_in_failures)) {
    return {random.one_in(4) ? Kind::kFailedForGood : Kind::kFailed, "an error", ""};
  }
  if (random.one_in(night.one_in_skips)) return {Kind::kSkipped, "nothing to do", ""};
  for (const std::string& path : script.attempt.staging_paths) {
    if (random.one_in(night.one_in_forgotten_outputs)) continue;
    if (context_.machine.files.write_staged(script.attempt.attempt, path)) continue;
    watcher_.staging_is_gone(script.attempt.attempt, script.attempt.name);
  }
  return {};
}

ScriptOutcome SimHost::outcome_of_step(const Script& script) {
  Random& random = context_.random;
  const bool fails = random.one_in(context_.night.one_in_failures);
  switch (script.attempt.step) {
    case ScriptStep::kPublish:
      if (fails) return {Kind::kFailed, "it cannot be published", ""};
      context_.machine.own_targets.insert(script.attempt.name);
      return {};
    case ScriptStep::kDiscard:
      context_.machine.own_targets.erase(script.attempt.name);
      return {};
    case ScriptStep::kComplete:
    case ScriptStep::kRetry:
      return {fails ? Kind::kNo : Kind::kSucceeded, "", ""};
    default:
      if (fails) return {Kind::kFailed, "an error", ""};
      return {};
  }
}

}  // namespace moondial::sim
