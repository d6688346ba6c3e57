// Schedules: what they start, and what is told of them.
#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/engine.h"

namespace moondial {

ScheduleKeeper::Actions Engine::schedule_actions() {
  ScheduleKeeper::Actions actions;
  actions.start = [this](const Firing& firing, std::function<void(Result<RunId>)> done) {
    start_firing(firing, std::move(done));
  };
  actions.cancel = [this](RunId run) { (void)cancel(run, false); };
  actions.sla_missed = [this](const Firing& firing, RunId run) { sla_missed(firing, run); };
  actions.tell = [this](const std::string& text) {
    if (options_.tell) options_.tell(text);
  };
  actions.settled = [this](const FiringRow& firing) {
    asked_for_.erase({firing.schedule, firing.instant});  // of one that did not start
    tell_news({ProjectNews::Kind::kFired, {}, {}, firing});
    note_firing(firing);
  };
  return actions;
}

void Engine::stay(std::function<void()> begun) {
  stays_ = true;
  auto texts = parts_.store.sources_in_force();
  parts_.scripts.keep_last_good(texts.ok() ? std::move(texts).value()
                                           : std::map<std::string, std::string>());
  load([this, begun = std::move(begun)](const Result<const Generation*>& loaded) {
    if (!loaded.ok()) tell_problems(loaded.error().diagnostics);
    begun();
  });
}

/// What a generation declares is in force; the first one lets them fire.
void Engine::take_schedules(const Generation& generation) {
  if (!stays_ && generation.declarations.schedules.empty()) return;
  const auto warn = [this](const char* what, const Status& status) {
    if (!status.ok() && options_.warn) options_.warn(what + status.error().message);
  };
  schedules_.take(generation.declarations.schedules);
  if (!stays_ || shutting_down_) return;
  if (!std::exchange(schedules_begun_, true)) {
    warn("schedules: ", schedules_.begin());
    warn("deadlines: ", deadlines_.restore());
    warn("notices: ", notices_.restore());
  }
  warn("triggers: ", triggers_.take(generation.declarations.triggers));
}

void Engine::start_firing(const Firing& firing, std::function<void(Result<RunId>)> done) {
  load([this, firing, done = std::move(done)](const Result<const Generation*>& loaded) mutable {
    if (!loaded.ok()) return done(loaded.error());
    const auto& all = (*loaded)->declarations.schedules;
    const auto info = std::ranges::find(all, firing.schedule, &ScheduleInfo::name);
    if (info == all.end()) {
      return done(Error{Code::kNotFound, "the schedule is not declared any more", {}});
    }
    const auto asked = asked_for_.extract(firing);
    RunRequest request = asked ? std::move(asked.mapped()) : RunRequest();
    request.kind = "schedule";
    if (stays_) request.environment = options_.environment;
    request.firing = firing;
    request.plan.start = StartCall{firing.schedule, ScheduleKeeper::civil(*info, firing.instant)};
    run(std::move(request), std::move(done));
  });
}

void Engine::schedules(size_t next, std::function<void(Result<std::vector<ScheduleView>>)> done) {
  load([this, next, done = std::move(done)](const Result<const Generation*>& loaded) {
    if (!loaded.ok()) return done(loaded.error());
    done(schedules_.views(next));
  });
}

void Engine::pause_schedule(std::string schedule, bool paused, std::function<void(Status)> done) {
  load([this, schedule = std::move(schedule), paused,
        done = std::move(done)](const Result<const Generation*>& loaded) {
    if (!loaded.ok()) return done(Status(loaded.error()));
    const Status status = schedules_.pause(schedule, paused);
    if (status.ok()) {
      tell_news({paused ? ProjectNews::Kind::kPaused : ProjectNews::Kind::kResumed, {}, schedule});
    }
    done(status);
  });
}

void Engine::trigger_schedule(TriggerRequest request, std::function<void(Result<RunId>)> done) {
  const Error ends{Code::kUnavailable, "the engine is shutting down", {}};
  if (shutting_down_) return parts_.loop.post([done = std::move(done), ends] { done(ends); });
  if (answer_known_request(request.how.request, done)) return;
  load([this, request = std::move(request),
        done = std::move(done)](const Result<const Generation*>& loaded) mutable {
    if (!loaded.ok()) return done(loaded.error());
    const auto firing = schedules_.trigger(request.schedule, done);
    if (!firing.ok()) return done(firing.error());
    asked_for_[*firing] = std::move(request.how);
  });
}

/// What was to be done by now is not.
void Engine::sla_missed(const Firing& firing, RunId run) {
  const auto& all = in_force_->declarations.schedules;
  const auto info = std::ranges::find(all, firing.schedule, &ScheduleInfo::name);
  if (info == all.end()) return;
  const std::string of = ScheduleKeeper::civil(*info, firing.instant).to_string();
  std::string error = "schedule " + firing.schedule + " of " + of + " is not done in time";
  if (options_.warn) options_.warn(error);
  FiringRow missed;
  missed.schedule = firing.schedule;
  missed.instant = firing.instant;
  missed.run = run;
  missed.note = error;
  tell_news({ProjectNews::Kind::kSlaMissed, {}, {}, std::move(missed)});
  const std::string name = "schedule " + firing.schedule;
  notices_.missed({name + " of " + of, name, run, parts_.loop.utc(), error, true, false});
  ScriptAttempt seen;
  seen.run = run;
  seen.event.schedule = firing.schedule;
  seen.event.scheduled_at = of;
  seen.event.error = std::move(error);
  tell_sla(std::move(seen));
}

/// The same of a task.
void Engine::sla_missed(const TaskDeadlineRow& deadline) {
  const auto zone = in_force_ != nullptr ? in_force_->declarations.config.timezone : "";
  ScriptAttempt seen;
  seen.run = deadline.run;
  seen.name = deadline.name;
  seen.params = deadline.params;
  seen.event.task = deadline.id;
  seen.event.error = deadline.id + " is not done in time: it was due by " +
                     format_rfc3339(deadline.sla, zone) + ", in run " +
                     std::to_string(deadline.run.value);
  if (options_.warn) options_.warn(seen.event.error);
  notices_.missed({deadline.id + " of run " + std::to_string(deadline.run.value), deadline.name,
                   deadline.run, parts_.loop.utc(), seen.event.error, true, false});
  FiringRow missed;
  missed.run = deadline.run;
  missed.note = seen.event.error;
  tell_news({ProjectNews::Kind::kSlaMissed, {}, {}, std::move(missed), {}, deadline.id});
  if (in_force_ != nullptr) tell_sla(std::move(seen));
}

void Engine::tell_sla(ScriptAttempt seen) {
  const auto& hooks = in_force_->declarations.hooks;
  if (std::ranges::find(hooks, "sla") == hooks.end()) return;
  seen.step = ScriptStep::kEvent;
  seen.attempt = parts_.store.next_attempt();  // a name for the script, no row
  seen.event.kind = "sla";
  HookOrder order;
  order.steps.push_back(std::move(seen));
  order.generation = in_force_->id;
  order.environment = std::make_shared<const std::vector<std::string>>(options_.environment);
  order.log_path = options_.state_dir + "/logs/hooks.log";
  begin_hook(std::move(order));
}

}  // namespace moondial
