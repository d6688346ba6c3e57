#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "engine/api.h"
#include "engine/event_loop.h"
#include "http/reply_stream.h"

namespace moondial {

/// All that happens in the project, for any number of listeners, as server-sent events:
///
///     begin            {"event"}: the first one, where the listener comes without a past
///     run_started run_ended attempt_started attempt_ended task_ended
///                      of the table of events; their ids are its own
///     reloaded schedule_fired schedule_paused schedule_resumed sla_missed
///                      without an id
///     progress         likewise, of a task that runs: its latest at most once a second
///     reset            {"event", "why"}: some were missed; what is known of the past is to be
///                      asked for anew
///
/// How it works. Each event is rendered once, into a row of texts with a bound, and each listener
/// has a place in that row. One that comes back reads from the record until it has got to what is
/// in the row. One that is so slow that its place has gone gets a `reset`. What is durable is
/// fetched at most every 100 ms, and only while somebody listens. Loop thread only.
class ProjectEvents {
 public:
  struct Bounds {
    size_t bytes = 4 << 20;  ///< of the row
    size_t primed = 1'000;   ///< events of the past that it begins with
    size_t page = 200;       ///< events that a listener reads from the record at once
  };

  /// Both outlive it.
  ProjectEvents(EventLoop& loop, EngineApi& api) : ProjectEvents(loop, api, Bounds()) {}
  ProjectEvents(EventLoop& loop, EngineApi& api, Bounds bounds)
      : loop_(loop), api_(api), bounds_(bounds) {}
  ~ProjectEvents();
  ProjectEvents(const ProjectEvents&) = delete;
  ProjectEvents& operator=(const ProjectEvents&) = delete;

  /// A listener, from after the event of that id on, or from now on. Ends before this does.
  [[nodiscard]] Result<std::shared_ptr<ReplyStream>> open(std::optional<int64_t> after);
  /// Lets every listener come to its end.
  void end_all();
  [[nodiscard]] size_t listeners() const { return listeners_.size(); }

 private:
  class Listener;
  struct Entry {
    int64_t id = 0;  ///< 0: none
    std::shared_ptr<const std::string> text;
  };

  Status begin();
  void take(const ProjectNews& news);
  void take_progress(const ProjectNews& news);
  void tell_progress();
  void pull_soon();
  void pull();
  void add(int64_t id, std::string text);
  void wake_all();
  void arm_keep_alive();
  [[nodiscard]] uint64_t end_number() const { return first_number_ + row_.size(); }
  [[nodiscard]] uint64_t number_after(int64_t id) const;

  EventLoop& loop_;
  EngineApi& api_;
  const Bounds bounds_;
  std::set<Listener*> listeners_;
  std::deque<Entry> row_;
  uint64_t first_number_ = 0;  // of row_.front(); numbers are never used twice
  size_t row_bytes_ = 0;
  int64_t newest_ = 0;          // the last one that was fetched
  int64_t complete_after_ = 0;  // every durable event after this one, up to newest_, is in the row
  MonoTime last_pull_;
  std::map<AttemptId, ProjectNews> progress_;  // that is still to be told
  MonoTime last_progress_;
  std::unique_ptr<Watch> pull_timer_;
  std::unique_ptr<Watch> progress_timer_;
  std::unique_ptr<Watch> keep_alive_timer_;
};

}  // namespace moondial
