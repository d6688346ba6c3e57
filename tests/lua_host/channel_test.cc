#include "lua/channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include "tests/catch.h"
#include "tests/lua_host/fixture.h"

namespace moondial::channel_test {
namespace {

/// One end of a channel, and what it hears.
struct End {
  End(LookingLoop& loop, Descriptor socket)
      : channel(loop, std::move(socket),
                {.on_message = [this](std::string_view m) { heard.emplace_back(m); },
                 .on_closed = [this](Status why) { closed.push_back(std::move(why)); },
                 .on_drained = [this] { ++drained; }}) {}
  std::vector<std::string> heard;
  std::vector<Status> closed;
  int drained = 0;
  Channel channel;
};

struct Pair {
  LookingLoop loop;
  std::unique_ptr<End> a, b;
  Pair() {
    auto ends = make_socket_pair();
    a = std::make_unique<End>(loop, std::move(ends->first));
    b = std::make_unique<End>(loop, std::move(ends->second));
  }
};

TEST_CASE("messages arrive whole and in order, in both directions") {
  Pair pair;
  std::vector<std::string> sent;
  for (size_t i = 0; i < 5000; ++i) sent.push_back(std::string(i % 700, static_cast<char>(i)));
  sent.push_back(std::string(5 << 20, 'x'));  // far more than the socket holds
  sent.push_back("");
  sent.push_back("last");
  for (const std::string& message : sent) {
    REQUIRE(pair.a->channel.send(message).ok());
    REQUIRE(pair.b->channel.send(message).ok());
  }
  CHECK(pair.a->channel.unsent() > size_t{5} << 20);
  CHECK(pair.loop.run_until(
      [&] { return pair.a->heard.size() == sent.size() && pair.b->heard.size() == sent.size(); }));
  CHECK(pair.a->heard == sent);
  CHECK(pair.b->heard == sent);
  CHECK(pair.a->channel.unsent() == 0);
  CHECK(pair.a->drained >= 1);
}

TEST_CASE("a message longer than the bound is not taken") {
  Pair pair;
  CHECK(pair.a->channel.send(std::string(kMaxFrame, 'x')).ok());
  const Status refused = pair.a->channel.send(std::string(kMaxFrame + 1, 'x'));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::kInvalid);
  CHECK(pair.loop.run_until([&] { return pair.b->heard.size() == 1; }));
  CHECK(pair.b->heard[0].size() == kMaxFrame);
}

TEST_CASE("an announced length above the bound closes the channel as corrupt") {
  LookingLoop loop;
  auto ends = make_socket_pair();
  End end(loop, std::move(ends->first));
  REQUIRE(::send(ends->second.get(), "\xff\xff\xff\xff", 4, 0) == 4);
  CHECK(loop.run_until([&] { return !end.closed.empty(); }));
  REQUIRE_FALSE(end.closed[0].ok());
  CHECK(end.closed[0].error().code == Code::kCorrupt);
  CHECK(end.channel.send("into the void").ok());
}

TEST_CASE("what an end said before it went is heard before its end") {
  Pair pair;
  REQUIRE(pair.a->channel.send("unread").ok());  // makes the kernel report a reset, too
  REQUIRE(pair.b->channel.send("last words").ok());
  REQUIRE(pair.loop.run_until([&] { return pair.b->drained > 0; }));
  pair.b.reset();
  CHECK(pair.loop.run_until([&] { return !pair.a->closed.empty(); }));
  CHECK(pair.a->heard == std::vector<std::string>{"last words"});
  CHECK(pair.a->closed[0].ok());
}

TEST_CASE("a shut channel is silent") {
  Pair pair;
  REQUIRE(pair.a->channel.send("a").ok());
  pair.b->channel.shut();
  CHECK(pair.loop.run_until([&] { return !pair.a->closed.empty(); }));
  CHECK(pair.b->heard.empty());
  CHECK(pair.b->closed.empty());
}

TEST_CASE("descriptors come with the messages that they were sent with") {
  auto ends = make_socket_pair();
  FrameWriter writer;
  int kept = -1;
  for (const char* text : {"first", "second"}) {
    int pipe_ends[2];
    REQUIRE(::pipe2(pipe_ends, O_CLOEXEC) == 0);
    REQUIRE(::write(pipe_ends[1], text, 6) > 0);
    ::close(pipe_ends[1]);
    kept = pipe_ends[0];
    REQUIRE(writer.add("plain").ok());
    REQUIRE(writer.add(text, Descriptor(pipe_ends[0])).ok());
  }
  CHECK(writer.send(ends->first.get()) == FrameWriter::Sent::kAll);
  CHECK(::fcntl(kept, F_GETFD) == -1);  // what was passed is closed here

  FrameReader reader;
  std::vector<std::string> heard;
  while (heard.size() < 4) {
    REQUIRE(reader.receive(ends->second.get()) == FrameReader::Received::kSome);
    for (auto next = reader.next(); *next; next = reader.next()) heard.emplace_back(**next);
  }
  CHECK(heard == std::vector<std::string>{"plain", "first", "plain", "second"});
  for (const std::string text : {"first", "second"}) {
    const Descriptor fd = reader.take_fd();
    REQUIRE(fd);
    CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
    char bytes[16] = {};
    CHECK(::read(fd.get(), bytes, sizeof bytes) > 0);
    CHECK(bytes == text);
  }
  CHECK_FALSE(reader.take_fd());
}

}  // namespace
}  // namespace moondial::channel_test
