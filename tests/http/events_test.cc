#include "http/event_feed.h"
#include "tests/catch.h"
#include "tests/http/raw_client.h"

namespace moondial::events_test {
using Catch::Matchers::ContainsSubstring;
namespace {

RunEvent task(const std::string& id, TaskState state, const std::string& error = "") {
  RunEvent::Task what;
  what.id = id;
  what.state = state;
  what.error = error;
  return {what};
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// Data of the n-th event of a name, of a chunked answer.
Json data(const std::string& received, const std::string& name, size_t n = 0) {
  size_t at = 0;
  const std::string begin = "event: " + name + "\ndata: ";
  for (size_t i = 0; i <= n; ++i) {
    at = received.find(begin, at);
    if (at == std::string::npos) return nullptr;
    at += begin.size();
  }
  return parse_json(received.substr(at, received.find("\n\n", at) - at));
}

}  // namespace

TEST_CASE("a feed forgets that a task runs once it has ended") {
  EventFeed feed(false);
  CHECK(feed.empty());
  feed.add(task("A", TaskState::kRunning));
  feed.add(task("B", TaskState::kRunning));
  feed.add(task("A", TaskState::kDone));
  feed.add({RunEvent::Log{"A", AttemptId(1), "not asked for"}});
  const std::string text = feed.take();
  CHECK(data(text, "tasks")["tasks"].size() == 2);
  CHECK(data(text, "tasks")["tasks"][0] == parse_json(R"({"id": "A", "state": "done"})"));
  CHECK(data(text, "tasks")["tasks"][1]["state"] == "running");
  CHECK(count(text, "event: log") == 0);
  CHECK(feed.empty());
}

TEST_CASE("a feed is bounded and says what it dropped") {
  EventFeed::Bounds bounds;
  bounds.changes = 3;
  bounds.log_lines = 2;
  bounds.error_bytes = 10;
  EventFeed feed(true, bounds);
  feed.add(task("bad", TaskState::kFailed, std::string(100, 'e')));
  for (int i = 0; i < 5; ++i) feed.add(task("A" + std::to_string(i), TaskState::kDone));
  for (int i = 0; i < 5; ++i) feed.add({RunEvent::Log{"A", AttemptId(1), "line"}});
  const std::string text = feed.take();
  const Json tasks = data(text, "tasks");
  CHECK(tasks["tasks"].size() == 3);
  CHECK(tasks["dropped"] == 3);
  CHECK(tasks["tasks"][0]["error"].get<std::string>().size() < 30);
  CHECK(data(text, "log")["lines"].size() == 2);
  CHECK(data(text, "log", 1)["dropped"] == 3);
}

TEST_CASE("events of a run: at once, then at most every 100 ms, the end at once") {
  Served s;
  auto client = s.client();
  client.ask("GET", "/api/v1/runs/7/events");
  client.read();
  CHECK_THAT(client.received, ContainsSubstring("text/event-stream"));
  CHECK(count(client.received, "event: progress") == 1);

  s.loop.advance(std::chrono::milliseconds(100));
  for (int i = 0; i < 1000; ++i) {
    s.api.tell_task("A" + std::to_string(i), TaskState::kRunning);
    s.api.tell_task("A" + std::to_string(i), TaskState::kDone);
  }
  s.api.going.counts[TaskState::kDone] = 1000;
  client.read();
  CHECK(count(client.received, "event: tasks") == 1);
  CHECK(count(client.received, "\"done\"}") == 0);  // an attempt's details follow
  CHECK(count(client.received, "event: progress") == 2);
  CHECK(data(client.received, "progress", 1)["counts"]["done"] == 1000);

  s.api.tell_task("B", TaskState::kFailed, "no");
  client.read();
  CHECK(count(client.received, "event: tasks") == 1);
  s.loop.advance(std::chrono::milliseconds(99));
  client.read();
  CHECK(count(client.received, "event: tasks") == 1);
  s.loop.advance(std::chrono::milliseconds(1));
  client.read();
  CHECK(count(client.received, "event: tasks") == 2);
  CHECK(count(client.received, "event: progress") == 2);  // nothing differs
  CHECK(data(client.received, "tasks", 1)["tasks"][0]["error"] == "no");

  s.api.tell_task("C", TaskState::kDone);
  s.api.tell({RunEvent::Ended{RunState::kFailed}});
  client.read();
  CHECK(data(client.received, "tasks", 2)["tasks"][0]["id"] == "C");
  CHECK(data(client.received, "ended") == parse_json(R"({"run": 7, "state": "failed"})"));
  CHECK(client.received.ends_with("\r\n0\r\n\r\n"));
  CHECK(s.api.subscribers.empty());
  client.received.clear();
  CHECK(client.get("/api/v1/engine").status == 200);
}

TEST_CASE("progress that a task tells is told without any event") {
  Served s;
  auto client = s.client();
  client.ask("GET", "/api/v1/runs/7/events");
  client.read();
  s.api.going.running.push_back({"A", AttemptId(1), 1, s.loop.utc(), 0.5, "half"});
  s.loop.advance(std::chrono::milliseconds(500));
  client.read();
  CHECK(data(client.received, "progress", 1)["running"][0]["text"] == "half");
  s.loop.advance(std::chrono::milliseconds(500));
  client.read();
  CHECK(count(client.received, "event: progress") == 2);
}

TEST_CASE("log lines come if asked for") {
  Served s;
  auto client = s.client();
  client.ask("GET", "/api/v1/runs/7/events?log=1");
  client.read();
  s.loop.advance(std::chrono::milliseconds(100));
  s.api.tell({RunEvent::Log{"A", AttemptId(3), "hello\x1b"}});
  client.read();
  CHECK(data(client.received, "log")["lines"][0] ==
        parse_json(R"({"id": "A", "attempt_id": 3, "line": "hello\\x1b"})"));
}

TEST_CASE("POST runs answers with the run's events if asked for them") {
  Served s;
  auto client = s.client();
  client.ask("POST", "/api/v1/runs", R"({"task": "A"})",
             "Content-Type: application/json\r\nAccept: text/event-stream\r\n");
  client.read();
  CHECK_THAT(client.received, ContainsSubstring("200 OK"));
  CHECK(data(client.received, "run")["run"] == 7);
  CHECK(client.received.find("event: run") < client.received.find("event: progress"));
}

TEST_CASE("a client that does not read costs bounded memory and hears the end") {
  Served s;
  auto client = s.client();
  client.ask("GET", "/api/v1/runs/7/events");
  s.loop.settle();
  int told = 0;
  for (int round = 0; round < 300; ++round) {
    for (int i = 0; i < 500; ++i) {
      s.api.tell_task("task" + std::to_string(told++), TaskState::kDone, std::string(100, 'x'));
    }
    s.loop.advance(std::chrono::milliseconds(100));
    s.loop.settle();
  }
  s.api.tell({RunEvent::Ended{RunState::kDone}});
  s.loop.settle();
  for (int i = 0; i < 20; ++i) {
    client.read();
    s.loop.advance(std::chrono::milliseconds(100));
  }
  CHECK_THAT(client.received, ContainsSubstring("event: ended"));
  CHECK_THAT(client.received, ContainsSubstring("\"dropped\""));
  CHECK(client.received.size() < 4 << 20);
}

TEST_CASE("a client of a stream that goes is noticed") {
  Served s;
  auto client = s.client();
  client.ask("GET", "/api/v1/runs/7/events");
  s.loop.settle();
  CHECK(s.api.subscribers.size() == 1);
  client.close();
  s.loop.settle();
  CHECK(s.api.subscribers.empty());
  CHECK(s.api.clients == 0);
}

TEST_CASE("a client of a stream that goes is noticed beside one that has been idle for longer") {
  Served s;
  auto idle = s.client();
  CHECK(idle.get("/api/v1/engine").status == 200);
  auto client = s.client();
  client.ask("GET", "/api/v1/runs/7/events");
  s.loop.settle();
  CHECK(s.api.clients == 2);
  client.close();
  s.loop.settle();
  CHECK(s.api.subscribers.empty());
  CHECK(s.api.clients == 1);
}

TEST_CASE("events of an unknown run are not found") {
  Served s;
  auto client = s.client();
  CHECK(client.get("/api/v1/runs/8/events").status == 404);
}

}  // namespace moondial::events_test
