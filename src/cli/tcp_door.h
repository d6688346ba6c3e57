#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/status.h"
#include "engine/script_host.h"
#include "http/http_server.h"

namespace moondial {

/// Where a daemon's API is reached over TCP: what the command line says, else the configuration as
/// it is in force, else the default. An address that somebody told must be free when the daemon
/// starts; one that nobody told, or that a reload brings, is done without, and the log says so.
class TcpDoor {
 public:
  using Tell = std::function<void(const std::string&)>;

  /// `told`: the command line's address; empty for none. The server outlives it.
  TcpDoor(HttpServer& server, std::string root, std::optional<std::string> told, Tell tell,
          Tell warn);

  /// The configuration that is in force from now on; called as often as one likes. An error is the
  /// reason why the daemon should not start, with the address and the way out.
  Status take(const HttpConfig& config);

 private:
  Status open(const std::string& address, bool was_told);

  HttpServer& server_;
  const std::string root_;
  const std::optional<std::string> told_;
  const Tell tell_, warn_;
  std::optional<HttpConfig> config_;
  std::optional<std::string> wanted_;
};

}  // namespace moondial
