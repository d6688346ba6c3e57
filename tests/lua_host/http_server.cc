#include "tests/lua_host/http_server.h"

#include <libmicrohttpd.h>
#include <netinet/in.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <stdexcept>

namespace moondial {

struct HttpServerCalls {
  static MHD_Result note_header(void* to, MHD_ValueKind, const char* name, const char* value) {
    std::string key(name);
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return std::tolower(c); });
    static_cast<HttpServer::Request*>(to)->headers[key] = value == nullptr ? "" : value;
    return MHD_YES;
  }
  static MHD_Result note_query(void* to, MHD_ValueKind, const char* name, const char* value) {
    auto& query = static_cast<HttpServer::Request*>(to)->query;
    query += (query.empty() ? "" : "&") + std::string(name) + "=" + (value ? value : "");
    return MHD_YES;
  }

  static MHD_Result handle(void* self, MHD_Connection* connection, const char* path,
                           const char* method, const char*, const char* data, size_t* size,
                           void** state) {
    auto& server = *static_cast<HttpServer*>(self);
    auto* request = static_cast<HttpServer::Request*>(*state);
    if (request == nullptr) {
      request = new HttpServer::Request{method, path, {}, {}, {}};
      *state = request;
      return MHD_YES;
    }
    if (*size > 0) {
      request->body.append(data, *size);
      *size = 0;
      return MHD_YES;
    }
    libmicrohttpd().get_connection_values(connection, MHD_HEADER_KIND, &note_header, request);
    libmicrohttpd().get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &note_query, request);
    {
      const std::scoped_lock lock(server.mutex_);
      server.requests_.push_back(*request);
    }
    const HttpServer::Answer answer = server.answer_(*request);
    {
      const std::scoped_lock lock(server.mutex_);
      if (server.closing_) return MHD_NO;
      if (answer.never) {
        server.never_answered_.push_back(connection);
        libmicrohttpd().suspend_connection(connection);
        return MHD_YES;
      }
    }
    MHD_Response* response = libmicrohttpd().create_response_from_buffer(
        answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
    for (const auto& [name, value] : answer.headers) {
      libmicrohttpd().add_response_header(response, name.c_str(), value.c_str());
    }
    const MHD_Result queued =
        libmicrohttpd().queue_response(connection, static_cast<unsigned>(answer.status), response);
    libmicrohttpd().destroy_response(response);
    return queued;
  }
  static void completed(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
    delete static_cast<HttpServer::Request*>(*state);
    *state = nullptr;
  }
};

HttpServer::HttpServer(std::function<Answer(const Request&)> answer) : answer_(std::move(answer)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  daemon_ = libmicrohttpd().start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
      &HttpServerCalls::handle, this, MHD_OPTION_SOCK_ADDR, reinterpret_cast<sockaddr*>(&address),
      MHD_OPTION_NOTIFY_COMPLETED, &HttpServerCalls::completed, nullptr, MHD_OPTION_END);
  if (daemon_ == nullptr) throw std::runtime_error("no HTTP server can be started");
  port_ = libmicrohttpd().get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT)->port;
}

HttpServer::~HttpServer() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
    for (MHD_Connection* connection : never_answered_)
      libmicrohttpd().resume_connection(connection);
  }
  libmicrohttpd().stop_daemon(daemon_);
}

std::string HttpServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<HttpServer::Request> HttpServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

}  // namespace moondial
