// HTTP by hand over a unix socket, in steps of the loop that serves it.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/json.h"
#include "http/http_server.h"
#include "http/unix_socket.h"
#include "tests/http/fake_api.h"
#include "tests/http/poll_loop.h"

namespace moondial {

/// A folder that is gone with its owner.
class TempFolder {
 public:
  TempFolder() {
    char name[] = "/tmp/moondial-http-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TempFolder() { ::rmdir(path.c_str()); }
  std::string path;
};

class RawClient {
 public:
  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    [[nodiscard]] Json json() const { return parse_json(body); }
  };

  RawClient(PollLoop& loop, const std::string& socket_path) : loop_(loop) {
    const auto address = SocketAddress::of(socket_path);
    fd_ = OwnedFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::copy(address->path().begin(), address->path().end(), name.sun_path);
    connected = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
    ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
  }

  RawClient(PollLoop& loop, const ListenAddress& address) : loop_(loop) {
    host = address.text();
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(address.port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd_ = OwnedFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    connected = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
    ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
      if (n < 0 && errno != EAGAIN) return;
      loop_.step();
    }
  }
  void ask(const std::string& method, const std::string& path, const std::string& body = "",
           const std::string& headers = "Content-Type: application/json\r\n") {
    std::string text = method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + always;
    if (!body.empty()) {
      text += headers + "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    send(text + "\r\n" + body);
  }
  Answer get(const std::string& path) { return request("GET", path); }
  Answer request(const std::string& method, const std::string& path, const std::string& body = "",
                 const std::string& headers = "Content-Type: application/json\r\n") {
    ask(method, path, body, headers);
    return answer();
  }
  /// The next whole answer with a Content-Length.
  Answer answer() {
    Answer out;
    wait([&] { return received.find("\r\n\r\n") != std::string::npos; });
    const size_t end = received.find("\r\n\r\n");
    if (end == std::string::npos) return out;
    out.head = received.substr(0, end + 2);
    received.erase(0, end + 4);
    out.status = std::atoi(out.head.c_str() + 9);
    const size_t at = out.head.find("Content-Length: ");
    if (at == std::string::npos) return out;
    const size_t length = std::strtoul(out.head.c_str() + at + 16, nullptr, 10);
    wait([&] { return received.size() >= length; });
    out.body = received.substr(0, length);
    received.erase(0, std::min(length, received.size()));
    return out;
  }
  /// Reads what there is.
  void read() {
    loop_.settle();
    char buffer[65536];
    for (;;) {
      const ssize_t n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
      if (n == 0) closed = true;
      if (n <= 0) break;
      received.append(buffer, static_cast<size_t>(n));
      loop_.settle();
    }
  }
  void wait(const std::function<bool()>& until) {
    for (int i = 0; i < 200 && !until() && !closed; ++i) read();
  }
  void close() { fd_.reset(); }

  std::string host = "x";
  std::string always;  ///< headers, each with its line end
  std::string received;
  bool connected = false;
  bool closed = false;

 private:
  PollLoop& loop_;
  OwnedFd fd_;
};

/// A server over a fake engine.
struct Served {
  Served() {
    auto made = HttpServer::listen(loop, api, socket_path());
    if (made.ok()) server = std::move(made).value();
  }
  /// Over TCP, with an Authorization if `token` is not empty.
  [[nodiscard]] RawClient tcp(const std::string& token = "") {
    if (!server->access().listens()) {
      (void)server->listen_tcp(*parse_listen_address("127.0.0.1:0"));
    }
    RawClient out(loop, *server->access().listens());
    if (!token.empty()) out.always = "Authorization: Bearer " + token + "\r\n";
    return out;
  }
  [[nodiscard]] std::string socket_path() const { return folder.path + "/engine.sock"; }
  RawClient client() { return {loop, socket_path()}; }

  TempFolder folder;
  PollLoop loop;
  FakeApi api{loop};
  std::unique_ptr<HttpServer> server;
};

}  // namespace moondial
