#include "cli/session.h"

#include <poll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cstdlib>

#include "base/duration.h"
#include "base/json.h"
#include "cli/engine_last_words.h"
#include "cli/engine_launcher.h"
#include "http/unix_socket.h"

namespace moondial {
namespace {

constexpr std::chrono::seconds kBound(10);
constexpr int kFirstPauseMs = 2;
constexpr int kLongestPauseMs = 100;
constexpr long kLookBoundMs = 5'000;
/// For a service manager to start a daemon again, and for it to go on with its runs.
constexpr std::chrono::seconds kNextEngineBound(60);

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

/// Readable after `delay`.
OwnedFd timer_after(std::chrono::milliseconds delay) {
  OwnedFd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  itimerspec due{};
  due.it_value.tv_sec = delay.count() / 1000;
  due.it_value.tv_nsec = delay.count() % 1000 * 1'000'000 + 1;  // never zero: that is no timer
  if (fd) ::timerfd_settime(fd.get(), 0, &due, nullptr);
  return fd;
}

/// At least one: zero would be no bound.
long milliseconds_until(std::chrono::steady_clock::time_point deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  return std::max<long>(std::chrono::duration_cast<std::chrono::milliseconds>(left).count(), 1);
}

}  // namespace

template <typename Ask>
Result<ApiResponse> Session::with_engine(const Ask& ask, const Interrupt& interrupt,
                                         Clock::time_point deadline) {
  int pause_ms = kFirstPauseMs;
  for (;;) {
    Result<ApiResponse> answer = ask();
    if (!shutting_down(answer) && !no_engine(answer)) return answer;
    if (Clock::now() > deadline) {
      if (answer.ok()) return answer;
      const std::string why = engine_last_words(project_);
      return Error{Code::kUnavailable,
                   "no engine could be reached in time; what it said is in " + project_.engine_log +
                       " (" + (why.empty() ? answer.error().message : why) + ")",
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
  return with_engine([&] { return client_.send(request); }, Interrupt{}, Clock::now() + kBound);
}

Result<ApiResponse> Session::send_within(const ApiRequest& request,
                                         std::chrono::milliseconds bound) {
  const auto deadline = Clock::now() + bound;
  const OwnedFd timer = timer_after(bound);
  const auto ask = [&] { return client_.send(request, milliseconds_until(deadline)); };
  return with_engine(ask, Interrupt{timer.get(), [] { return false; }}, deadline);
}

Result<ApiResponse> Session::open(const ApiRequest& request, HttpStream& stream) {
  return with_engine([&] { return stream.open(request); }, Interrupt{}, Clock::now() + kBound);
}

bool Session::talks_to_daemon() {
  const auto answer = client_.send({"GET", "engine", ""}, kLookBoundMs);
  return answer.ok() && answer->ok() && json_string(parse_json(answer->body), "kind") == "serve";
}

std::chrono::seconds Session::next_engine_bound() {
  const char* const told = std::getenv("MOONDIAL_ENGINE_WAIT");
  if (told == nullptr) return kNextEngineBound;
  const auto seconds = parse_duration(told);
  if (!seconds.ok() || *seconds < Duration(0)) return kNextEngineBound;
  return std::chrono::duration_cast<std::chrono::seconds>(*seconds);
}

Status Session::wait_for_next(const Interrupt& interrupt) {
  const auto deadline = Clock::now() + next_engine_bound();
  for (;;) {
    const auto answer = client_.send({"GET", "engine", ""}, kLookBoundMs);
    if (answer.ok() && answer->ok()) return Status();
    if (Clock::now() > deadline) return {Code::kUnavailable, "no engine has come"};
    if (!pause(kLongestPauseMs, interrupt)) return {Code::kCancelled, "interrupted"};
  }
}

Result<ApiResponse> Session::stream(const ApiRequest& request, StreamReader& reader, int wake_fd) {
  return with_engine([&] { return client_.stream(request, reader, wake_fd); },
                     Interrupt{wake_fd, [&reader] { return reader.on_wake(); }},
                     Clock::now() + kBound);
}

}  // namespace moondial
