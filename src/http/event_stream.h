#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/api.h"
#include "engine/event_loop.h"
#include "http/event_feed.h"
#include "http/reply_stream.h"

namespace moondial {

/// A run's events for one client, as text of server-sent events:
///
///     event: run       {"run": id}, first, where the stream also made the run
///     event: progress  RunProgress; at once, then when it differs
///     event: tasks     {"tasks": [change …], "dropped": n}
///     event: log       {"lines": [line …]} or {"dropped": n}; only if asked for
///     event: ended     {"run", "state"}; the last one
///
/// The run may make any number of events a second: a client is told at most every 100 ms, and what
/// happened meanwhile is kept in bounds (EventFeed). While a client has not read what it was last
/// told, it is told nothing new. Loop thread only.
class EventStream final : public ReplyStream, public std::enable_shared_from_this<EventStream> {
 public:
  /// kNotFound if there is no such run. `loop` and `api` outlive it.
  [[nodiscard]] static Result<std::shared_ptr<EventStream>> open(EventLoop& loop, EngineApi& api,
                                                                 RunId run, bool with_log);
  ~EventStream() override;

  /// Puts an event before all that comes of the run.
  void begin_with(std::string_view name, std::string_view data);

  size_t read(char* to, size_t max) override;
  [[nodiscard]] bool at_end() const override { return finished_ && text_.empty(); }

 private:
  EventStream(EventLoop& loop, EngineApi& api, RunId run, bool with_log);
  void on_event(const RunEvent& event);
  void wake_at(MonoTime due);
  void tick();
  void add_progress();

  EventLoop& loop_;
  EngineApi& api_;
  const RunId run_;
  EventFeed feed_;
  uint64_t subscription_ = 0;
  std::optional<RunProgress> told_;  // the last progress
  std::unique_ptr<Watch> timer_;
  MonoTime due_;        // of timer_
  MonoTime last_told_;  // the client
  std::string text_;    // to be read, from taken_ on
  size_t taken_ = 0;
  bool finished_ = false;
};

}  // namespace moondial
