// What is told to who listens to the whole project.
#include <utility>

#include "engine/engine.h"

namespace moondial {

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

}  // namespace moondial
