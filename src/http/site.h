#pragma once

#include <optional>
#include <string>

#include "http/access.h"
#include "http/api_routes.h"
#include "http/body_budget.h"
#include "http/message.h"

namespace moondial {

/// All that is served, and to whom: the API beneath /api/v1, and
///
///     GET  /              the console, with its parts and the addresses of its own
///     GET  /login?code=   makes a browser's session of a code, and leads to /
///     POST /login         makes one of a token
///     POST /logout        ends it
///     GET  /metrics       what it does, in Prometheus' text format
///     GET  /healthz       whether the daemon works; for anybody
///
/// Over TCP a request passes, in this order: the names that it asks by, who asks, whether there is
/// such a thing, whether they may. Loop thread only.
class Site {
 public:
  /// All three outlive it.
  Site(EventLoop& loop, EngineApi& api, Access& access)
      : engine_(api), access_(access), api_(loop, api, access) {}

  /// What is wrong with a request as far as its head tells; nothing if its body is to be read.
  [[nodiscard]] std::optional<HttpReply> refuse(const HttpRequest& head, bool has_body);
  [[nodiscard]] size_t max_body(const HttpRequest& head) const { return api_.max_body(head); }
  /// Of requests over TCP, and apart of those of the project's user.
  [[nodiscard]] BodyBudget& bodies(bool over_tcp) { return over_tcp ? remote_bodies_ : bodies_; }
  void end_streams() { api_.end_streams(); }
  /// `respond` is called once, before the call returns or later.
  void handle(const HttpRequest& request, Responder respond);

 private:
  struct Page;
  [[nodiscard]] static const Page* find(const HttpRequest& request);
  [[nodiscard]] std::optional<HttpReply> refuse_method(const HttpRequest& head) const;
  [[nodiscard]] std::optional<HttpReply> refuse_caller(const HttpRequest& head, Role least);
  [[nodiscard]] static HttpReply refuse_unknown(const Caller& caller);

  HttpReply log_in(const HttpRequest& request);
  HttpReply log_in_by_token(const HttpRequest& request);
  HttpReply log_out(const HttpRequest& request);
  HttpReply metrics(const HttpRequest& request);
  HttpReply health(const HttpRequest& request);

  EngineApi& engine_;
  Access& access_;
  ApiRoutes api_;
  BodyBudget bodies_, remote_bodies_;
};

}  // namespace moondial
