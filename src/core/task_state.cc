#include "core/task_state.h"

#include <array>

namespace moondial {
namespace {

constexpr std::array<std::string_view, 13> kTaskWords = {
    "pending", "waiting", "ready",           "running", "retrying",  "done", "complete",
    "skipped", "failed",  "upstream_failed", "blocked", "cancelled", "lost"};
constexpr std::array<std::string_view, 6> kRunWords = {"running",   "done",    "failed",
                                                       "cancelled", "blocked", "lost"};

}  // namespace

bool is_final(TaskState state) { return state >= TaskState::kDone; }

bool is_success(TaskState state) {
  return state == TaskState::kDone || state == TaskState::kComplete || state == TaskState::kSkipped;
}

std::string_view to_string(TaskState state) { return kTaskWords.at(static_cast<size_t>(state)); }

std::string_view to_string(RunState state) { return kRunWords.at(static_cast<size_t>(state)); }

std::optional<TaskState> task_state_from(std::string_view word) {
  for (size_t i = 0; i < kTaskWords.size(); ++i) {
    if (kTaskWords[i] == word) return static_cast<TaskState>(i);
  }
  return std::nullopt;
}

std::optional<RunState> run_state_from(std::string_view word) {
  for (size_t i = 0; i < kRunWords.size(); ++i) {
    if (kRunWords[i] == word) return static_cast<RunState>(i);
  }
  return std::nullopt;
}

}  // namespace moondial
