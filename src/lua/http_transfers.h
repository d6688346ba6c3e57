#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/event_loop.h"

namespace moondial {

using WebHeaders = std::vector<std::pair<std::string, std::string>>;

/// What a script asks of a server.
struct WebRequest {
  std::string method = "GET";
  std::string url;
  WebHeaders headers;
  std::string body;      ///< of a POST and the like
  std::string out_path;  ///< absolute: where a body of a status below 400 goes; empty: kept
  std::optional<Duration> timeout;  ///< of the whole
  WebHeaders proxies;               ///< ScriptAttempt::proxies
};

struct WebResponse {
  int status = 0;
  WebHeaders headers;  ///< names in lower case; the same name once, values joined by ", "
  std::string body;    ///< empty if it went to out_path
};

/// HTTP(S) requests that go on beside each other on a loop, by libcurl. Redirects are followed;
/// a body that is kept is bounded (64 MiB), and so is connecting (30 s). Loop thread only.
class HttpTransfers {
 public:
  using Done = std::function<void(Result<WebResponse>)>;

  /// `loop` outlives it. Nothing is done before the first start().
  explicit HttpTransfers(EventLoop& loop);
  ~HttpTransfers();
  HttpTransfers(const HttpTransfers&) = delete;
  HttpTransfers& operator=(const HttpTransfers&) = delete;

  /// Destroying it ends the transfer and drops its callback; what was written to out_path goes.
  class Transfer;

  /// `done` is called once, later. It may destroy the transfer.
  [[nodiscard]] std::unique_ptr<Transfer> start(WebRequest request, Done done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A request that is under way.
class HttpTransfers::Transfer {
 public:
  struct State;
  explicit Transfer(std::unique_ptr<State> state);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace moondial
