#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
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
};

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
