// For the sources of this folder that answer beneath /api/v1; nothing else includes it.
#pragma once

#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "http/api_routes.h"
#include "http/message.h"
#include "http/problem.h"
#include "http/reply_stream.h"

namespace moondial {

/// A request that has found its route.
struct ApiRoutes::Call {
  const HttpRequest& request;
  uint64_t id = 0;   ///< of the path
  std::string name;  ///< of the path, percent-decoded
  Responder respond;

  [[nodiscard]] RunId run() const { return RunId(id); }

  template <typename T>
  bool refused(const Result<T>& result) const {
    if (!result.ok()) respond(problem(result.error()));
    return !result.ok();
  }
  /// As `refused`, for what the client wrote wrongly.
  template <typename T>
  bool malformed(const Result<T>& result) const {
    if (!result.ok()) respond(problem(400, result.error().message));
    return !result.ok();
  }
};

template <typename Number>
std::optional<Number> number_from(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

inline HttpReply json_reply(std::string body) {
  HttpReply reply;
  reply.body = std::move(body);
  return reply;
}

inline HttpReply stream_reply(std::shared_ptr<ReplyStream> stream) {
  HttpReply reply;
  reply.content_type = "text/event-stream";
  reply.stream = std::move(stream);
  return reply;
}

/// A value of the query; empty if it is not given.
inline std::string query_text(const HttpRequest& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

/// A number of the query, within bounds; `fallback` if it is not given.
inline Result<int64_t> query_number(const HttpRequest& request, const std::string& name,
                                    int64_t fallback, int64_t least, int64_t most) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return fallback;
  const auto number = number_from<int64_t>(found->second);
  if (!number || *number < least || *number > most) {
    return Error{Code::kInvalid,
                 "'" + name + "' is to be a number from " + std::to_string(least) + " to " +
                     std::to_string(most),
                 {}};
  }
  return *number;
}

/// `?name=1`
inline bool is_asked(const HttpRequest& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found != request.query.end() && found->second != "0";
}

inline bool wants_events(const HttpRequest& request) {
  return request.accept.find("text/event-stream") != std::string::npos;
}

}  // namespace moondial
