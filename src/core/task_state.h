#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace moondial {

/// The state of a task in a run. The numbers are persisted: never change them.
enum class TaskState : uint8_t {
  kPending = 0,         ///< waits for its requirements
  kWaiting = 1,         ///< a run that awaits other tasks
  kReady = 2,           ///< waits for pool units
  kRunning = 3,         ///< an attempt is under way (its publishing included)
  kRetrying = 4,        ///< waits until its next attempt is due
  kDone = 5,            ///< an attempt succeeded
  kComplete = 6,        ///< was done before; not run
  kSkipped = 7,         ///< ended by skip or a false `when`
  kFailed = 8,          ///< no attempt is left
  kUpstreamFailed = 9,  ///< something it needs failed
  kBlocked = 10,        ///< waits for something external that is missing
  kCancelled = 11,
  kLost = 12,  ///< state of an attempt: its process vanished without a word
};

enum class RunState : uint8_t {
  kRunning = 0,
  kDone = 1,  ///< every asked-for task ended done, complete or skipped
  kFailed = 2,
  kCancelled = 3,
  kBlocked = 4,
  kLost = 5,  ///< its engine ended unexpectedly
};

/// No further change of state is possible.
[[nodiscard]] bool is_final(TaskState state);
/// done, complete or skipped.
[[nodiscard]] bool is_success(TaskState state);

/// `upstream_failed` and the like: the word in API, database views, console and terminal.
[[nodiscard]] std::string_view to_string(TaskState state);
[[nodiscard]] std::string_view to_string(RunState state);
[[nodiscard]] std::optional<TaskState> task_state_from(std::string_view word);
[[nodiscard]] std::optional<RunState> run_state_from(std::string_view word);

}  // namespace moondial
