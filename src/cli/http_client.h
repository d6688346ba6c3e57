#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/sse_parser.h"

namespace moondial {

struct ApiRequest {
  std::string method = "GET";
  std::string path;  ///< beneath /api/v1/, with its query
  std::string body;  ///< JSON; may be empty
};

struct ApiResponse {
  int status = 0;
  std::string content_type;
  std::string body;  ///< empty for a stream of events
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

/// Who reads a stream.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  virtual void on_event(const SseEvent& event) = 0;
  /// Called whenever the watched descriptor is readable, and at least every `tick_ms()`. False
  /// ends the stream.
  virtual bool on_wake() = 0;
  [[nodiscard]] virtual int tick_ms() const = 0;
};

/// Loads what HTTP is spoken with: some milliseconds, for when there is nothing else to do. Else
/// the first request does.
void warm_up_http();

/// A text as the value of a parameter in a path's query.
[[nodiscard]] std::string query_value(const std::string& text);

/// A stream of events that is read when one wants, and stays open meanwhile: the engine learns by
/// it when we are gone. Errors are those of HttpClient.
class HttpStream {
 public:
  explicit HttpStream(std::string socket_path);
  ~HttpStream();
  HttpStream(const HttpStream&) = delete;
  HttpStream& operator=(const HttpStream&) = delete;

  /// Asks, and waits for the answer to begin. One that is no stream is returned like that of
  /// HttpClient::send(). What was open before is left.
  [[nodiscard]] Result<ApiResponse> open(const ApiRequest& request);
  [[nodiscard]] bool is_open() const;
  /// Takes what has come. If that is nothing, waits for it, unless `wake_fd` becomes readable or
  /// `most_ms` have passed (below 0: no bound). After the stream's end it is not open any more.
  [[nodiscard]] std::vector<SseEvent> read(int wake_fd, int most_ms);
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Speaks HTTP with an engine over its unix socket. A connection is kept for the next request.
/// Errors: kUnavailable if no engine is there or it went away before it answered (which says
/// nothing about whether it did what was asked), kIo if it went away in the middle of an answer,
/// kCancelled if the reader ended the stream.
class HttpClient {
 public:
  explicit HttpClient(std::string socket_path);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Waits for the answer, `bound_ms` at most; 0: as long as it takes.
  [[nodiscard]] Result<ApiResponse> send(const ApiRequest& request, long bound_ms = 0);
  /// Lets the connection go: an engine stays as long as there is one.
  void hang_up();

  /// Asks for events and hands them to `reader` until they end. `wake_fd` is watched meanwhile.
  /// An answer that is no stream (a problem) is returned like that of send(). send() may be called
  /// from within the reader's functions.
  [[nodiscard]] Result<ApiResponse> stream(const ApiRequest& request, StreamReader& reader,
                                           int wake_fd);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moondial
