#include "http/site.h"

#include <array>
#include <utility>

#include "base/json.h"
#include "http/console.h"
#include "http/metrics.h"
#include "http/problem.h"

namespace moondial {
namespace {

constexpr size_t kLongestAddress = 8 << 10;
constexpr const char* kPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'";

/// A page of one paragraph. `text` is HTML of our own.
HttpReply page(int status, const std::string& text) {
  HttpReply reply;
  reply.status = status;
  reply.content_type = "text/html; charset=utf-8";
  reply.headers.emplace_back("Content-Security-Policy", kPagePolicy);
  reply.body =
      "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>moondial</title>\n"
      "<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; "
      "padding: 0 1rem; color-scheme: light dark }</style>\n<h1>moondial</h1>\n" +
      text + "\n</html>\n";
  return reply;
}

std::string_view type_of(const HttpRequest& head) {
  return std::string_view(head.content_type).substr(0, head.content_type.find_first_of("; "));
}

}  // namespace

struct Site::Page {
  std::string_view method;
  std::string_view path;
  Role least;
  HttpReply (Site::*handler)(const HttpRequest&);
};

const Site::Page* Site::find(const HttpRequest& request) {
  static constexpr std::array kPages = {
      Page{"GET", "/login", Role::kNone, &Site::log_in},
      Page{"POST", "/login", Role::kViewer, &Site::log_in_by_token},
      Page{"POST", "/logout", Role::kViewer, &Site::log_out},
      Page{"GET", "/metrics", Role::kViewer, &Site::metrics},
      Page{"GET", "/healthz", Role::kNone, &Site::health},
  };
  const Page* found = nullptr;
  for (const Page& one : kPages) {
    if (one.path != request.path) continue;
    if (found == nullptr || one.method == request.method) found = &one;
  }
  return found;
}

std::optional<HttpReply> Site::refuse(const HttpRequest& head, bool has_body) {
  if (head.path.size() > kLongestAddress) {
    return problem(414, "the path of a request is at most 8 KiB");
  }
  const Page* mine = find(head);
  if (head.over_tcp) {
    // A balancer that asks for the health of many knows no names.
    const bool is_health = mine != nullptr && mine->handler == &Site::health;
    if (auto wrong = is_health ? std::nullopt : access_.check_names(head)) return wrong;
    const Role least = mine != nullptr        ? mine->least
                       : is_for_console(head) ? Role::kNone
                                              : api_.least_role(head);
    if (auto wrong = refuse_caller(head, least)) return wrong;
  }
  if (mine != nullptr) return refuse_method(head);
  if (is_for_console(head)) return std::nullopt;
  return api_.refuse(head, has_body);
}

std::optional<HttpReply> Site::refuse_method(const HttpRequest& head) const {
  const Page& mine = *find(head);
  // A look at the head alone does not use a code up.
  const bool fits =
      mine.method == method_of(head) && (mine.handler != &Site::log_in || head.method == "GET");
  if (fits) return std::nullopt;
  const std::string allowed = mine.path == "/login"   ? "GET, POST"
                              : mine.method == "POST" ? "POST"
                                                      : "GET, HEAD";
  HttpReply reply = problem(405, head.path + " takes " + allowed);
  reply.headers.emplace_back("Allow", allowed);
  return reply;
}

HttpReply Site::refuse_unknown(const Caller& caller) {
  HttpReply reply = problem(401, caller.refused.empty()
                                     ? "over TCP a request needs `Authorization: Bearer TOKEN`: "
                                       "`moondial token add` makes one"
                                     : caller.refused);
  const bool wrong = !caller.refused.empty() && !caller.by_cookie;
  reply.headers.emplace_back(
      "WWW-Authenticate", wrong ? "Bearer error=\"invalid_token\"" : "Bearer realm=\"moondial\"");
  return reply;
}

/// Over TCP: who asks, and whether they may.
std::optional<HttpReply> Site::refuse_caller(const HttpRequest& head, Role least) {
  if (least == Role::kNone) return std::nullopt;
  const Caller caller = access_.caller(head);
  if (caller.role == Role::kNone) return refuse_unknown(caller);
  if (least == Role::kOwner) {
    return problem(403, head.path +
                            " is there for the owner of the project, through the unix "
                            "socket alone");
  }
  if (caller.role < least) {
    return problem(403, "this takes the role " + std::string(to_string(least)) + ", and yours is " +
                            std::string(to_string(caller.role)));
  }
  if (!is_change(head)) return std::nullopt;
  // A form of any page can send a cookie along, but neither of these.
  if (caller.by_cookie && head.header("x-moondial") != "1") {
    return problem(403, "a change in a browser's session needs the header `X-Moondial: 1`");
  }
  if (type_of(head) != "application/json") {
    return problem(415, "a change over TCP needs `Content-Type: application/json`");
  }
  return std::nullopt;
}

void Site::handle(const HttpRequest& request, Responder respond) {
  if (const Page* mine = find(request)) return respond((this->*mine->handler)(request));
  if (is_for_console(request)) return respond(console_reply(request));
  api_.handle(request, std::move(respond));
}

HttpReply Site::log_in(const HttpRequest& request) {
  const auto code = request.query.find("code");
  const auto secret =
      code == request.query.end() ? std::nullopt : access_.sessions().sign_in(code->second);
  if (!secret) {
    return page(403,
                "<p>This address is good for one sign-in, within a minute. <code>moondial "
                "console</code> makes a new one.</p>");
  }
  HttpReply reply = page(303, "<p><a href=\"/\">Go on</a></p>");
  reply.headers.emplace_back("Location", "/");
  reply.headers.emplace_back("Set-Cookie", access_.cookie(*secret));
  return reply;
}

/// Whoever is let in by a token. The session is worth what the token is, for as long as it is.
HttpReply Site::log_in_by_token(const HttpRequest& request) {
  const Caller caller = access_.caller(request);
  if (caller.by_cookie || caller.token_sha256.empty()) {
    return problem(400, "a session is made of a token: `Authorization: Bearer TOKEN`");
  }
  HttpReply reply;
  reply.body = "{}";
  reply.headers.emplace_back(
      "Set-Cookie", access_.cookie(access_.sessions().sign_in_by_token(caller.token_sha256)));
  return reply;
}

HttpReply Site::log_out(const HttpRequest& request) {
  access_.sessions().sign_out(access_.session_of(request));
  HttpReply reply;
  reply.body = "{}";
  reply.headers.emplace_back("Set-Cookie", access_.cookie(""));
  return reply;
}

HttpReply Site::metrics(const HttpRequest&) {
  HttpReply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = metrics_text(engine_.info(), engine_.activity(), ProcessUsage::now(),
                            {api_.listeners(), access_.sessions().count()});
  return reply;
}

HttpReply Site::health(const HttpRequest&) {
  OrderedJson warnings = OrderedJson::array();
  if (!access_.tokens().status().ok()) warnings.push_back("tokens cannot be read");
  HttpReply reply;
  reply.body = json_text(OrderedJson{{"status", "ok"}, {"warnings", std::move(warnings)}});
  return reply;
}

}  // namespace moondial
