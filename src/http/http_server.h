#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/listen_address.h"
#include "base/status.h"
#include "engine/api.h"
#include "engine/event_loop.h"
#include "http/access.h"

namespace moondial {

/// Serves the engine's API over HTTP/1.1 on a unix socket, and over TCP if it is told to, on the
/// loop's thread. Each open connection counts as a client of the engine (client_came, client_went).
/// Loop thread only.
///
/// How it works. libmicrohttpd has no thread here: its epoll descriptor is watched by the loop,
/// and it is run whenever that is ready, a timeout of its own is due, or a connection was resumed.
/// We accept the connections ourselves, look at who is there and hand them over. A request whose
/// answer comes later is suspended until then; so is an event stream while there is nothing to
/// tell. A suspended connection is not read by the library, so the loop watches the sockets of
/// streams for their end. Over TCP anybody may connect, so there connections are counted, in all
/// and by address, and a request has to arrive in time; what is not there by then is cut off.
class HttpServer {
 public:
  /// Listens at `socket_path`, mode 0600; a file there is replaced, so the caller holds the
  /// engine's lock. A path may be longer than a socket's address. `loop` and `api` outlive it.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> listen(EventLoop& loop, EngineApi& api,
                                                                  const std::string& socket_path);
  /// Closes all connections at once, answered or not.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Listens there, too, and no more where it did before; nothing: nowhere. Answers with where it
  /// does, with the port that the system chose for 0. On an error (kConflict: the address is taken)
  /// all stays as it was.
  [[nodiscard]] Result<std::optional<ListenAddress>> listen_tcp(
      const std::optional<ListenAddress>& address);
  /// Who may ask over TCP.
  [[nodiscard]] Access& access();

  /// Takes no further connection and removes the socket file: who comes now finds no engine.
  void stop_accepting();

  /// Stops accepting, closes idle connections, lets the requests that are under way be answered
  /// and the streams of ended runs be read, but no longer than `patience`; then calls `done`,
  /// once and later. Destroying the server forgets `done`.
  void drain(Duration patience, std::function<void()> done);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace moondial
