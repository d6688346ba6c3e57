#include "http/problem.h"

#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "http/views_json.h"

namespace moondial {
namespace {

const char* title(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not found";
    case 405:
      return "Method not allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content too large";
    case 414:
      return "URI too long";
    case 415:
      return "Unsupported media type";
    case 421:
      return "Misdirected request";
    case 422:
      return "Cannot be done as asked";
    case 503:
      return "Not now";
    default:
      return "Internal error";
  }
}

int status_of(Code code) {
  switch (code) {
    case Code::kInvalid:
      return 422;
    case Code::kNotFound:
      return 404;
    case Code::kConflict:
    case Code::kCancelled:
      return 409;
    case Code::kUnavailable:
      return 503;
    case Code::kIo:
    case Code::kCorrupt:
    case Code::kInternal:
      break;
  }
  return 500;
}

HttpReply make(int status, std::string_view detail, const std::vector<Diagnostic>& diagnostics) {
  OrderedJson body{{"type", "about:blank"},
                   {"title", title(status)},
                   {"status", status},
                   {"detail", printable(detail)}};
  if (!diagnostics.empty()) body["errors"] = diagnostics_view(diagnostics);
  HttpReply reply;
  reply.status = status;
  reply.content_type = "application/problem+json";
  reply.body = json_text(body);
  return reply;
}

}  // namespace

HttpReply problem(int status, std::string detail) { return make(status, detail, {}); }

HttpReply problem(const Error& error) {
  return make(status_of(error.code), error.message, error.diagnostics);
}

}  // namespace moondial
