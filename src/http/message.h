#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace moondial {

class ReplyStream;

/// A request, decoded.
struct HttpRequest {
  std::string method;
  std::string path;                          ///< without the query
  std::map<std::string, std::string> query;  ///< the last one of a name wins
  std::string accept;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< names in lower case
  bool over_tcp = false;                                          ///< else over the unix socket

  /// The first one of that name; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] size_t count(std::string_view name) const;
};

/// HEAD is GET: the library leaves the body out.
[[nodiscard]] std::string_view method_of(const HttpRequest& request);
/// It may change something.
[[nodiscard]] bool is_change(const HttpRequest& request);

/// What is answered: a body, or a stream.
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
