// Planning: from a request to a graph that may be run.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "engine/engine.h"

namespace moondial {

struct Engine::PlanWork {
  const Generation* generation = nullptr;
  PlanBuilder builder;
  uint64_t since = 0;  // of published_count_
  PlanDone done;
};

void Engine::check(std::function<void(Result<std::vector<Diagnostic>>)> done) {
  load([done = std::move(done)](Result<const Generation*> loaded) {
    if (loaded.ok()) return done((*loaded)->held_back);
    if (!loaded.error().diagnostics.empty()) return done(loaded.error().diagnostics);
    done(loaded.error());
  });
}

void Engine::declarations(std::function<void(Result<Declarations>)> done) {
  load([done = std::move(done)](Result<const Generation*> loaded) {
    if (!loaded.ok()) return done(loaded.error());
    done((*loaded)->declarations);
  });
}

/// The files as they are now; in an engine that stays, with the last good text of those that do not
/// load.
void Engine::load(std::function<void(Result<const Generation*>)> done) {
  parts_.scripts.load([this, done = std::move(done)](const Result<const Generation*>& loaded) {
    if (!loaded.ok()) return done(loaded);
    into_force(**loaded);
    done(loaded);
  });
}

void Engine::make_plan(PlanRequest request, PlanDone done) {
  ++planning_;
  load([this, request = std::move(request),
        done = std::move(done)](Result<const Generation*> loaded) mutable {
    if (!loaded.ok()) {
      done(loaded.error(), nullptr);
      return planning_ended();
    }
    --planning_;
    if (request.force == Force::kDownstream) {
      return plan_downstream(**loaded, std::move(request), std::move(done));
    }
    plan_in(**loaded, std::move(request), std::move(done));
  });
}

/// What holds for the whole engine, whatever generation its runs are pinned to.
void Engine::take_config(const Generation& generation) {
  const ProjectConfig& config = generation.declarations.config;
  options_.info.timezone = config.timezone;
  space_.set_min_free(config.min_free);
  notices_.take(config.notify);
  pruner_.set_policy(config.retention);
  if (options_.on_config) options_.on_config(config);
}

namespace {

/// The identities that need one of `from`, directly or not, and these themselves; and in `tops`
/// those that no other of them needs.
std::vector<std::string> downstream_of(const Plan& plan, const std::vector<uint32_t>& from,
                                       std::vector<uint32_t>& tops) {
  std::vector<bool> in(plan.tasks.size()), needed(plan.tasks.size());
  for (const uint32_t task : from) in[task] = true;
  // Requirements come before what needs them.
  for (size_t i = 0; i < plan.tasks.size(); ++i) {
    const auto& needs = plan.tasks[i].requires_;
    if (std::ranges::any_of(needs, [&](uint32_t need) { return in[need]; })) in[i] = true;
    if (!in[i]) continue;
    for (const uint32_t need : needs) needed[need] = true;
  }
  std::vector<std::string> ids;
  for (uint32_t i = 0; i < plan.tasks.size(); ++i) {
    if (!in[i]) continue;
    ids.push_back(plan.tasks[i].id);
    if (!needed[i]) tops.push_back(i);
  }
  return ids;
}

}  // namespace

/// What was made from a task is found by asking all tasks that ever succeeded what they require.
void Engine::plan_downstream(const Generation& generation, PlanRequest request, PlanDone done) {
  auto known = parts_.store.succeeded_tasks();
  if (!known.ok()) return done(known.error(), &generation);
  PlanRequest graph;
  graph.whole_graph = true;
  graph.tasks = request.tasks;
  for (auto& [name, params] : *known) {
    graph.tasks.push_back({std::move(name), std::move(params), "", false});
  }
  plan_in(generation, std::move(graph),
          [this, request = std::move(request), done = std::move(done)](
              Result<PlannedTasks> planned, const Generation* of) mutable {
            if (!planned.ok()) return done(planned.error(), of);
            // The asked-for ones come first, unless they cannot be constructed: the plan says why.
            std::vector<uint32_t> from;
            const auto& roots = planned->plan.roots;
            for (size_t i = 0; i < std::min(roots.size(), request.tasks.size()); ++i) {
              if (planned->instances[roots[i]]->name == request.tasks[i].task) {
                from.push_back(roots[i]);
              }
            }
            std::vector<uint32_t> tops;
            request.forced = downstream_of(planned->plan, from, tops);
            request.force = Force::kRoots;
            for (const uint32_t top : tops) {
              const TaskInstance& instance = *planned->instances[top];
              request.tasks.push_back({instance.name, instance.params, "", false});
            }
            plan_in(*of, std::move(request), std::move(done));
          });
}

void Engine::plan_in(const Generation& generation, PlanRequest request, PlanDone done) {
  ++planning_;
  auto work = std::make_shared<PlanWork>();
  work->generation = &generation;
  work->since = published_count_;
  work->done = std::move(done);
  parts_.scripts.pin(generation.id);
  PlanSink sink;
  sink.on_tasks = [work](std::vector<TaskInstance> tasks) { work->builder.add(std::move(tasks)); };
  sink.on_end = [this, work](Result<std::vector<std::string>> roots) {
    planned(*work, std::move(roots));
    parts_.scripts.unpin(work->generation->id);
    planning_ended();
  };
  parts_.scripts.plan(generation.id, std::move(request), std::move(sink));
}

/// What was asked for the plan may have been cancelled meanwhile, and been the last thing to do.
void Engine::planning_ended() {
  if (--planning_ > 0) return;
  published_.clear();
  end_if_idle();
}

void Engine::planned(PlanWork& work, Result<std::vector<std::string>> roots) {
  if (!roots.ok()) return work.done(roots.error(), work.generation);
  Result<PlannedTasks> built = work.builder.build(*roots, usual_);
  if (built.ok()) settle_against_live(*built, work.since);
  work.done(std::move(built), work.generation);
}

/// What the scripts saw on disk may be older than what the engine knows: a task that another run
/// is doing is joined, and one that was published after the plan began is complete, if its outputs
/// are those that the plan wants.
void Engine::settle_against_live(PlannedTasks& planned, uint64_t since) const {
  for (size_t i = 0; i < planned.plan.tasks.size(); ++i) {
    PlanTask& task = planned.plan.tasks[i];
    if (scheduler_.find(task.id)) {
      task.complete = false;
      continue;
    }
    const auto found = published_.find(task.id);
    if (found == published_.end() || found->second.count <= since) continue;
    const TaskInstance& made = *found->second.task;
    const TaskInstance& wanted = *planned.instances[i];
    if (made.outputs == wanted.outputs && made.marks == wanted.marks &&
        made.publishes == wanted.publishes) {
      task.complete = true;
    }
  }
}

void Engine::plan(PlanRequest request, std::function<void(Result<PlanView>)> done) {
  make_plan(std::move(request), [this, done = std::move(done)](Result<PlannedTasks> planned,
                                                               const Generation* generation) {
    if (!planned.ok()) return done(planned.error());
    auto problems = validate(planned->plan, pool_sizes(*generation, nullptr));
    if (!problems.empty()) {
      return done(Error{Code::kInvalid, "the plan cannot be run", std::move(problems)});
    }
    PlanView view;
    for (size_t i = 0; i < planned->plan.tasks.size(); ++i) {
      const PlanTask& task = planned->plan.tasks[i];
      PlanTaskView row;
      row.instance = *planned->instances[i];
      row.why = row.instance.why;
      row.state = task.complete ? TaskState::kComplete : TaskState::kPending;
      if (const JobId job = scheduler_.find(task.id)) {
        const LiveTask& live = tasks_.at(job);
        row.state = shown_state(live, scheduler_.state(job));
        row.why = live.wait != nullptr ? waiting_text(live) : "another run is at it";
        if (const SpaceShortage* shortage = shortage_of(job)) {
          row.why = to_text(*shortage);
          row.space = *shortage;
        }
      }
      view.tasks.push_back(std::move(row));
    }
    for (const uint32_t root : planned->plan.roots) {
      view.roots.push_back(planned->plan.tasks[root].id);
    }
    done(std::move(view));
  });
}

int Engine::jobs_of(const Generation& generation, const RunRequest* request) const {
  if (request != nullptr && request->jobs) return *request->jobs;
  return generation.declarations.config.jobs.value_or(options_.default_jobs);
}

/// The sizes while everything that runs now and this request are there: what is declared, then
/// what runs ask for. `cpu` is the largest that any of them asks for.
std::map<std::string, int64_t> Engine::pool_sizes(const Generation& generation,
                                                  const RunRequest* request) const {
  std::map<std::string, int64_t> sizes = declared_pools_;
  sizes["memory"] = generation.declarations.config.memory.value_or(options_.memory_bytes);
  for (const auto& [name, size] : generation.declarations.pools) sizes[name] = size;
  int64_t cpu = jobs_of(generation, request);
  for (const auto& [id, run] : runs_) {
    cpu = std::max<int64_t>(cpu, run.jobs);
    for (const auto& [name, size] : run.pools) sizes[name] = size;
  }
  if (request != nullptr) {
    for (const auto& [name, size] : request->pools) sizes[name] = size;
  }
  if (!sizes.contains("cpu")) sizes["cpu"] = cpu;
  return sizes;
}

/// A pool that a request resizes must exist.
Status Engine::check_pools(const Generation& generation, const RunRequest& request) const {
  RunRequest plain;
  std::vector<std::string> known;
  for (const auto& [name, size] : pool_sizes(generation, &plain)) known.push_back(name);
  for (const auto& [name, size] : request.pools) {
    if (std::ranges::find(known, name) == known.end()) {
      const std::string near = nearest(name, known);
      std::string message = "there is no pool \"" + name + "\"";
      if (!near.empty()) message += "; did you mean \"" + near + "\"?";
      return Status(Code::kInvalid, std::move(message));
    }
    if (size < 0) return Status(Code::kInvalid, "the size of pool \"" + name + "\" is below 0");
  }
  if (request.jobs && *request.jobs < 1) return Status(Code::kInvalid, "-j must be at least 1");
  return Status();
}

}  // namespace moondial
