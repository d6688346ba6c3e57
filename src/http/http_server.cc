#include "http/http_server.h"

#include <libmicrohttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cstring>

#include <cassert>
#include <map>
#include <utility>

#include "http/acceptor.h"
#include "http/connection.h"
#include "http/site.h"
#include "http/tcp_listener.h"
#include "http/unix_socket.h"

namespace moondial {
namespace {

using std::chrono::milliseconds;

constexpr unsigned kMaxConnections = 4096;
constexpr unsigned kIdleSeconds = 120;
constexpr size_t kConnectionMemory = 64 << 10;
/// Of all connections over TCP, and of one address: behind a proxy all come from one.
constexpr size_t kMaxTcp = 2048;
constexpr size_t kMaxOfAddress = 1536;
/// Over TCP: of a connection on which nothing moves, until the head of the next request is there,
/// and from then on until its body is.
constexpr unsigned kTcpIdleSeconds = 60;
constexpr std::chrono::seconds kHeadBound(20);
constexpr std::chrono::seconds kBodyBound(60);
/// Between two looks at what is late.
constexpr std::chrono::seconds kLookPause(1);

}  // namespace

struct HttpServer::Impl final : ExchangeHost {
  Impl(EventLoop& the_loop, EngineApi& the_api)
      : event_loop(the_loop),
        api(the_api),
        access(the_loop, ""),
        the_site(the_loop, the_api, access) {}
  ~Impl() override;

  EventLoop& loop() override { return event_loop; }
  Site& site() override { return the_site; }
  void schedule_run() override;
  [[nodiscard]] bool draining() const override { return drain_requested; }

  Status start(const std::string& path);
  Result<std::optional<ListenAddress>> listen_tcp(const std::optional<ListenAddress>& where);
  void add_local(OwnedFd fd);
  void add_tcp(OwnedFd fd, const PeerName& peer);
  void look_for_late();
  void connection_began(MHD_Connection* connection);
  void connection_ended(MHD_Connection* connection);
  void run();
  void arm_timeout();
  void timeout_passed();
  void stop_accepting();
  void begin_drain(Duration patience, std::function<void()> done);
  void drain_further();
  void cut_all();

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* path,
                               const char* method, const char* version, const char* data,
                               size_t* size, void** exchange);
  static void on_completed(void* self, MHD_Connection* connection, void** exchange,
                           MHD_RequestTerminationCode code);
  static void on_connection(void* self, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode code);

  EventLoop& event_loop;
  EngineApi& api;
  Access access;
  Site the_site;

  SocketAddress address;
  std::unique_ptr<Acceptor> local;
  std::unique_ptr<Acceptor> tcp;
  std::unique_ptr<Watch> late_timer;         // while there are connections over TCP
  std::map<std::string, size_t> of_address;  // connections over TCP
  size_t tcp_clients = 0;

  MHD_Daemon* daemon = nullptr;
  std::unique_ptr<FdWatch> epoll_watch;
  std::unique_ptr<Watch> timeout;
  MonoTime timeout_due;
  bool run_scheduled = false;

  struct Client {
    int fd = -1;
    bool told_to_end = false;
    std::string network = {};  // of the peer; empty over the unix socket
    MonoTime due = {};         // over TCP: what is to arrive next has arrived by then
  };
  std::map<MHD_Connection*, Client> clients;
  std::map<MHD_Connection*, std::shared_ptr<Exchange>> exchanges;

  bool drain_requested = false;
  std::function<void()> drained;
  std::unique_ptr<Watch> drain_timer;

  std::shared_ptr<Impl*> self = std::make_shared<Impl*>(this);  // deferred tasks look at it
};

namespace {

/// As the library does it, but that a NUL ends no path or value early: it becomes a byte that is in
/// no name of ours.
size_t unescape(void*, MHD_Connection*, char* text) {
  for (char* at = text; (at = std::strstr(at, "%00")) != nullptr; at += 3) at[2] = '1';
  return libmicrohttpd().http_unescape(text);
}

}  // namespace

Status HttpServer::Impl::start(const std::string& path) {
  auto where = SocketAddress::of(path);
  if (!where.ok()) return where.error();
  address = std::move(where).value();
  auto socket = listen_at(address);
  if (!socket.ok()) return socket.error();

  daemon = libmicrohttpd().start_daemon(
      MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
      &Impl::on_request, this, MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_completed, this,
      MHD_OPTION_NOTIFY_CONNECTION, &Impl::on_connection, this, MHD_OPTION_CONNECTION_LIMIT,
      kMaxConnections, MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory, MHD_OPTION_STRICT_FOR_CLIENT, 1,
      MHD_OPTION_UNESCAPE_CALLBACK, &unescape, nullptr, MHD_OPTION_END);
  if (daemon == nullptr) return {Code::kIo, "the HTTP server cannot start"};
  const auto* info = libmicrohttpd().get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  epoll_watch = event_loop.watch(info->epoll_fd, {true, false}, [this](Readiness) { run(); });
  local = std::make_unique<Acceptor>(
      event_loop, std::move(socket).value(),
      [this](OwnedFd fd, const PeerName&) { add_local(std::move(fd)); }, [this] { run(); });
  return {};
}

HttpServer::Impl::~Impl() {
  stop_accepting();
  drained = nullptr;
  if (daemon == nullptr) return;
  late_timer.reset();
  cut_all();
  libmicrohttpd().run(daemon);  // resumes what was suspended, which stopping does not
  epoll_watch.reset();
  libmicrohttpd().stop_daemon(daemon);
  assert(exchanges.empty() && clients.empty());
}

// --- Connections ---

void HttpServer::Impl::add_local(OwnedFd fd) {
  if (!peer_is_owner(fd.get())) return;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  // The library closes the socket also when it refuses it.
  libmicrohttpd().add_connection(daemon, fd.release(), reinterpret_cast<const sockaddr*>(&name),
                                 sizeof name);
}

void HttpServer::Impl::add_tcp(OwnedFd fd, const PeerName& peer) {
  const auto* name = reinterpret_cast<const sockaddr*>(&peer.address);
  const auto same = of_address.find(network_of(name));
  if (tcp_clients >= kMaxTcp || (same != of_address.end() && same->second >= kMaxOfAddress)) return;
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  libmicrohttpd().add_connection(daemon, fd.release(), name, peer.size);
  if (!late_timer) look_for_late();
}

Result<std::optional<ListenAddress>> HttpServer::Impl::listen_tcp(
    const std::optional<ListenAddress>& where) {
  if (!where) {
    tcp.reset();
    access.set_listens(std::nullopt);
    return std::optional<ListenAddress>();
  }
  auto listener = TcpListener::open(*where);
  if (!listener.ok()) return listener.error();
  tcp = std::make_unique<Acceptor>(
      event_loop, std::move(listener->fd),
      [this](OwnedFd fd, const PeerName& peer) { add_tcp(std::move(fd), peer); },
      [this] { run(); });
  access.set_listens(listener->address);
  return std::optional(listener->address);
}

/// Cuts off what takes too long to say what it wants.
void HttpServer::Impl::look_for_late() {
  late_timer.reset();
  if (tcp_clients == 0) return;
  const MonoTime now = event_loop.mono();
  for (const auto& [connection, client] : clients) {
    if (client.network.empty() || now < client.due) continue;
    const auto exchange = exchanges.find(connection);
    if (exchange != exchanges.end() && exchange->second->has_arrived()) continue;
    ::shutdown(client.fd, SHUT_RDWR);
  }
  late_timer = event_loop.timer(now + kLookPause, [this] { look_for_late(); });
  schedule_run();
}

void HttpServer::Impl::on_connection(void* self, MHD_Connection* connection, void** /*context*/,
                                     MHD_ConnectionNotificationCode code) {
  auto& server = *static_cast<Impl*>(self);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    server.connection_began(connection);
  } else {
    server.connection_ended(connection);
  }
}

void HttpServer::Impl::connection_began(MHD_Connection* connection) {
  const auto* socket =
      libmicrohttpd().get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  const auto* peer =
      libmicrohttpd().get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  Client client{socket->connect_fd, false, network_of(peer->client_addr),
                event_loop.mono() + kHeadBound};
  if (!client.network.empty()) {
    ++tcp_clients;
    ++of_address[client.network];
    libmicrohttpd().set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT,
                                          kTcpIdleSeconds);
  }
  clients[connection] = std::move(client);
  api.client_came();
}

void HttpServer::Impl::connection_ended(MHD_Connection* connection) {
  const auto found = clients.find(connection);
  if (!found->second.network.empty()) {
    --tcp_clients;
    const auto same = of_address.find(found->second.network);
    if (--same->second == 0) of_address.erase(same);
  }
  clients.erase(found);
  api.client_went();
}

MHD_Result HttpServer::Impl::on_request(void* self, MHD_Connection* connection, const char* path,
                                        const char* method, const char* /*version*/,
                                        const char* data, size_t* size, void** exchange) {
  auto& server = *static_cast<Impl*>(self);
  if (*exchange != nullptr) {
    const auto keep = static_cast<Exchange*>(*exchange)->shared_from_this();
    return keep->proceed(data, size);
  }
  Client& client = server.clients.at(connection);
  client.due = server.event_loop.mono() + kBodyBound;
  auto made = std::make_shared<Exchange>(server, connection, method, path, !client.network.empty());
  *exchange = made.get();
  server.exchanges[connection] = made;
  return made->begin();
}

void HttpServer::Impl::on_completed(void* self, MHD_Connection* connection, void** exchange,
                                    MHD_RequestTerminationCode code) {
  auto& server = *static_cast<Impl*>(self);
  const auto found = server.exchanges.find(connection);
  if (found == server.exchanges.end()) return;
  found->second->abandon();
  server.exchanges.erase(found);
  server.clients.at(connection).due = server.event_loop.mono() + kHeadBound;
  *exchange = nullptr;
  // One that was broken off is closed by the next run, and nothing else may ask for that.
  if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK) server.schedule_run();
}

// --- Running the library ---

void HttpServer::Impl::schedule_run() {
  if (run_scheduled) return;
  run_scheduled = true;
  event_loop.defer([weak = std::weak_ptr(self)] {
    const auto live = weak.lock();
    if (!live) return;
    (*live)->run_scheduled = false;
    (*live)->run();
  });
}

void HttpServer::Impl::run() {
  libmicrohttpd().run(daemon);
  arm_timeout();
  if (drain_requested) drain_further();
}

void HttpServer::Impl::arm_timeout() {
  MHD_UNSIGNED_LONG_LONG wait_ms = 0;
  if (libmicrohttpd().get_timeout(daemon, &wait_ms) != MHD_YES) return;
  if (wait_ms == 0) return schedule_run();
  // A timer that is due earlier stays: to run too early harms nothing.
  const MonoTime due = event_loop.mono() + milliseconds(static_cast<int64_t>(wait_ms));
  if (timeout && timeout_due <= due) return;
  timeout_due = due;
  timeout = event_loop.timer(due, [this] { timeout_passed(); });
}

void HttpServer::Impl::timeout_passed() {
  timeout.reset();
  run();
}

// --- The end ---

void HttpServer::Impl::stop_accepting() {
  tcp.reset();
  if (!local) return;
  ::unlink(address.path().c_str());
  local.reset();
}

void HttpServer::Impl::begin_drain(Duration patience, std::function<void()> done) {
  stop_accepting();
  drain_requested = true;
  the_site.end_streams();
  drained = std::move(done);
  drain_timer = event_loop.timer(event_loop.mono() + patience, [this] { cut_all(); });
  schedule_run();
}

void HttpServer::Impl::drain_further() {
  for (auto& [connection, client] : clients) {
    if (client.told_to_end || exchanges.contains(connection)) continue;
    client.told_to_end = true;
    ::shutdown(client.fd, SHUT_RD);  // which the library takes for the client's end
    schedule_run();
  }
  if (!clients.empty() || !drained) return;
  drain_timer.reset();
  event_loop.defer([done = std::exchange(drained, nullptr), weak = std::weak_ptr(self)] {
    if (!weak.expired()) done();
  });
}

void HttpServer::Impl::cut_all() {
  for (auto& [connection, exchange] : exchanges) exchange->cut();
  for (auto& [connection, client] : clients) ::shutdown(client.fd, SHUT_RDWR);
  schedule_run();
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::listen(EventLoop& loop, EngineApi& api,
                                                       const std::string& socket_path) {
  auto impl = std::make_unique<Impl>(loop, api);
  if (const Status status = impl->start(socket_path); !status.ok()) return status.error();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

Result<std::optional<ListenAddress>> HttpServer::listen_tcp(
    const std::optional<ListenAddress>& address) {
  return impl_->listen_tcp(address);
}

Access& HttpServer::access() { return impl_->access; }

void HttpServer::stop_accepting() { impl_->stop_accepting(); }

void HttpServer::drain(Duration patience, std::function<void()> done) {
  impl_->begin_drain(patience, std::move(done));
}

}  // namespace moondial
