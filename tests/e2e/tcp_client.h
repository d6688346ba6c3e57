// HTTP by hand over TCP: what a hostile client sends no library would.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "tests/e2e/daemon.h"

namespace moondial::e2e {

/// A connection to "127.0.0.1:PORT". Everything waits a minute at most, and then fails the test.
class TcpClient {
 public:
  struct Answer {
    int status = 0;  ///< 0: the connection was closed instead
    std::string head;
    std::string body;
    [[nodiscard]] Json json() const { return parse_json(body); }
    [[nodiscard]] std::string header(std::string_view name) const;
  };

  explicit TcpClient(const std::string& address);
  ~TcpClient();
  TcpClient(TcpClient&& other) noexcept;
  TcpClient& operator=(TcpClient&&) = delete;

  /// False: the other end has closed.
  bool send(std::string_view bytes);
  /// The next answer, with as much of a body as its Content-Length says; the head alone if it says
  /// none.
  Answer answer();
  /// Reads on until `text` was received; false: the connection ended before.
  bool wait_for(std::string_view text);
  /// Waits until the other end closes it.
  void wait_for_end();
  [[nodiscard]] const std::string& received() const { return received_; }

  /// A whole request.
  Answer ask(const std::string& method, const std::string& path,
             const std::map<std::string, std::string>& headers = {}, const std::string& body = "");

 private:
  bool read_some();

  std::string address_;
  int fd_ = -1;
  std::string received_;
};

/// A daemon that listens at a port of its own, and tokens for it.
class ApiDaemon {
 public:
  explicit ApiDaemon(const Project& project);
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] TcpClient connect() const { return TcpClient(address_); }
  /// On a connection of its own.
  TcpClient::Answer ask(const std::string& method, const std::string& path,
                        const std::string& token, const std::string& body = "") const;
  Daemon& daemon() { return daemon_; }

 private:
  Daemon daemon_;
  std::string address_;
};

/// What the daemon's log says of where it listens; empty if nothing.
std::string listens_at(const Project& project);

/// `moondial token add NAME --role NAME`, and what it printed.
std::string add_token(const Project& project, const std::string& role);

}  // namespace moondial::e2e
