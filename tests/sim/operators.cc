// What operators and others do meanwhile.
#include <algorithm>

#include "tests/sim/world.h"

namespace moondial::sim {

void World::operate() {
  const uint64_t drawn = random_.below(20);
  if (random_.one_in(night_.one_in_edits)) return edit();
  if (drawn < 10 || machine_.database.runs().empty()) return ask_for_run();
  if (drawn < 12 && night_.cancels) return cancel();
  if (drawn < 14 && night_.cancels_tasks) return cancel_task();
  if (drawn < 15) return retry();
  if (drawn < 16) return mark();
  if (drawn < 17) return produce();
  if (drawn < 18 && night_.vanishes) return remove_file();
  if (drawn < 19) return view();
  if (random_.one_in(3)) return leave();
  if (random_.one_in(3)) {
    const bool kill = random_.one_in(2);
    trace_.say("the engine is asked to end", kill ? " at once" : "");
    return life_->shut_down(kill);
  }
  ask_for_run();
}

const std::string& World::some_task() {
  return random_.pick(machine_.versions.back().tasks).instance.id;
}

RunId World::some_run() {
  auto run = machine_.database.runs().begin();
  std::advance(run, random_.below(machine_.database.runs().size()));
  return run->first;
}

/// To be called when a request is answered, which happens once.
std::function<void()> World::reply() {
  ++unanswered_;
  return [this, life = context_.life, is_open = std::make_shared<bool>(true)] {
    if (life != context_.life || !std::exchange(*is_open, false)) {
      return checks_.broken("no-deadlock", "a request is answered twice");
    }
    --unanswered_;
  };
}

// --- Runs ---

void World::ask_for_run() {
  RunRequest request;
  for (uint64_t k = random_.between(1, 3); k > 0; --k) {
    const std::string& task = some_task();
    const auto same = [&](const TaskRequest& one) { return one.task == task; };
    if (std::ranges::any_of(request.plan.tasks, same)) continue;
    request.plan.tasks.push_back({task, {}, "", false});
  }
  if (random_.one_in(5)) request.plan.force = static_cast<Force>(random_.below(4));
  if (random_.one_in(2)) request.jobs = static_cast<int>(random_.between(1, 4));
  if (night_.resizes && random_.one_in(2)) {
    request.pools["db"] = static_cast<int64_t>(random_.between(2, 4));
  }
  request.priority = static_cast<double>(random_.below(3));
  request.fail_fast = random_.one_in(5);
  if (random_.one_in(3)) request.request = "request " + std::to_string(random_.below(3));
  trace_.say("run ", request.plan.tasks.front().task, " and ", request.plan.tasks.size() - 1,
             " more, force ", static_cast<int>(request.plan.force));
  start(std::move(request));
}

void World::start(RunRequest request) {
  life_->api().run(std::move(request), [this, answered = reply()](Result<RunId> run) {
    answered();
    hear_of(std::move(run));
  });
}

void World::hear_of(Result<RunId> run) {
  if (!run.ok()) return trace_.say("refused: ", run.error().message);
  life_->watcher.answered(*run);
  (void)life_->api().subscribe(
      *run, [this, id = *run](const RunEvent& event) { life_->watcher.told(id, event); });
}

void World::retry() {
  RetryRequest request;
  request.run = some_run();
  trace_.say("retry run ", request.run.value);
  life_->api().retry(std::move(request), [this, answered = reply()](Result<RunId> run) {
    answered();
    hear_of(std::move(run));
  });
}

void World::cancel() {
  const RunId run = some_run();
  const bool kill = random_.one_in(2);
  trace_.say("cancel run ", run.value, kill ? " at once" : "");
  (void)life_->api().cancel(run, kill);
}

void World::cancel_task() {
  CancelRequest request;
  request.task.task = some_task();
  request.kill = random_.one_in(2);
  trace_.say("cancel ", request.task.task, request.kill ? " at once" : "");
  life_->api().cancel_task(std::move(request),
                           [answered = reply()](const Result<std::string>&) { answered(); });
}

void World::view() {
  const RunId run = some_run();
  trace_.say("look at run ", run.value, " and plan ", some_task());
  (void)life_->api().show(run);
  (void)life_->api().progress(run);
  (void)life_->api().runs(5, RunId(), {});
  PlanRequest request;
  request.tasks.push_back({some_task(), {}, "", false});
  life_->api().plan(std::move(request),
                    [answered = reply()](const Result<PlanView>&) { answered(); });
}

// --- Others ---

void World::mark() {
  MarkRequest request;
  request.task.task = some_task();
  trace_.say("mark ", request.task.task);
  life_->api().mark(std::move(request), [this, answered = reply()](const Result<std::string>& id) {
    answered();
    if (id.ok() && !machine_.database.marked(*id)) {
      checks_.broken("announced-durable", "a mark is answered before it is durable");
    }
  });
}

/// Somebody else makes what is external.
void World::produce() {
  for (const Declared& declared : machine_.versions.back().tasks) {
    if (!declared.instance.external || declared.instance.outputs.empty()) continue;
    trace_.say("others produce ", declared.instance.id);
    for (const std::string& path : declared.instance.outputs) {
      machine_.files.finals[path] = Content{AttemptId(), true, true};
    }
  }
}

void World::remove_file() {
  auto& files = machine_.files.finals;
  if (files.empty()) return;
  auto file = files.begin();
  std::advance(file, random_.below(files.size()));
  // Not while it is being published: a crash then leaves what recovery refuses (README.md).
  const Database::Attempt* by = machine_.database.attempt(file->second.by);
  if (by != nullptr && !by->ended) return;
  trace_.say("somebody removes ", file->first);
  files.erase(file);
}

void World::edit() { declare(edited(machine_.versions.back(), random_, night_)); }

/// The client goes when it has been answered: then the engine ends with its work.
void World::leave() {
  if (unanswered_ > 0 || !client_is_there_) return;
  trace_.say("the client leaves");
  client_is_there_ = false;
  life_->api().client_went();
}

}  // namespace moondial::sim
