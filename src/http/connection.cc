#include "http/connection.h"

#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <utility>

#include "http/problem.h"
#include "http/reply_stream.h"

namespace moondial {
namespace {

MHD_Result add_query(void* to, MHD_ValueKind, const char* name, const char* value) {
  auto& query = *static_cast<std::map<std::string, std::string>*>(to);
  query[name] = value == nullptr ? "" : value;
  return MHD_YES;
}

MHD_Result add_header(void* to, MHD_ValueKind, const char* name, const char* value) {
  auto& headers = *static_cast<std::vector<std::pair<std::string, std::string>>*>(to);
  std::string key = name;
  std::ranges::transform(key, key.begin(), [](unsigned char c) { return std::tolower(c); });
  headers.emplace_back(std::move(key), value == nullptr ? "" : value);
  return MHD_YES;
}

/// What every answer says, unless it says it itself: nothing of it is kept, or taken for anything
/// but what it is, or shown inside of somebody else's page.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kHeaders = {{
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
}};

/// Two answers to where a body ends are two requests for somebody in between.
std::optional<HttpReply> refuse_framing(const HttpRequest& head) {
  const size_t lengths = head.count("content-length");
  if (lengths > 1 || (lengths == 1 && head.count("transfer-encoding") > 0)) {
    return problem(400, "the length of a request's body is told once");
  }
  return std::nullopt;
}

HttpReply too_large(size_t most) {
  return problem(413, "the body of this request is at most " + std::to_string(most >> 10) + " KiB");
}

HttpReply too_much() {
  HttpReply reply = problem(503,
                            "the bodies of requests that are under way are too much together; "
                            "try again in a moment");
  reply.headers.emplace_back("Retry-After", "5");
  return reply;
}

}  // namespace

Exchange::Exchange(ExchangeHost& host, MHD_Connection* connection, const char* method,
                   const char* path, bool over_tcp)
    : host_(host), connection_(connection), body_share_(host.site().bodies(over_tcp)) {
  request_.method = method;
  request_.path = path;
  request_.over_tcp = over_tcp;
}

MHD_Result Exchange::begin() {
  libmicrohttpd().get_connection_values(connection_, MHD_GET_ARGUMENT_KIND, &add_query,
                                        &request_.query);
  libmicrohttpd().get_connection_values(connection_, MHD_HEADER_KIND, &add_header,
                                        &request_.headers);
  request_.accept = request_.header("accept");
  request_.content_type = request_.header("content-type");
  const std::string length = request_.header("content-length");
  uint64_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  const bool has_body = size > 0 || request_.count("transfer-encoding") > 0;
  refusal_ = refuse_framing(request_);
  if (!refusal_) refusal_ = host_.site().refuse(request_, has_body);
  max_body_ = host_.site().max_body(request_);
  if (!refusal_ && size > max_body_) refusal_ = too_large(max_body_);
  const bool waits = strcasecmp(request_.header("expect").c_str(), "100-continue") == 0;
  if (!refusal_ || !waits) return MHD_YES;
  reply_ = std::move(refusal_);
  return queue_reply();
}

/// The body of a refused request is read and forgotten, so that the client gets to the answer.
void Exchange::take_body(const char* data, size_t size) {
  if (refusal_) return;
  const size_t together = request_.body.size() + size;
  if (together > max_body_) {
    refusal_ = too_large(max_body_);
  } else if (!body_share_.grow(together)) {
    refusal_ = too_much();
  } else {
    request_.body.append(data, size);
    return;
  }
  forget_body();
}

void Exchange::forget_body() {
  std::string().swap(request_.body);
  body_share_.release();
}

MHD_Result Exchange::proceed(const char* data, size_t* size) {
  if (*size > 0) {
    take_body(data, *size);
    *size = 0;
    return MHD_YES;
  }
  if (cut_) return MHD_NO;
  if (!handled_) {
    handled_ = true;
    if (refusal_) {
      reply_ = std::move(refusal_);
    } else {
      host_.site().handle(request_, [weak = weak_from_this()](HttpReply reply) {
        if (const auto live = weak.lock()) live->answer(std::move(reply));
      });
      forget_body();
    }
  }
  if (reply_) return queue_reply();
  suspend();
  return MHD_YES;
}

void Exchange::answer(HttpReply reply) {
  if (reply_ || connection_ == nullptr) return;
  reply_ = std::move(reply);
  resume();
}

void Exchange::abandon() {
  peer_.reset();
  connection_ = nullptr;
  suspended_ = false;
  if (reply_) reply_->stream.reset();
}

/// After what it refuses, the library looks at a connection again only if that is the one that has
/// been idle for longest, or has a timeout of its own: so it gets one.
void Exchange::cut() {
  cut_ = true;
  libmicrohttpd().set_connection_option(connection_, MHD_CONNECTION_OPTION_TIMEOUT, 1U);
  resume();
}

void Exchange::suspend() {
  if (suspended_) return;
  suspended_ = true;
  libmicrohttpd().suspend_connection(connection_);
  const auto* info =
      libmicrohttpd().get_connection_info(connection_, MHD_CONNECTION_INFO_CONNECTION_FD);
  peer_ = host_.loop().watch(info->connect_fd, {true, false}, [this](Readiness) { peer_spoke(); });
}

void Exchange::resume() {
  if (!suspended_ || connection_ == nullptr) return;
  suspended_ = false;
  peer_.reset();
  libmicrohttpd().resume_connection(connection_);
  host_.schedule_run();
}

void Exchange::peer_spoke() {
  const auto* info =
      libmicrohttpd().get_connection_info(connection_, MHD_CONNECTION_INFO_CONNECTION_FD);
  char byte = 0;
  const ssize_t n = ::recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n > 0) return peer_->set_interest({});  // the next request: it waits for this one's end
  cut();
}

MHD_Response* Exchange::make_response() {
  if (reply_->stream) {
    return libmicrohttpd().create_response_from_callback(
        MHD_SIZE_UNKNOWN, reply_->stream->block_size(),
        [](void* self, uint64_t, char* to, size_t max) {
          return static_cast<Exchange*>(self)->read_stream(to, max);
        },
        this, nullptr);
  }
  return libmicrohttpd().create_response_from_buffer(reply_->body.size(), reply_->body.data(),
                                                     MHD_RESPMEM_MUST_COPY);
}

void Exchange::add_headers(MHD_Response* response) const {
  for (const auto& [name, value] : reply_->headers) {
    libmicrohttpd().add_response_header(response, name.c_str(), value.c_str());
  }
  for (const auto& header : kHeaders) {
    const bool own = std::ranges::any_of(
        reply_->headers, [&header](const auto& one) { return one.first == header.first; });
    if (!own)
      libmicrohttpd().add_response_header(response, header.first.data(), header.second.data());
  }
}

MHD_Result Exchange::queue_reply() {
  MHD_Response* response = make_response();
  if (response == nullptr) return MHD_NO;
  libmicrohttpd().add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                      reply_->content_type.c_str());
  add_headers(response);
  if (host_.draining())
    libmicrohttpd().add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
  if (reply_->stream) {
    reply_->stream->on_readable([weak = weak_from_this()] {
      if (const auto live = weak.lock()) live->resume();
    });
  }
  const MHD_Result queued =
      libmicrohttpd().queue_response(connection_, static_cast<unsigned>(reply_->status), response);
  libmicrohttpd().destroy_response(response);
  reply_->body.clear();
  return queued;
}

ssize_t Exchange::read_stream(char* to, size_t max) {
  if (cut_) return MHD_CONTENT_READER_END_WITH_ERROR;
  ReplyStream& stream = *reply_->stream;
  const size_t size = stream.read(to, max);
  if (size > 0) return static_cast<ssize_t>(size);
  if (stream.at_end()) return MHD_CONTENT_READER_END_OF_STREAM;
  suspend();
  return 0;
}

}  // namespace moondial
