#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/api.h"

namespace moondial {

/// What happened in a run since a client was last told, in bounded memory. Many events make one:
/// that a task runs is forgotten once it has ended; when more is kept than the bounds allow, the
/// rest is counted. Knows no time and no socket.
class EventFeed {
 public:
  struct Bounds {
    size_t changes = 10'000;        ///< of tasks
    size_t text_bytes = 2 << 20;    ///< of errors and log lines together
    size_t error_bytes = 16 << 10;  ///< of one error; the rest of it is in the record
    size_t log_lines = 10'000;
  };

  explicit EventFeed(bool with_log) : EventFeed(with_log, Bounds{}) {}
  EventFeed(bool with_log, Bounds bounds) : with_log_(with_log), bounds_(bounds) {}

  void add(const RunEvent& event);

  /// Nothing to tell.
  [[nodiscard]] bool empty() const;
  /// The run's end was added.
  [[nodiscard]] const std::optional<RunState>& ended() const { return ended_; }

  /// Everything as server-sent events `tasks` and `log`, and forgets it. The end is not among it.
  [[nodiscard]] std::string take();

 private:
  void add_change(RunEvent::Task change);
  void add_line(const RunEvent::Log& line);

  const bool with_log_;
  const Bounds bounds_;
  std::vector<RunEvent::Task> changes_;            // retrying and final, as they came
  std::map<std::string, RunEvent::Task> running_;  // not among changes_ since
  std::vector<RunEvent::Log> lines_;
  size_t text_bytes_ = 0;
  uint64_t dropped_changes_ = 0;
  uint64_t dropped_lines_ = 0;
  std::optional<RunState> ended_;
};

}  // namespace moondial
