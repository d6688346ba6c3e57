#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/catch.h"
#include "tests/http/raw_client.h"

namespace moondial::server_test {

TEST_CASE("the socket is its owner's alone and replaces what is stale") {
  TempFolder folder;
  const std::string path = folder.path + "/engine.sock";
  std::ofstream(path) << "stale";
  PollLoop loop;
  FakeApi api{loop};
  auto server = HttpServer::listen(loop, api, path);
  REQUIRE(server.ok());
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK(S_ISSOCK(info.st_mode));
  CHECK((info.st_mode & 0777) == 0600);
  server->reset();
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(loop.live_watches() == 0);
}

TEST_CASE("a path that is too long for a socket's address works") {
  TempFolder folder;
  const std::string deep = folder.path + "/" + std::string(120, 'd') + "/" + std::string(90, 'e');
  std::filesystem::create_directories(deep);
  {
    PollLoop loop;
    FakeApi api{loop};
    auto server = HttpServer::listen(loop, api, deep + "/engine.sock");
    REQUIRE(server.ok());
    RawClient client(loop, deep + "/engine.sock");
    REQUIRE(client.connected);
    CHECK(client.get("/api/v1/engine").status == 200);
  }
  std::filesystem::remove_all(folder.path + "/" + std::string(120, 'd'));
}

TEST_CASE("a path that cannot be had is an error") {
  PollLoop loop;
  FakeApi api{loop};
  CHECK_FALSE(HttpServer::listen(loop, api, "/nonexistent/x/engine.sock").ok());
}

TEST_CASE("each open connection counts as a client") {
  Served s;
  {
    auto one = s.client();
    auto two = s.client();
    s.loop.settle();
    CHECK(s.api.clients == 2);
    CHECK(one.get("/api/v1/engine").status == 200);
    one.close();
    s.loop.settle();
    CHECK(s.api.clients == 1);
  }
  s.loop.settle();
  CHECK(s.api.clients == 0);
}

TEST_CASE("a client that goes while it waits for an answer is noticed") {
  Served s;
  s.api.hold_runs = true;
  auto client = s.client();
  client.ask("POST", "/api/v1/runs", R"({"task": "A"})");
  s.loop.settle();
  REQUIRE(s.api.held);
  CHECK(s.api.clients == 1);
  client.close();
  s.loop.settle();
  CHECK(s.api.clients == 0);
  s.api.held(RunId(7));  // nobody is there to hear it
  s.loop.settle();
}

TEST_CASE("an answer may come late, and requests may come before it") {
  Served s;
  s.api.hold_runs = true;
  auto client = s.client();
  client.ask("POST", "/api/v1/runs", R"({"task": "A"})");
  client.ask("GET", "/api/v1/engine");
  s.loop.settle();
  CHECK(client.received.empty());
  s.api.held(RunId(7));
  CHECK(client.answer().status == 201);
  CHECK(client.answer().json()["pid"] == 42);
}

TEST_CASE("draining lets an answer out and closes the rest") {
  Served s;
  s.api.hold_runs = true;
  auto idle = s.client();
  CHECK(idle.get("/api/v1/engine").status == 200);
  auto busy = s.client();
  busy.ask("POST", "/api/v1/runs", R"({"task": "A"})");
  s.loop.settle();
  bool drained = false;
  s.server->drain(std::chrono::seconds(5), [&] { drained = true; });
  s.loop.settle();
  CHECK_FALSE(drained);
  CHECK_FALSE(s.client().connected);
  idle.read();
  CHECK(idle.closed);
  s.api.held(RunId(7));
  CHECK(busy.answer().status == 201);
  busy.read();
  CHECK(busy.closed);
  s.loop.settle();
  CHECK(drained);
  CHECK(s.api.clients == 0);
}

TEST_CASE("draining loses patience") {
  Served s;
  s.api.hold_runs = true;
  auto busy = s.client();
  busy.ask("POST", "/api/v1/runs", R"({"task": "A"})");
  s.loop.settle();
  bool drained = false;
  s.server->drain(std::chrono::seconds(5), [&] { drained = true; });
  s.loop.settle();
  CHECK_FALSE(drained);
  s.loop.advance(std::chrono::seconds(5));
  s.loop.settle();
  CHECK(drained);
  busy.read();
  CHECK(busy.closed);
}

TEST_CASE("the server may be destroyed with requests under way") {
  Served s;
  s.api.hold_runs = true;
  auto busy = s.client();
  busy.ask("POST", "/api/v1/runs", R"({"task": "A"})");
  auto streaming = s.client();
  streaming.ask("GET", "/api/v1/runs/7/events");
  s.loop.settle();
  CHECK(s.api.subscribers.size() == 1);
  s.server.reset();
  CHECK(s.api.clients == 0);
  CHECK(s.api.subscribers.empty());
  CHECK(s.loop.live_watches() == 0);
  s.api.held(RunId(7));
  s.loop.settle();
}

}  // namespace moondial::server_test
