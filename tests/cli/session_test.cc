// The client against a socket that a thread serves by hand.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <thread>

#include "cli/engine_launcher.h"
#include "cli/http_client.h"
#include "http/unix_socket.h"
#include "tests/catch.h"

namespace moondial::session_test {

namespace {

/// Serves one connection with a script, on a thread, which checks nothing itself.
class Peer {
 public:
  explicit Peer(std::function<void(int fd)> script) {
    char name[] = "/tmp/moondial-cli-XXXXXX";
    folder_ = ::mkdtemp(name);
    path = folder_ + "/s";
    listener_ = listen_at(*SocketAddress::of(path)).value().release();
    thread_ = std::thread([this, script = std::move(script)] {
      int fd = -1;
      while ((fd = ::accept(listener_, nullptr, nullptr)) < 0) std::this_thread::yield();
      script(fd);
      ::close(fd);
    });
  }
  /// Waits until the script has ended.
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  ~Peer() {
    join();
    ::close(listener_);
    std::filesystem::remove_all(folder_);
  }
  std::string path;

 private:
  std::string folder_;
  int listener_ = -1;
  std::thread thread_;
};

std::string read_head(int fd) {
  std::string head;
  char byte = 0;
  while (!head.ends_with("\r\n\r\n") && ::read(fd, &byte, 1) == 1) head += byte;
  return head;
}

void say(int fd, const std::string& text) {
  if (::write(fd, text.data(), text.size()) < 0) return;  // which the client's side will show
}

struct Reader final : StreamReader {
  void on_event(const SseEvent& event) override { names += event.name + " "; }
  bool on_wake() override { return go_on; }
  [[nodiscard]] int tick_ms() const override { return 20; }
  std::string names;
  bool go_on = true;
};

constexpr const char* kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

TEST_CASE("a request is answered, and the connection is used again") {
  std::string heads;
  Peer peer([&heads](int fd) {
    heads += read_head(fd);
    say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]");
    heads += read_head(fd);
    say(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}");
  });
  HttpClient client(peer.path);
  const auto first = client.send({"GET", "runs?limit=2", ""});
  REQUIRE(first.ok());
  CHECK(first->ok());
  CHECK(first->body == "[]");
  const auto second = client.send({"GET", "runs/9", ""});
  REQUIRE(second.ok());
  CHECK(second->status == 404);
  peer.join();
  CHECK(heads.starts_with("GET /api/v1/runs?limit=2 HTTP/1.1\r\n"));
  CHECK(heads.find("GET /api/v1/runs/9 HTTP/1.1\r\n") != std::string::npos);
}

TEST_CASE("nobody there, and one that goes before it answers, are told apart from a loss") {
  HttpClient nobody("/nonexistent/s");
  CHECK(nobody.send({"GET", "engine", ""}).error().code == Code::kUnavailable);
  {
    Peer peer([](int fd) { (void)read_head(fd); });
    HttpClient client(peer.path);
    CHECK(client.send({"GET", "engine", ""}).error().code == Code::kUnavailable);
  }
  Peer peer([](int fd) {
    (void)read_head(fd);
    say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  });
  HttpClient client(peer.path);
  CHECK(client.send({"GET", "engine", ""}).error().code == Code::kIo);
}

TEST_CASE("a stream hands over its events, its loss is an error") {
  Reader reader;
  {
    std::string head;
    Peer peer([&head](int fd) {
      head = read_head(fd);
      say(fd, std::string(kStreamHead) + "15\r\nevent: run\ndata: {}\n\n\r\n");
      say(fd, "17\r\nevent: ended\ndata: {}\n\n\r\n0\r\n\r\n");
    });
    HttpClient client(peer.path);
    CHECK(client.stream({"GET", "runs/7/events", ""}, reader, -1).ok());
    CHECK(reader.names == "run ended ");
    peer.join();
    CHECK(head.find("Accept: text/event-stream") != std::string::npos);
  }
  Peer peer([](int fd) {
    (void)read_head(fd);
    say(fd, std::string(kStreamHead) + "15\r\nevent: run\ndata: {}\n\n\r\n");
  });
  HttpClient client(peer.path);
  CHECK(client.stream({"GET", "runs/7/events", ""}, reader, -1).error().code == Code::kIo);
}

TEST_CASE("a reader may leave a stream that says nothing") {
  Peer peer([](int fd) {
    (void)read_head(fd);
    read_head(fd);  // until the client goes
  });
  Reader reader;
  reader.go_on = false;
  HttpClient client(peer.path);
  CHECK(client.stream({"GET", "runs/7/events", ""}, reader, -1).error().code == Code::kCancelled);
}

TEST_CASE("a problem in place of a stream is an answer") {
  Peer peer([](int fd) {
    (void)read_head(fd);
    say(fd,
        "HTTP/1.1 422 x\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}");
  });
  Reader reader;
  HttpClient client(peer.path);
  const auto answer = client.stream({"POST", "runs", "{}"}, reader, -1);
  REQUIRE(answer.ok());
  CHECK(answer->status == 422);
  CHECK(answer->body == "{}");
}

TEST_CASE("an engine's environment has no marks of ours") {
  ::setenv("MOONDIAL_EMIT", "/x", 1);
  ::setenv("OTHER", "1", 1);
  const auto environment = clean_environment();
  CHECK(std::ranges::find(environment, "OTHER=1") != environment.end());
  CHECK(std::ranges::find(environment, "MOONDIAL_EMIT=/x") == environment.end());
}

}  // namespace moondial::session_test
