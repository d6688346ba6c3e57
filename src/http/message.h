#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace moondial {

/// A request, decoded.
struct HttpRequest {
  std::string method;
  std::string path;                          ///< without the query
  std::map<std::string, std::string> query;  ///< the last one of a name wins
  std::string accept;
  std::string content_type;
  std::string body;
};

/// Events for one client, as text of server-sent events. It ends when the client has gone: then
/// nobody keeps it.
class ReplyStream {
 public:
  virtual ~ReplyStream() = default;
  /// Called when there is something to read again after read() returned 0.
  virtual void on_readable(std::function<void()> callback) = 0;
  /// Takes up to `max` bytes; 0 if there are none now.
  virtual size_t read(char* to, size_t max) = 0;
  /// All was read, the end included.
  [[nodiscard]] virtual bool at_end() const = 0;
};

/// What is answered: a body, or a stream of events.
struct HttpReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<ReplyStream> stream;  ///< instead of `body`
};

/// Answers a request, once: at once or later, on the loop's thread.
using Responder = std::function<void(HttpReply)>;

}  // namespace moondial
