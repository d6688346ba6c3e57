#include "cli/sse_parser.h"
#include "tests/catch.h"

namespace moondial::sse_test {

namespace {

std::vector<std::string> events(const std::string& text, size_t piece) {
  std::vector<std::string> out;
  SseParser parser([&](const SseEvent& event) { out.push_back(event.name + "|" + event.data); });
  for (size_t at = 0; at < text.size(); at += piece) parser.feed(text.substr(at, piece));
  return out;
}

}  // namespace

TEST_CASE("server-sent events are read from pieces of any size") {
  const std::string text =
      "event: run\ndata: {\"run\": 7}\n\n: a comment\r\nevent:ended\r\ndata:a\r\ndata: b\r\n\r\n"
      "data\rid: 5\r\revent: without data\n\ndata: not yet ended";
  const std::vector<std::string> expected = {"run|{\"run\": 7}", "ended|a\nb", "message|"};
  for (size_t piece = 1; piece <= text.size(); ++piece) CHECK(events(text, piece) == expected);
}

}  // namespace moondial::sse_test
