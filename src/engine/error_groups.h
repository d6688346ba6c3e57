#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/history.h"

namespace moondial {

/// Failures of one task at one line with one shape of message: one thing that goes wrong.
struct ErrorGroup {
  enum class State : uint8_t {
    kOpen,       ///< a task of it has not succeeded since
    kResolved,   ///< all have
    kRegressed,  ///< all had, and then it came again
  };
  /// A task that failed so.
  struct Task {
    std::string id;
    Params params;
    int64_t count = 0;
    RunId run;  ///< of its newest failure
    AttemptId attempt;
    UtcTime last;
    bool resolved = false;
  };
  std::string id;     ///< the same as long as task, place and shape are
  std::string task;   ///< name
  std::string place;  ///< "pipelines/p.lua:41"; empty if its error names none
  std::string shape;  ///< of the message: see shape_of()
  State state = State::kOpen;
  int64_t count = 0;  ///< failed attempts
  UtcTime first, last;
  PastAttempt example;      ///< the newest
  std::vector<Task> tasks;  ///< the one that failed last first
};

/// The first line of an error, without its place in front, and with what differs from time to time
/// left out: numbers, dates and quoted texts become "…".
[[nodiscard]] std::string shape_of(std::string_view error);
/// "file.lua:12" in front of the first line; empty if there is none.
[[nodiscard]] std::string place_of(std::string_view error);

/// Groups of failures, newest first as History gives them: open ones before resolved ones, and
/// among these the one that came last first.
[[nodiscard]] std::vector<ErrorGroup> group_errors(const std::vector<Failure>& failures);

}  // namespace moondial
