#include "http/project_events.h"

#include <algorithm>
#include <utility>

#include "http/views.h"

namespace moondial {
namespace {

/// Between two looks at the record.
constexpr std::chrono::milliseconds kPullPause(100);
constexpr std::chrono::seconds kListenerPause(15);
/// Between two tellings of what tasks say of their progress.
constexpr std::chrono::seconds kProgressPause(1);
constexpr size_t kPulledAtOnce = 1'000;
/// What an entry takes beside its text.
constexpr size_t kEntryBytes = 64;
/// Of a listener's connection: there may be a thousand.
constexpr size_t kBlock = 4 << 10;

}  // namespace

/// Owned by its connection.
class ProjectEvents::Listener final : public ReplyStream {
 public:
  /// After the event `after`, or from `number` of the row on.
  Listener(ProjectEvents& hub, std::optional<int64_t> after) : hub_(&hub), after_(after) {
    hub.listeners_.insert(this);
    if (after_) return;
    number_ = hub.end_number();
    own_.add(sse_event("begin", event_id_json(hub.newest_), std::to_string(hub.newest_)));
  }
  ~Listener() override {
    if (hub_ != nullptr) hub_->listeners_.erase(this);
  }

  size_t read(char* to, size_t max) override;
  [[nodiscard]] bool at_end() const override {
    return ended_ && own_.empty() && current_ == nullptr;
  }
  [[nodiscard]] size_t block_size() const override { return kBlock; }

  /// There may be more to read.
  void wake() {
    if (std::exchange(waits_, false)) tell_readable();
  }
  void keep_alive() {
    if (!waits_) return;
    own_.add(kKeepAlive);
    wake();
  }
  /// What it was last told of is not there any more.
  void miss() { reset("gone"); }
  void end() {
    ended_ = true;
    wake();
  }
  void orphan() {
    hub_ = nullptr;
    end();
  }

 private:
  [[nodiscard]] bool next();
  void read_page();
  void reset(const char* why);

  ProjectEvents* hub_;                          // null once that has gone
  std::optional<int64_t> after_;                // while it reads from the record
  uint64_t number_ = 0;                         // of the next entry, afterwards
  std::shared_ptr<const std::string> current_;  // an entry, to its end even if it leaves the row
  size_t taken_ = 0;
  PendingText own_;
  bool waits_ = false;
  bool ended_ = false;
};

size_t ProjectEvents::Listener::read(char* to, size_t max) {
  size_t size = 0;
  while (size < max) {
    if (current_) {
      const size_t part = current_->copy(to + size, max - size, taken_);
      size += part;
      taken_ += part;
      if (taken_ == current_->size()) current_.reset();
    } else if (!own_.empty()) {
      size += own_.read(to + size, max - size);
    } else if (!next()) {
      break;
    }
  }
  waits_ = size == 0 && !at_end();
  return size;
}

/// Puts what follows into `own_` or `current_`; false: nothing follows yet.
bool ProjectEvents::Listener::next() {
  if (ended_ || hub_ == nullptr) return false;
  if (after_ && *after_ < hub_->complete_after_) {
    read_page();
    return true;
  }
  if (after_) number_ = hub_->number_after(*std::exchange(after_, std::nullopt));
  if (number_ < hub_->first_number_) {
    reset("slow");
    return true;
  }
  if (number_ >= hub_->end_number()) return false;
  current_ = hub_->row_[number_ - hub_->first_number_].text;
  taken_ = 0;
  ++number_;
  return true;
}

void ProjectEvents::Listener::read_page() {
  const auto bounds = hub_->api_.event_bounds();
  if (!bounds.ok() || bounds->gone > *after_) return reset("gone");
  const auto page = hub_->api_.events(*after_, hub_->bounds_.page);
  if (!page.ok()) return reset("gone");
  const std::string zone = hub_->api_.info().timezone;
  for (const EventRow& row : *page) own_.add(event_text(row, zone));
  // What is not there by now was written since.
  after_ = page->empty() ? hub_->complete_after_ : page->back().id;
}

void ProjectEvents::Listener::reset(const char* why) {
  after_.reset();
  number_ = hub_->end_number();
  own_.add(sse_event("reset", event_id_json(hub_->newest_, why), std::to_string(hub_->newest_)));
}

ProjectEvents::~ProjectEvents() {
  for (Listener* listener : std::exchange(listeners_, {})) listener->orphan();
  api_.listen({});
}

Result<std::shared_ptr<ReplyStream>> ProjectEvents::open(std::optional<int64_t> after) {
  if (listeners_.empty()) {
    if (const Status begun = begin(); !begun.ok()) return begun.error();
  } else {
    pull();
  }
  const auto bounds = api_.event_bounds();
  if (!bounds.ok()) return bounds.error();
  auto listener = std::make_shared<Listener>(*this, after);
  // Of another database, or of what has gone.
  if (after && (*after > bounds->newest || *after < bounds->gone)) listener->miss();
  return std::shared_ptr<ReplyStream>(std::move(listener));
}

/// The first listener has come: what happened meanwhile is in the record alone.
Status ProjectEvents::begin() {
  const auto bounds = api_.event_bounds();
  if (!bounds.ok()) return bounds.error();
  first_number_ = end_number();
  row_.clear();
  row_bytes_ = 0;
  newest_ = complete_after_ =
      std::max(bounds->gone, bounds->newest - static_cast<int64_t>(bounds_.primed));
  api_.listen([this](const ProjectNews& news) { take(news); });
  pull();
  arm_keep_alive();
  return {};
}

void ProjectEvents::take(const ProjectNews& news) {
  if (listeners_.empty()) {
    api_.listen({});
    progress_.clear();
    return;
  }
  if (news.kind == ProjectNews::Kind::kCommitted) return pull_soon();
  if (news.kind == ProjectNews::Kind::kProgress) return take_progress(news);
  add(0, news_text(news, api_.info().timezone));
  wake_all();
}

/// A task may say it any number of times: the latest of each is told, once for all of them.
void ProjectEvents::take_progress(const ProjectNews& news) {
  progress_.insert_or_assign(news.running.attempt, news);
  if (progress_timer_) return;
  const MonoTime due = std::max(loop_.mono(), last_progress_ + kProgressPause);
  progress_timer_ = loop_.timer(due, [this] { tell_progress(); });
}

void ProjectEvents::tell_progress() {
  progress_timer_.reset();
  last_progress_ = loop_.mono();
  const std::string zone = api_.info().timezone;
  for (const auto& [attempt, news] : std::exchange(progress_, {})) add(0, news_text(news, zone));
  wake_all();
}

void ProjectEvents::pull_soon() {
  if (pull_timer_) return;
  pull_timer_ = loop_.timer(std::max(loop_.mono(), last_pull_ + kPullPause), [this] {
    pull();
    wake_all();
  });
}

void ProjectEvents::pull() {
  pull_timer_.reset();
  last_pull_ = loop_.mono();
  const auto rows = api_.events(newest_, kPulledAtOnce);
  if (!rows.ok()) return;
  const std::string zone = api_.info().timezone;
  for (const EventRow& row : *rows) {
    newest_ = row.id;
    add(row.id, event_text(row, zone));
  }
  if (rows->size() == kPulledAtOnce) pull_soon();
}

void ProjectEvents::add(int64_t id, std::string text) {
  row_bytes_ += text.size() + kEntryBytes;
  row_.push_back({id, std::make_shared<const std::string>(std::move(text))});
  while (row_bytes_ > bounds_.bytes && row_.size() > 1) {
    row_bytes_ -= row_.front().text->size() + kEntryBytes;
    complete_after_ = std::max(complete_after_, row_.front().id);
    row_.pop_front();
    ++first_number_;
  }
}

/// Of the first entry that is after an event, or of what comes next.
uint64_t ProjectEvents::number_after(int64_t id) const {
  const auto found = std::ranges::find_if(row_, [&](const Entry& entry) { return entry.id > id; });
  return first_number_ + static_cast<uint64_t>(found - row_.begin());
}

void ProjectEvents::wake_all() {
  for (Listener* listener : listeners_) listener->wake();
}

void ProjectEvents::end_all() {
  for (Listener* listener : listeners_) listener->end();
}

void ProjectEvents::arm_keep_alive() {
  keep_alive_timer_ = loop_.timer(loop_.mono() + kListenerPause, [this] {
    keep_alive_timer_.reset();
    if (listeners_.empty()) return;
    for (Listener* listener : listeners_) listener->keep_alive();
    arm_keep_alive();
  });
}

}  // namespace moondial
