// The stream of server-sent events that the client reads. Input: the stream.
#include "cli/sse_parser.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT

std::string read(std::string_view stream, size_t piece) {
  std::string out;
  SseParser parser([&](const SseEvent& event) {
    expect(event.name.find_first_of("\r\n") == std::string::npos, "a name is one line");
    expect(event.data.find('\r') == std::string::npos, "lines of data end with \\n");
    out += event.name + '\0' + event.data + '\0';
  });
  for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
    parser.feed(stream.substr(0, piece));
  }
  return out;
}

}  // namespace

FUZZ_TARGET(events) {
  const std::string whole = read(input, std::string_view::npos);
  for (const size_t piece : {1, 2, 5}) {
    expect_same(read(input, piece), whole, "events are the same however the stream is divided");
  }
}
