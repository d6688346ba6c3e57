// The server over TCP: where it listens, and what it bears.
#include <vector>

#include "tests/catch.h"
#include "tests/http/raw_client.h"

namespace moondial::tcp_test {
using Catch::Matchers::ContainsSubstring;
using std::chrono::seconds;

TEST_CASE("the server listens where it is told to, and is told so") {
  Served s;
  CHECK(s.server->listen_tcp(std::nullopt)->has_value() == false);
  const auto first = s.server->listen_tcp(*parse_listen_address("127.0.0.1:0"));
  REQUIRE(first.ok());
  CHECK((*first)->port != 0);
  CHECK(s.client().get("/api/v1/engine").json()["listens"] == (*first)->text());
  RawClient client(s.loop, **first);
  CHECK(client.get("/healthz").status == 200);

  // Another address: the one before is let go, and what is connected stays.
  const auto second = s.server->listen_tcp(*parse_listen_address("127.0.0.1:0"));
  CHECK_FALSE(RawClient(s.loop, **first).connected);
  CHECK(RawClient(s.loop, **second).get("/healthz").status == 200);
  CHECK(client.get("/healthz").status == 200);

  // One that is taken: all stays as it is.
  Served other;
  const auto taken = other.server->listen_tcp(**second);
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().code == Code::kConflict);
  CHECK(taken.error().message == (*second)->text() + " is taken by another process");
  CHECK_FALSE(other.server->access().listens());
  CHECK(other.server->listen_tcp(*parse_listen_address("192.0.2.1:80")).error().code == Code::kIo);
  s.server->stop_accepting();
  CHECK_FALSE(RawClient(s.loop, **second).connected);
}

TEST_CASE("a request over TCP arrives in time, or is cut off") {
  Served s;
  auto silent = s.tcp();
  auto slow = s.tcp();
  slow.send("GET /healthz HTTP/1.1\r\nHost: ");
  auto quick = s.tcp();
  auto body = s.tcp();
  body.send(
      "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
      "Content-Type: application/json\r\n\r\n");
  s.loop.settle();
  for (int i = 0; i < 25; ++i) {
    s.loop.advance(seconds(1));
    slow.send("x");  // something moves all the time
    body.send("y");
    if (i % 10 == 0) CHECK(quick.get("/healthz").status == 200);
    s.loop.settle();
  }
  silent.read();
  CHECK(silent.closed);
  slow.read();
  CHECK(slow.closed);
  quick.read();
  CHECK_FALSE(quick.closed);
  body.read();
  CHECK_FALSE(body.closed);
  for (int i = 0; i < 40; ++i) {
    s.loop.advance(seconds(1));
    body.send("y");
    s.loop.settle();
  }
  body.read();
  CHECK(body.closed);
  CHECK(s.api.clients == 0);
}

TEST_CASE("a run that takes long to be planned is waited for") {
  Served s;
  s.api.hold_runs = true;
  auto socket = s.client();
  socket.ask("POST", "/api/v1/runs", R"({"task": "A"})");
  s.loop.settle();
  for (int i = 0; i < 300; ++i) {
    s.loop.advance(seconds(1));
    s.loop.settle();
  }
  REQUIRE(s.api.held);
  s.api.held(RunId(7));
  CHECK(socket.answer().status == 201);
}

TEST_CASE("connections over TCP have a bound by address, and the socket is free of it") {
  Served s;
  std::vector<RawClient> many;
  for (int i = 0; i < 1600; ++i) {
    many.push_back(s.tcp());
    if (i % 50 == 0) s.loop.settle();
  }
  s.loop.settle();
  CHECK(s.api.clients == 1536);
  many.back().read();
  CHECK(many.back().closed);
  CHECK(many.front().get("/healthz").status == 200);
  CHECK(s.client().get("/api/v1/engine").status == 200);
  many.clear();
  for (int i = 0; i < 100 && s.api.clients > 0; ++i) s.loop.settle();
  CHECK(s.api.clients == 0);
  CHECK(s.tcp().get("/healthz").status == 200);
}

TEST_CASE("what could be taken for two requests by somebody in between is refused") {
  Served s;
  for (const char* headers :
       {"Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length: 3\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"}) {
    auto client = s.client();
    client.send("POST /api/v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
                std::string(headers) + "\r\n0\r\n\r\n{}{}");
    INFO(headers);
    CHECK(client.answer().status == 400);
  }
  auto client = s.client();
  CHECK(client.get("/" + std::string(9000, 'a')).status == 414);
}

}  // namespace moondial::tcp_test
