#include "http/http_server.h"

#include <microhttpd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <map>
#include <utility>

#include "http/api_routes.h"
#include "http/connection.h"
#include "http/unix_socket.h"

namespace moondial {
namespace {

using std::chrono::milliseconds;

constexpr unsigned kMaxConnections = 4096;
constexpr unsigned kIdleSeconds = 120;
constexpr size_t kConnectionMemory = 64 << 10;
constexpr int kAcceptBatch = 64;
/// Before accepting again after the process had no descriptor left.
constexpr milliseconds kAcceptPause(100);

}  // namespace

struct HttpServer::Impl final : ExchangeHost {
  Impl(EventLoop& the_loop, EngineApi& the_api)
      : event_loop(the_loop), api(the_api), api_routes(the_loop, the_api) {}
  ~Impl() override;

  EventLoop& loop() override { return event_loop; }
  ApiRoutes& routes() override { return api_routes; }
  void schedule_run() override;
  [[nodiscard]] bool draining() const override { return drain_requested; }

  Status start(const std::string& path);
  void accept_some();
  void watch_listener();
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
  ApiRoutes api_routes;

  SocketAddress address;
  OwnedFd listener;
  std::unique_ptr<FdWatch> listener_watch;
  std::unique_ptr<Watch> accept_pause;

  MHD_Daemon* daemon = nullptr;
  std::unique_ptr<FdWatch> epoll_watch;
  std::unique_ptr<Watch> timeout;
  MonoTime timeout_due;
  bool run_scheduled = false;

  struct Client {
    int fd = -1;
    bool told_to_end = false;
  };
  std::map<MHD_Connection*, Client> clients;
  std::map<MHD_Connection*, std::shared_ptr<Exchange>> exchanges;

  bool drain_requested = false;
  std::function<void()> drained;
  std::unique_ptr<Watch> drain_timer;

  std::shared_ptr<Impl*> self = std::make_shared<Impl*>(this);  // deferred tasks look at it
};

Status HttpServer::Impl::start(const std::string& path) {
  auto where = SocketAddress::of(path);
  if (!where.ok()) return where.error();
  address = std::move(where).value();
  auto socket = listen_at(address);
  if (!socket.ok()) return socket.error();
  listener = std::move(socket).value();

  daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0,
                            nullptr, nullptr, &Impl::on_request, this, MHD_OPTION_NOTIFY_COMPLETED,
                            &Impl::on_completed, this, MHD_OPTION_NOTIFY_CONNECTION,
                            &Impl::on_connection, this, MHD_OPTION_CONNECTION_LIMIT,
                            kMaxConnections, MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
  if (daemon == nullptr) return {Code::kIo, "the HTTP server cannot start"};
  const auto* info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  epoll_watch = event_loop.watch(info->epoll_fd, {true, false}, [this](Readiness) { run(); });
  watch_listener();
  return {};
}

HttpServer::Impl::~Impl() {
  stop_accepting();
  drained = nullptr;
  if (daemon == nullptr) return;
  cut_all();
  MHD_run(daemon);  // resumes what was suspended, which stopping does not
  epoll_watch.reset();
  MHD_stop_daemon(daemon);
  assert(exchanges.empty() && clients.empty());
}

// --- Connections ---

void HttpServer::Impl::watch_listener() {
  accept_pause.reset();
  listener_watch =
      event_loop.watch(listener.get(), {true, false}, [this](Readiness) { accept_some(); });
}

void HttpServer::Impl::accept_some() {
  for (int i = 0; i < kAcceptBatch; ++i) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    OwnedFd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN) break;
      listener_watch.reset();
      accept_pause =
          event_loop.timer(event_loop.mono() + kAcceptPause, [this] { watch_listener(); });
      break;
    }
    if (!peer_is_owner(fd.get())) continue;
    // The library closes the socket also when it refuses it.
    MHD_add_connection(daemon, fd.release(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  }
  run();
}

void HttpServer::Impl::on_connection(void* self, MHD_Connection* connection, void** /*context*/,
                                     MHD_ConnectionNotificationCode code) {
  auto& server = *static_cast<Impl*>(self);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    server.clients[connection] = {info->connect_fd, false};
    server.api.client_came();
  } else {
    server.clients.erase(connection);
    server.api.client_went();
  }
}

MHD_Result HttpServer::Impl::on_request(void* self, MHD_Connection* connection, const char* path,
                                        const char* method, const char* /*version*/,
                                        const char* data, size_t* size, void** exchange) {
  auto& server = *static_cast<Impl*>(self);
  if (*exchange != nullptr) {
    const auto keep = static_cast<Exchange*>(*exchange)->shared_from_this();
    return keep->proceed(data, size);
  }
  auto made = std::make_shared<Exchange>(server, connection, method, path);
  *exchange = made.get();
  server.exchanges[connection] = made;
  return made->begin();
}

void HttpServer::Impl::on_completed(void* self, MHD_Connection* connection, void** exchange,
                                    MHD_RequestTerminationCode /*code*/) {
  auto& server = *static_cast<Impl*>(self);
  const auto found = server.exchanges.find(connection);
  if (found == server.exchanges.end()) return;
  found->second->abandon();
  server.exchanges.erase(found);
  *exchange = nullptr;
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
  MHD_run(daemon);
  arm_timeout();
  if (drain_requested) drain_further();
}

void HttpServer::Impl::arm_timeout() {
  MHD_UNSIGNED_LONG_LONG wait_ms = 0;
  if (MHD_get_timeout(daemon, &wait_ms) != MHD_YES) return;
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
  listener_watch.reset();
  accept_pause.reset();
  if (!listener) return;
  ::unlink(address.path().c_str());
  listener.reset();
}

void HttpServer::Impl::begin_drain(Duration patience, std::function<void()> done) {
  stop_accepting();
  drain_requested = true;
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

void HttpServer::stop_accepting() { impl_->stop_accepting(); }

void HttpServer::drain(Duration patience, std::function<void()> done) {
  impl_->begin_drain(patience, std::move(done));
}

}  // namespace moondial
