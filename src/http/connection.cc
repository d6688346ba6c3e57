#include "http/connection.h"

#include <strings.h>
#include <sys/socket.h>

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

HttpReply too_large() {
  return problem(413, "the body of a request is at most " +
                          std::to_string(ApiRoutes::kMaxBody >> 20) + " MiB");
}

}  // namespace

Exchange::Exchange(ExchangeHost& host, MHD_Connection* connection, const char* method,
                   const char* path)
    : host_(host), connection_(connection) {
  request_.method = method;
  request_.path = path;
}

std::string Exchange::header(const char* name) const {
  const char* value = MHD_lookup_connection_value(connection_, MHD_HEADER_KIND, name);
  return value == nullptr ? "" : value;
}

MHD_Result Exchange::begin() {
  MHD_get_connection_values(connection_, MHD_GET_ARGUMENT_KIND, &add_query, &request_.query);
  request_.accept = header(MHD_HTTP_HEADER_ACCEPT);
  request_.content_type = header(MHD_HTTP_HEADER_CONTENT_TYPE);
  const std::string length = header(MHD_HTTP_HEADER_CONTENT_LENGTH);
  uint64_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  const bool has_body = size > 0 || !header(MHD_HTTP_HEADER_TRANSFER_ENCODING).empty();
  refusal_ = host_.routes().refuse(request_, has_body);
  if (!refusal_ && size > ApiRoutes::kMaxBody) refusal_ = too_large();
  const bool waits = strcasecmp(header(MHD_HTTP_HEADER_EXPECT).c_str(), "100-continue") == 0;
  if (!refusal_ || !waits) return MHD_YES;
  reply_ = std::move(refusal_);
  return queue_reply();
}

MHD_Result Exchange::proceed(const char* data, size_t* size) {
  if (*size > 0) {
    // The body of a refused request is read and forgotten, so that the client gets to the answer.
    if (!refusal_ && request_.body.size() + *size > ApiRoutes::kMaxBody) refusal_ = too_large();
    if (!refusal_) request_.body.append(data, *size);
    *size = 0;
    return MHD_YES;
  }
  if (cut_) return MHD_NO;
  if (!handled_) {
    handled_ = true;
    if (refusal_) {
      reply_ = std::move(refusal_);
    } else {
      host_.routes().handle(request_, [weak = weak_from_this()](HttpReply reply) {
        if (const auto live = weak.lock()) live->answer(std::move(reply));
      });
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

void Exchange::cut() {
  cut_ = true;
  resume();
}

void Exchange::suspend() {
  if (suspended_) return;
  suspended_ = true;
  MHD_suspend_connection(connection_);
  const auto* info = MHD_get_connection_info(connection_, MHD_CONNECTION_INFO_CONNECTION_FD);
  peer_ = host_.loop().watch(info->connect_fd, {true, false}, [this](Readiness) { peer_spoke(); });
}

void Exchange::resume() {
  if (!suspended_ || connection_ == nullptr) return;
  suspended_ = false;
  peer_.reset();
  MHD_resume_connection(connection_);
  host_.schedule_run();
}

void Exchange::peer_spoke() {
  const auto* info = MHD_get_connection_info(connection_, MHD_CONNECTION_INFO_CONNECTION_FD);
  char byte = 0;
  const ssize_t n = ::recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n > 0) return peer_->set_interest({});  // the next request: it waits for this one's end
  cut();
}

MHD_Response* Exchange::make_response() {
  if (reply_->stream) {
    return MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, reply_->stream->block_size(),
        [](void* self, uint64_t, char* to, size_t max) {
          return static_cast<Exchange*>(self)->read_stream(to, max);
        },
        this, nullptr);
  }
  return MHD_create_response_from_buffer(reply_->body.size(), reply_->body.data(),
                                         MHD_RESPMEM_MUST_COPY);
}

MHD_Result Exchange::queue_reply() {
  MHD_Response* response = make_response();
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply_->content_type.c_str());
  for (const auto& [name, value] : reply_->headers) {
    MHD_add_response_header(response, name.c_str(), value.c_str());
  }
  if (host_.draining()) MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
  if (reply_->stream) {
    reply_->stream->on_readable([weak = weak_from_this()] {
      if (const auto live = weak.lock()) live->resume();
    });
  }
  const MHD_Result queued =
      MHD_queue_response(connection_, static_cast<unsigned>(reply_->status), response);
  MHD_destroy_response(response);
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
