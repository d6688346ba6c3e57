// A real HTTP server on a loopback port, on a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

struct MHD_Connection;
struct MHD_Daemon;

namespace moondial {

class HttpServer {
 public:
  struct Request {
    std::string method, path, query, body;
    std::map<std::string, std::string> headers;  // names in lower case
  };
  struct Answer {
    int status = 200;
    std::string body;
    std::map<std::string, std::string> headers;
    bool never = false;  // keeps the client waiting
  };
  /// `answer` is called on the server's thread, when requests() has the request.
  explicit HttpServer(std::function<Answer(const Request&)> answer);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::string url(const std::string& path) const;
  [[nodiscard]] std::vector<Request> requests() const;

 private:
  friend struct HttpServerCalls;
  std::function<Answer(const Request&)> answer_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;                // guarded by mutex_
  std::vector<MHD_Connection*> never_answered_;  // guarded by mutex_
  bool closing_ = false;                         // guarded by mutex_
  MHD_Daemon* daemon_ = nullptr;
  uint16_t port_ = 0;
};

}  // namespace moondial
