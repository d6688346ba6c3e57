// The feed of events of a real daemon.
#include <algorithm>

#include "tests/catch.h"
#include "tests/e2e/tcp_client.h"

namespace moondial::e2e::api_events_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kTasks = R"lua(
  task "A" { output = "a", sh = "echo hello; touch ${output}" }
  task "B" { requires = function() return tasks.A end, output = "b", sh = "touch ${output}" }
  schedule "later" { every = "1d", start = function() return tasks.B end }
)lua";

/// A listener: its head has come.
TcpClient listen(const ApiDaemon& daemon, const std::string& token, const std::string& after) {
  TcpClient client = daemon.connect();
  client.send("GET /api/v1/events HTTP/1.1\r\nHost: " + daemon.address() +
              "\r\nAuthorization: Bearer " + token + "\r\n" +
              (after.empty() ? "" : "Last-Event-ID: " + after + "\r\n") + "\r\n");
  REQUIRE(client.wait_for("text/event-stream"));
  return client;
}

/// The ids in the order in which they came.
std::vector<int> ids_of(const std::string& text) {
  std::vector<int> out;
  for (size_t at = text.find("\nid: "); at != std::string::npos; at = text.find("\nid: ", at + 1)) {
    out.push_back(std::stoi(text.substr(at + 5)));
  }
  return out;
}

std::vector<int> from_to(int from, int to) {
  std::vector<int> out;
  for (int i = from; i <= to; ++i) out.push_back(i);
  return out;
}

}  // namespace

TEST_CASE("all that happens is told, and gone on with, also over a restart of the daemon") {
  const SpecProject project(kTasks);
  std::string token;
  {
    ApiDaemon daemon(project);
    token = add_token(project, "viewer");
    TcpClient client = listen(daemon, token, "");
    REQUIRE(client.wait_for("event: begin"));
    (void)project.command({"run", "B"});
    REQUIRE(client.wait_for("event: run_ended"));
    for (const char* event :
         {"event: run_started", "event: attempt_started", "event: attempt_ended",
          "event: task_ended", "\"task\":\"A\",\"attempt\":1,"}) {
      CHECK_THAT(client.received(), ContainsSubstring(event));
    }
    const auto ids = ids_of(client.received());
    CHECK(ids == from_to(0, 8));  // begin; of the run 2, of each task 3

    (void)project.command({"pause", "later"});
    REQUIRE(client.wait_for("event: schedule_paused"));
    project.replace("pipelines/more.lua", "task 'C' { sh = 'true' }");
    REQUIRE(client.wait_for("event: reloaded"));
    REQUIRE(client.wait_for("\"tasks\":[\"C\"]"));
    (void)project.command({"trigger", "later"});
    REQUIRE(client.wait_for("event: schedule_fired"));

    TcpClient again = listen(daemon, token, "3");
    REQUIRE(again.wait_for("id: 8\n"));
    const auto rest = ids_of(again.received());
    CHECK(std::vector<int>(rest.begin(), rest.begin() + 5) == from_to(4, 8));
    daemon.daemon().end();
    client.wait_for_end();
  }
  ApiDaemon daemon(project);
  TcpClient client = listen(daemon, token, "5");
  REQUIRE(client.wait_for("id: 8\n"));
  (void)project.command({"run", "C"});
  REQUIRE(client.wait_for("\"run\":3,\"state\":\"done\""));
  const auto ids = ids_of(client.received());
  CHECK(ids == from_to(6, ids.back()));
  TcpClient lost = listen(daemon, token, "1000000");
  REQUIRE(lost.wait_for("event: reset"));
  daemon.daemon().end();
}

TEST_CASE("the log of an attempt is followed over HTTP") {
  const SpecProject project(R"lua(
    task "Slow" { output = "s",
      sh = "echo first; until [ -e go ]; do sleep 0.02; done; echo last; touch ${output}" }
  )lua");
  ApiDaemon daemon(project);
  const std::string token = add_token(project, "viewer");
  const Json run = project.json({"run", "Slow", "--detach"});
  Json attempts;
  wait_until("its attempt", [&] {
    attempts = daemon.ask("GET", "/api/v1/runs/1", token).json()["tasks"][0]["attempts"];
    return !attempts.empty();
  });
  TcpClient client = daemon.connect();
  client.send("GET /api/v1/attempts/" + attempts[0]["attempt_id"].dump() +
              "/log?follow=1 HTTP/1.1\r\nHost: " + daemon.address() + "\r\nAuthorization: Bearer " +
              token + "\r\n\r\n");
  REQUIRE(client.wait_for("first"));
  project.write("go", "");
  REQUIRE(client.wait_for("event: ended"));
  CHECK_THAT(client.received(), ContainsSubstring("last"));
  daemon.daemon().end();
}

TEST_CASE("what a task says of its progress is told, and lies in no record") {
  const SpecProject project(R"lua(
    task "Pages" { params = { token = param.string{ secret = true } }, run = function(t)
      progress(0.4, "page 4 of 10 " .. t.token)
      sh "until [ -e go ]; do sleep 0.02; done"
    end })lua");
  ApiDaemon daemon(project);
  const std::string token = add_token(project, "viewer");
  TcpClient client = listen(daemon, token, "");
  REQUIRE(client.wait_for("event: begin"));
  (void)project.command({"run", "Pages", "token=hunter2", "--detach"});
  REQUIRE(client.wait_for("event: progress"));
  REQUIRE(
      client.wait_for("\"runs\":[1],\"task\":\"Pages\",\"attempt\":1,\"attempt_id\":1,"
                      "\"fraction\":0.4,\"text\":\"page 4 of 10 ***\"}"));
  project.write("go", "");
  REQUIRE(client.wait_for("event: run_ended"));
  CHECK(client.received().find("hunter") == std::string::npos);
  daemon.daemon().end();
}

}  // namespace moondial::e2e::api_events_test
