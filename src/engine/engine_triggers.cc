// Triggers: what they start, and who may call.
#include <algorithm>
#include <utility>

#include "engine/engine.h"

namespace moondial {

TriggerKeeper::Actions Engine::trigger_actions() {
  TriggerKeeper::Actions actions;
  actions.start = [this](const Firing& firing, const std::string& cause,
                         std::function<void(Result<RunId>)> done) {
    start_trigger(firing, cause, std::move(done));
  };
  actions.settled = [this](const FiringRow& firing) {
    tell_news({ProjectNews::Kind::kFired, {}, {}, firing});
    note_firing(firing);
  };
  actions.tell = [this](const std::string& text) {
    if (options_.warn) options_.warn(text);
  };
  return actions;
}

void Engine::start_trigger(const Firing& firing, const std::string& cause,
                           std::function<void(Result<RunId>)> done) {
  RunRequest request;
  request.kind = "trigger";
  request.environment = options_.environment;
  request.firing = firing;
  request.plan.start = StartCall{firing.schedule, CivilTime(), cause};
  run(std::move(request), std::move(done));
}

void Engine::triggers(std::function<void(Result<std::vector<TriggerView>>)> done) {
  load([this, done = std::move(done)](const Result<const Generation*>& loaded) {
    if (!loaded.ok()) return done(loaded.error());
    if (stays_) return done(triggers_.views());
    std::vector<TriggerView> views;
    for (const TriggerInfo& info : (*loaded)->declarations.triggers) {
      auto last = parts_.store.firings(info.name(), 1);
      if (!last.ok()) return done(last.error());
      TriggerView& view = views.emplace_back();
      view.info = info;
      if (!last->empty()) view.last = std::move(last->front());
    }
    done(std::move(views));
  });
}

void Engine::call_webhook(std::string name, std::string body, std::function<void(Status)> done) {
  if (!stays_) {
    const Status status(Code::kConflict,
                        "webhooks are heard while `moondial serve` runs; this engine ends with "
                        "its work");
    return parts_.loop.post([done = std::move(done), status] { done(status); });
  }
  triggers_.call(name, std::move(body), std::move(done));
}

}  // namespace moondial
