// What is told to who listens to the whole project, or watches it.
#include <algorithm>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace moondial {
namespace {

constexpr size_t kWatchedSchedules = 1'000;

}  // namespace

void Engine::listen(std::function<void(const ProjectNews&)> on_news) {
  on_news_ = std::move(on_news);
  if (on_news_) {
    parts_.store.on_commit([this] { tell_news({ProjectNews::Kind::kCommitted}); });
  } else {
    parts_.store.on_commit({});
  }
}

void Engine::tell_news(ProjectNews news) {
  if (!on_news_) return;
  news.at = parts_.loop.utc();
  on_news_(news);
}

void Engine::attempt_progressed(Attempt& attempt) {
  if (!on_news_) return;
  ProjectNews news{ProjectNews::Kind::kProgress};
  news.running = running_task(attempt);
  news.runs = scheduler_.runs_of(attempt.order().job);
  tell_news(std::move(news));
}

EngineActivity Engine::activity() const {
  EngineActivity out;
  out.runs_ended = runs_ended_;
  out.attempts_ended = attempts_ended_;
  out.runs_open = runs_.size();
  out.attempts_open = attempts_.size();
  for (const auto& [job, task] : tasks_) ++out.tasks[shown_state(task, scheduler_.state(job))];
  out.pools = scheduler_.pools();
  std::ranges::sort(out.pools, {}, &PoolView::name);
  out.writer = parts_.store.writer_activity();
  // Far more than somebody watches one by one are not worth a look at the record for each.
  const bool few =
      in_force_ != nullptr && in_force_->declarations.schedules.size() <= kWatchedSchedules;
  if (few) {
    if (auto views = schedules_.views(1); views.ok()) out.schedules = std::move(views).value();
  }
  return out;
}

}  // namespace moondial
