#pragma once

#include <chrono>
#include <string>

#include "base/status.h"
#include "cli/engine_launcher.h"
#include "cli/http_client.h"
#include "cli/project.h"

namespace moondial {

/// Talks to a project's engine, and starts one if none answers. An engine that is just ending, or
/// one that another client is just starting, is waited for, ten seconds at most. What is sent may
/// be sent again after a lost connection, so what makes something carries an id of its own.
/// An answer of any status is a result; an error says that no engine could be talked to.
class Session {
 public:
  explicit Session(Project project) : project_(std::move(project)), client_(project_.socket_path) {}

  [[nodiscard]] const Project& project() const { return project_; }

  [[nodiscard]] Result<ApiResponse> send(const ApiRequest& request);
  /// The same, in `bound` altogether.
  [[nodiscard]] Result<ApiResponse> send_within(const ApiRequest& request,
                                                std::chrono::milliseconds bound);
  /// As HttpClient::stream(). kIo: the engine went away after it had begun to answer.
  [[nodiscard]] Result<ApiResponse> stream(const ApiRequest& request, StreamReader& reader,
                                           int wake_fd);
  /// Opens a stream that is read by and by.
  [[nodiscard]] Result<ApiResponse> open(const ApiRequest& request, HttpStream& stream);
  /// Whether the engine that is there is one that stays: what it runs outlives it, and another one
  /// may be expected after it.
  [[nodiscard]] bool talks_to_daemon();
  /// After that one went away: waits until an engine answers, and starts none. kUnavailable: none
  /// has in next_engine_bound(). kCancelled: interrupted.
  [[nodiscard]] Status wait_for_next(const Interrupt& interrupt);
  [[nodiscard]] static std::chrono::seconds next_engine_bound();
  /// Lets go of the engine until something is sent.
  void hang_up() { client_.hang_up(); }
  /// As stream(), from the engine that is there, or fails.
  [[nodiscard]] Result<ApiResponse> stream_from_running(const ApiRequest& request,
                                                        StreamReader& reader, int wake_fd) {
    return client_.stream(request, reader, wake_fd);
  }
  /// Sends to the engine that is there, or fails; `bound_ms` at most.
  [[nodiscard]] Result<ApiResponse> send_to_running(const ApiRequest& request, long bound_ms) {
    return client_.send(request, bound_ms);
  }

 private:
  using Clock = std::chrono::steady_clock;

  template <typename Ask>
  Result<ApiResponse> with_engine(const Ask& ask, const Interrupt& interrupt,
                                  Clock::time_point deadline);

  const Project project_;
  HttpClient client_;
};

}  // namespace moondial
