#include "http/event_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "http/views.h"

namespace moondial {
namespace {

using std::chrono::milliseconds;

/// Between two tellings.
constexpr milliseconds kPace(100);
/// How often progress() of running tasks is looked at while nothing else happens.
constexpr milliseconds kIdlePace(500);

bool same(const RunningTask& a, const RunningTask& b) {
  return a.attempt == b.attempt && a.fraction == b.fraction && a.text == b.text;
}

bool same(const std::optional<SpaceShortage>& a, const std::optional<SpaceShortage>& b) {
  if (!a || !b) return !a && !b;
  return a->folder == b->folder && a->free_bytes == b->free_bytes &&
         a->min_free_bytes == b->min_free_bytes;
}

/// Differ in more than the time that passed.
bool differs(const RunProgress& a, const RunProgress& b) {
  const auto same_task = [](const RunningTask& one, const RunningTask& other) {
    return same(one, other);
  };
  return a.state != b.state || a.counts != b.counts || !same(a.space, b.space) ||
         a.missing != b.missing || !std::ranges::equal(a.running, b.running, same_task);
}

}  // namespace

Result<std::shared_ptr<EventStream>> EventStream::open(EventLoop& loop, EngineApi& api, RunId run,
                                                       bool with_log) {
  std::shared_ptr<EventStream> stream(new EventStream(loop, api, run, with_log));
  auto subscription = api.subscribe(run, [weak = std::weak_ptr(stream)](const RunEvent& event) {
    if (const auto live = weak.lock()) live->on_event(event);
  });
  if (!subscription.ok()) return subscription.error();
  stream->subscription_ = *subscription;
  stream->add_progress();
  stream->wake_at(loop.mono() + kIdlePace);
  return stream;
}

EventStream::EventStream(EventLoop& loop, EngineApi& api, RunId run, bool with_log)
    : loop_(loop), api_(api), run_(run), feed_(with_log), last_told_(loop.mono()) {}

EventStream::~EventStream() {
  if (subscription_ != 0) api_.unsubscribe(subscription_);
}

void EventStream::begin_with(std::string_view name, std::string_view data) {
  text_.insert(0, sse_event(name, data));
}

void EventStream::on_event(const RunEvent& event) {
  if (finished_ || feed_.ended()) return;
  feed_.add(event);
  if (feed_.ended()) {
    wake_at(loop_.mono());
  } else if (!feed_.empty()) {
    wake_at(last_told_ + kPace);
  }
}

void EventStream::wake_at(MonoTime due) {
  if (timer_ && due_ <= due) return;
  due_ = due;
  timer_ = loop_.timer(due, [this] { tick(); });
}

void EventStream::tick() {
  const auto keep = shared_from_this();
  timer_.reset();
  if (finished_) return;
  if (!text_.empty()) return;  // read() goes on
  add_progress();
  if (feed_.ended()) {
    text_ += feed_.take();
    text_ += sse_event("ended", ended_json(run_, *feed_.ended()));
    finished_ = true;
  } else {
    text_ += feed_.take();
    wake_at(loop_.mono() + kIdlePace);
  }
  if (text_.empty()) return;
  last_told_ = loop_.mono();
  tell_readable();
}

void EventStream::add_progress() {
  auto progress = api_.progress(run_);
  if (!progress.ok() || (told_ && !differs(*told_, *progress))) return;
  text_ += sse_event("progress", progress_json(*progress, api_.info().timezone, loop_.utc()));
  told_ = std::move(progress).value();
}

size_t EventStream::read(char* to, size_t max) {
  const size_t size = std::min(max, text_.size() - taken_);
  std::memcpy(to, text_.data() + taken_, size);
  taken_ += size;
  if (taken_ < text_.size() || text_.empty()) return size;
  text_.clear();
  taken_ = 0;
  if (feed_.ended() && !finished_) {
    wake_at(loop_.mono());
  } else if (!finished_) {
    wake_at(std::max(loop_.mono(), last_told_ + (feed_.empty() ? kIdlePace : kPace)));
  }
  return size;
}

}  // namespace moondial
