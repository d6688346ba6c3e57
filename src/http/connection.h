// Between libmicrohttpd and the routes; for http_server.cc only.
#pragma once

#include <libmicrohttpd.h>

#include <memory>
#include <optional>

#include "engine/event_loop.h"
#include "http/body_budget.h"
#include "http/message.h"
#include "http/site.h"

namespace moondial {

/// What a request needs of its server.
class ExchangeHost {
 public:
  virtual ~ExchangeHost() = default;
  virtual EventLoop& loop() = 0;
  virtual Site& site() = 0;
  /// A connection was resumed: the library is to be run.
  virtual void schedule_run() = 0;
  [[nodiscard]] virtual bool draining() const = 0;
};

/// One request and its answer, from its head to the last byte of the reply.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(ExchangeHost& host, MHD_Connection* connection, const char* method, const char* path,
           bool over_tcp);

  /// The head was read.
  MHD_Result begin();
  /// More of the body, or its end.
  MHD_Result proceed(const char* data, size_t* size);

  /// All of the request was read.
  [[nodiscard]] bool has_arrived() const { return handled_; }
  /// The connection is gone for this request; the answer, if it still comes, is dropped.
  void abandon();
  /// Ends it unanswered, for closing down.
  void cut();

 private:
  void take_body(const char* data, size_t size);
  void forget_body();
  void answer(HttpReply reply);
  MHD_Result queue_reply();
  ssize_t read_stream(char* to, size_t max);
  void suspend();
  void resume();
  void peer_spoke();
  void add_headers(MHD_Response* response) const;
  [[nodiscard]] MHD_Response* make_response();

  ExchangeHost& host_;
  MHD_Connection* connection_;  // null once it is gone
  HttpRequest request_;
  std::optional<HttpReply> refusal_;  // decided by the head, told after the body
  std::optional<HttpReply> reply_;
  size_t max_body_ = 0;
  BodyBudget::Share body_share_;
  bool handled_ = false;
  bool suspended_ = false;
  bool cut_ = false;
  std::unique_ptr<FdWatch> peer_;  // while suspended: to notice that the client has gone
};

}  // namespace moondial
