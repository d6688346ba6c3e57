#include "http/event_feed.h"

#include <utility>

#include "http/reply_stream.h"
#include "http/views.h"

namespace moondial {

void EventFeed::add(const RunEvent& event) {
  if (const auto* change = std::get_if<RunEvent::Task>(&event.what)) {
    add_change(*change);
  } else if (const auto* line = std::get_if<RunEvent::Log>(&event.what)) {
    if (with_log_) add_line(*line);
  } else {
    ended_ = std::get<RunEvent::Ended>(event.what).state;
  }
}

void EventFeed::add_change(RunEvent::Task change) {
  if (changes_.size() + running_.size() >= bounds_.changes) {
    running_.erase(change.id);
    ++dropped_changes_;
    return;
  }
  if (change.state == TaskState::kRunning) {
    std::string id = change.id;
    running_.insert_or_assign(std::move(id), std::move(change));
    return;
  }
  running_.erase(change.id);
  if (change.error.size() > bounds_.error_bytes) {
    change.error.resize(bounds_.error_bytes);
    change.error += "\n… (cut)";
  }
  if (text_bytes_ + change.error.size() > bounds_.text_bytes) change.error = "(see the record)";
  text_bytes_ += change.error.size();
  changes_.push_back(std::move(change));
}

void EventFeed::add_line(const RunEvent::Log& line) {
  if (lines_.size() >= bounds_.log_lines || text_bytes_ + line.line.size() > bounds_.text_bytes) {
    ++dropped_lines_;
    return;
  }
  text_bytes_ += line.line.size();
  lines_.push_back(line);
}

bool EventFeed::empty() const {
  return changes_.empty() && running_.empty() && lines_.empty() && dropped_changes_ == 0 &&
         dropped_lines_ == 0;
}

std::string EventFeed::take() {
  std::string out;
  for (auto& [id, change] : running_) changes_.push_back(std::move(change));
  if (!changes_.empty() || dropped_changes_ > 0) {
    out += sse_event("tasks", changes_json(changes_, dropped_changes_));
  }
  if (!lines_.empty()) out += sse_event("log", log_lines_json(lines_));
  if (dropped_lines_ > 0) out += sse_event("log", dropped_json(dropped_lines_));
  changes_.clear();
  running_.clear();
  lines_.clear();
  text_bytes_ = 0;
  dropped_changes_ = 0;
  dropped_lines_ = 0;
  return out;
}

}  // namespace moondial
