// The messages between engine, loader and lanes, and how a stream is cut into them. Input: a letter
// that says which way, and the message; \xHH is a byte.
#include "lua/protocol.h"

#include <unistd.h>

#include "base/wire.h"
#include "lua/channel.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT

/// What is understood is written the same by both ends from then on.
template <typename Message>
void check(const Result<Message>& message, Result<Message> (*decode)(std::string_view)) {
  if (!message.ok()) return expect(message.error().code == Code::kCorrupt, "a refusal is kCorrupt");
  const std::string bytes = encode(*message);
  const auto again = decode(bytes);
  expect(again.ok() && again->index() == message->index(), "a message that is written is read");
  expect_same(encode(*again), bytes, "and written the same");
}

void check_values(std::string_view bytes) {
  WireReader reader(bytes);
  WireWriter writer;
  for (size_t i = 0; reader.ok() && !reader.at_end(); ++i) {
    switch (i % 4) {
      case 0:
        writer.u64(reader.u64());
        break;
      case 1:
        writer.i64(reader.i64());
        break;
      case 2:
        writer.f64(reader.f64());
        break;
      default:
        writer.str(reader.str());
    }
  }
  if (!reader.ok()) expect(reader.u64() == 0 && reader.str().empty(), "after an end comes nothing");
  const std::string written = writer.take();
  WireReader again(written);
  if (!written.empty()) expect(again.u64() == WireReader(written).u64(), "a number reads back");
}

/// Whatever comes out of a socket, in pieces: messages, or a refusal.
void check_stream(std::string_view bytes) {
  auto ends = make_socket_pair();
  expect(ends.ok(), "there is a socket");
  FrameReader reader;
  bool refused = false;
  size_t came = 0;
  const size_t whole = bytes.size();
  while (!bytes.empty() && !refused) {
    const std::string_view piece = bytes.substr(0, 1 + came % 7);
    expect(::write(ends->first.get(), piece.data(), piece.size()) ==
               static_cast<ssize_t>(piece.size()),
           "a socket takes a few bytes");
    bytes.remove_prefix(piece.size());
    expect(reader.receive(ends->second.get()) == FrameReader::Received::kSome, "they come");
    for (;;) {
      const auto message = reader.next();
      refused = !message.ok();
      if (refused || !*message) break;
      came += 4 + (*message)->size();
    }
  }
  expect(came <= whole, "no more comes than was sent");
}

}  // namespace

FUZZ_TARGET(protocol) {
  const std::string bytes = unescape(input.substr(std::min<size_t>(1, input.size())));
  switch (input.empty() ? '\0' : input.front()) {
    case 'l':
      return check(decode_to_loader(bytes), decode_to_loader);
    case 'L':
      return check(decode_from_loader(bytes), decode_from_loader);
    case 'a':
      return check(decode_to_lane(bytes), decode_to_lane);
    case 'A':
      return check(decode_from_lane(bytes), decode_from_lane);
    case 's':
      return check_stream(std::string_view(bytes).substr(0, 4096));
    default:
      return check_values(bytes);
  }
}
