// Sessions over HTTP: the stream that carries what they say, and what is sent to them.
#include "tests/catch.h"
#include "tests/http/raw_client.h"

namespace moondial::session_stream_test {
namespace {

constexpr const char* kEvents = "Content-Type: application/json\r\nAccept: text/event-stream\r\n";

struct OpenSession : Served {
  OpenSession() {
    reader.ask("POST", "/api/v1/repl", "{}", kEvents);
    wait_for("event: session\ndata: {\"session\":5}\n\n");
  }
  void wait_for(const std::string& text) {
    INFO(text);
    reader.wait([&] { return reader.received.find(text) != std::string::npos; });
    CHECK(reader.received.find(text) != std::string::npos);
  }
  RawClient reader = client();
};

TEST_CASE("a session's stream says all that it says, as it comes") {
  OpenSession s;
  s.api.session_api.on_event({SessionEvent::Print{"one\ntwo\n"}});
  s.wait_for("event: print\ndata: {\"text\":\"one\\ntwo\\n\"}\n\n");
  s.api.session_api.on_event({SessionEvent::Notice{"gone"}});
  s.wait_for("event: notice\ndata: {\"text\":\"gone\"}\n\n");
  s.api.session_api.on_event({SessionQuestion{3, "POST", "plan", "{}", true}});
  s.wait_for(
      "event: question\ndata: {\"request\":3,\"method\":\"POST\",\"path\":\"plan\",\"body\":\"{}\","
      "\"environment\":true}\n\n");
  s.api.session_api.on_event({SessionResult{SessionResult::Kind::kValues, {"1", "\xff"}, "", 0}});
  s.wait_for("event: result\ndata: {\"kind\":\"values\",\"texts\":[\"1\",");
  CHECK(s.api.session_api.closed.empty());
  s.api.session_api.on_event({SessionEvent::Ended{"the engine ends"}});
  s.wait_for("event: ended\ndata: {\"why\":\"the engine ends\"}\n\n");
  // The connection goes too: an engine stays while there is one.
  s.reader.wait([&] { return s.reader.closed; });
  CHECK(s.reader.closed);
  CHECK(s.api.clients == 0);
  CHECK(s.api.session_api.closed.empty());  // it was the engine that ended it
}

TEST_CASE("a session is closed when its client has gone") {
  OpenSession s;
  s.reader.close();
  for (int i = 0; i < 200 && s.api.session_api.closed.empty(); ++i) s.loop.settle();
  CHECK(s.api.session_api.closed == std::vector<uint64_t>{5});
  // What it still says reaches nobody, and harms nothing.
  s.api.session_api.on_event({SessionEvent::Print{"late"}});
  s.loop.settle();
}

TEST_CASE("input, answer, interrupt and close reach the session") {
  OpenSession s;
  auto client = s.client();
  CHECK(client
            .request("POST", "/api/v1/repl/5/input",
                     R"({"text": "x", "line": 7, "completes": true, "json": true,
                           "colour": true, "columns": 99})")
            .status == 200);
  REQUIRE(s.api.session_api.inputs.size() == 1);
  const SessionInput& input = s.api.session_api.inputs[0];
  CHECK(input.text == "x");
  CHECK(input.line == 7);
  CHECK(input.completes);
  CHECK(input.json);
  CHECK(input.colour);
  CHECK(input.columns == 99);
  CHECK(client
            .request("POST", "/api/v1/repl/5/answer",
                     R"({"request": 3, "status": 404, "body": "no"})")
            .status == 200);
  REQUIRE(s.api.session_api.answers.size() == 1);
  CHECK(s.api.session_api.answers[0].first == 3);
  CHECK(s.api.session_api.answers[0].second.status == 404);
  CHECK(s.api.session_api.answers[0].second.body == "no");
  CHECK(client.request("POST", "/api/v1/repl/5/interrupt", "{}").status == 200);
  CHECK(s.api.session_api.interrupts == 1);
  CHECK(client.request("DELETE", "/api/v1/repl/5").status == 200);
  CHECK(s.api.session_api.closed == std::vector<uint64_t>{5});
}

TEST_CASE("what is wrong with a session's request is said") {
  Served s;
  auto client = s.client();
  CHECK(client.request("POST", "/api/v1/repl", "{}").status == 406);
  s.api.session_api.open_error = Error{Code::kConflict, "there are 16 sessions already", {}};
  CHECK(client.request("POST", "/api/v1/repl", "{}", kEvents).status == 409);
  CHECK(client.request("POST", "/api/v1/repl/6/input", R"({"text": ""})").status == 404);
  CHECK(client.get("/api/v1/repl/6").status == 405);
  for (const char* body : {"", "[]", "{", "{}", R"({"text": 1})", R"({"text": "", "line": 0})",
                           R"({"text": "", "line": -1})", R"({"text": "", "line": 99999999})",
                           R"({"text": "", "columns": 1.5})", R"({"text": "", "json": 1})",
                           R"({"text": "", "txet": 1})"}) {
    INFO(body);
    CHECK(client.request("POST", "/api/v1/repl/5/input", body).status == 400);
  }
  for (const char* body : {"{}", R"({"request": "x"})", R"({"request": 1, "more": 1})"}) {
    INFO(body);
    CHECK(client.request("POST", "/api/v1/repl/5/answer", body).status == 400);
  }
  s.api.session_api.input_answer = {Code::kConflict, "the last input is still under way"};
  CHECK(client.request("POST", "/api/v1/repl/5/input", R"({"text": "x"})").status == 409);
}

TEST_CASE("what a client does not read is kept in bounds, and it hears so") {
  OpenSession s;
  const std::string large(1 << 20, 'x');
  for (int i = 0; i < 60; ++i) s.api.session_api.on_event({SessionEvent::Print{large}});
  s.api.session_api.on_event({SessionResult{}});
  s.wait_for("event: result\n");
  CHECK(s.reader.received.size() < (size_t{40} << 20));
  CHECK(s.reader.received.find("bytes that were printed are not shown") != std::string::npos);
}

}  // namespace
}  // namespace moondial::session_stream_test
