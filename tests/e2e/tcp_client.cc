#include "tests/e2e/tcp_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "tests/catch.h"

namespace moondial::e2e {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

}  // namespace

std::string TcpClient::Answer::header(std::string_view name) const {
  const std::string wanted = "\r\n" + lower(name) + ": ";
  const size_t at = lower(head).find(wanted);
  if (at == std::string::npos) return "";
  const size_t from = at + wanted.size();
  return head.substr(from, head.find("\r\n", from) - from);
}

TcpClient::TcpClient(const std::string& address) : address_(address) {
  const size_t colon = address.rfind(':');
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + colon + 1)));
  REQUIRE(::inet_pton(AF_INET, address.substr(0, colon).c_str(), &name.sin_addr) == 1);
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{60, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
}

TcpClient::TcpClient(TcpClient&& other) noexcept
    : address_(std::move(other.address_)),
      fd_(std::exchange(other.fd_, -1)),
      received_(std::move(other.received_)) {}

TcpClient::~TcpClient() {
  if (fd_ >= 0) ::close(fd_);
}

bool TcpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) FAIL("nothing was read for a minute");
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool TcpClient::read_some() {
  char buffer[65536];
  ssize_t n = 0;
  do {
    n = ::recv(fd_, buffer, sizeof buffer, 0);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN) FAIL("nothing came for a minute, after: " << received_);
  if (n <= 0) return false;
  received_.append(buffer, static_cast<size_t>(n));
  return true;
}

bool TcpClient::wait_for(std::string_view text) {
  while (received_.find(text) == std::string::npos) {
    if (!read_some()) return false;
  }
  return true;
}

void TcpClient::wait_for_end() {
  while (read_some()) {
  }
}

TcpClient::Answer TcpClient::answer() {
  Answer out;
  if (!wait_for("\r\n\r\n")) return out;
  const size_t end = received_.find("\r\n\r\n");
  out.head = received_.substr(0, end + 2);
  received_.erase(0, end + 4);
  out.status = std::atoi(out.head.c_str() + 9);
  const size_t length = std::strtoul(out.header("content-length").c_str(), nullptr, 10);
  while (received_.size() < length && read_some()) {
  }
  out.body = received_.substr(0, length);
  received_.erase(0, std::min(length, received_.size()));
  return out;
}

TcpClient::Answer TcpClient::ask(const std::string& method, const std::string& path,
                                 const std::map<std::string, std::string>& headers,
                                 const std::string& body) {
  std::string text = method + " " + path + " HTTP/1.1\r\n";
  if (!headers.contains("Host")) text += "Host: " + address_ + "\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  send(text + "\r\n" + body);
  return answer();
}

ApiDaemon::ApiDaemon(const Project& project)
    : daemon_(project, {"serve", "--listen", "127.0.0.1:0"}) {
  address_ = listens_at(project);
}

TcpClient::Answer ApiDaemon::ask(const std::string& method, const std::string& path,
                                 const std::string& token, const std::string& body) const {
  std::map<std::string, std::string> headers = {{"Content-Type", "application/json"}};
  if (!token.empty()) headers["Authorization"] = "Bearer " + token;
  return connect().ask(method, path, headers, body);
}

std::string listens_at(const Project& project) {
  const std::string log = project.read(".moondial/engine.log");
  const std::string what = "listens at ";
  const size_t at = log.rfind(what);
  if (at == std::string::npos) return "";
  return log.substr(at + what.size(), log.find('\n', at) - at - what.size());
}

std::string add_token(const Project& project, const std::string& role) {
  const Finished done = project.moondial({"token", "add", role, "--role", role});
  INFO(done.all());
  REQUIRE(done.code == 0);
  return done.out.substr(0, done.out.find('\n'));
}

}  // namespace moondial::e2e
