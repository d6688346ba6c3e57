#include "cli/session.h"

#include <poll.h>

#include <algorithm>
#include <chrono>

#include "cli/engine_launcher.h"

namespace moondial {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kBound(10);
constexpr int kFirstPauseMs = 2;
constexpr int kLongestPauseMs = 100;

bool shutting_down(const Result<ApiResponse>& answer) {
  return answer.ok() && answer->status == 503;
}

bool no_engine(const Result<ApiResponse>& answer) {
  return !answer.ok() && answer.error().code == Code::kUnavailable;
}

/// False: interrupted.
bool pause(int ms, const Interrupt& interrupt) {
  pollfd polled{interrupt.fd, POLLIN, 0};
  return ::poll(&polled, 1, ms) <= 0 || polled.revents == 0 || interrupt.go_on();
}

}  // namespace

template <typename Ask>
Result<ApiResponse> Session::with_engine(const Ask& ask, const Interrupt& interrupt) {
  const auto deadline = Clock::now() + kBound;
  int pause_ms = kFirstPauseMs;
  for (;;) {
    Result<ApiResponse> answer = ask();
    if (!shutting_down(answer) && !no_engine(answer)) return answer;
    if (Clock::now() > deadline) {
      if (answer.ok()) return answer;
      return Error{Code::kUnavailable,
                   "no engine could be reached in " + std::to_string(kBound.count()) +
                       " seconds; what it said is in " + project_.engine_log + " (" +
                       answer.error().message + ")",
                   {}};
    }
    if (no_engine(answer)) {
      const Status started = launch_engine(project_, interrupt);
      if (started.ok()) continue;
      if (started.error().code != Code::kConflict) return started.error();
    }
    // One that is ending, or starting elsewhere.
    if (!pause(pause_ms, interrupt)) return Error{Code::kCancelled, "interrupted", {}};
    pause_ms = std::min(pause_ms * 2, kLongestPauseMs);
  }
}

Result<ApiResponse> Session::send(const ApiRequest& request) {
  return with_engine([&] { return client_.send(request); }, Interrupt{});
}

Result<ApiResponse> Session::stream(const ApiRequest& request, StreamReader& reader, int wake_fd) {
  return with_engine([&] { return client_.stream(request, reader, wake_fd); },
                     Interrupt{wake_fd, [&reader] { return reader.on_wake(); }});
}

}  // namespace moondial
