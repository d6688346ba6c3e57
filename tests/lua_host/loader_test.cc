#include "lua/loader.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lua/channel.h"
#include "lua/protocol.h"
#include "tests/catch.h"
#include "tests/lua_host/fake_state.h"
#include "uv/uv_loop.h"

namespace moondial::loader_test {
namespace {

const LoaderParts kParts{make_fake_state, [] { return std::make_unique<UvLoop>(); }};

/// A loader forked from this process, talked to without a loop.
class LoaderFixture {
 public:
  LoaderFixture() {
    auto ends = make_socket_pair();
    socket_ = std::move(ends->first);
    pid_ = ::fork();
    if (pid_ == 0) {
      socket_.reset();
      ::_exit(loader_main(ends->second.release(), kParts));
    }
  }
  ~LoaderFixture() {
    if (pid_ > 0) static_cast<void>(exit_status());
  }

  void tell(std::string_view bytes, Descriptor passed = {}) {
    FrameWriter writer;
    const Status added = writer.add(bytes, std::move(passed));
    REQUIRE(added.ok());
    REQUIRE(writer.send(socket_.get()) == FrameWriter::Sent::kAll);
  }
  msg::FromLoader hear() {
    while (true) {
      const auto next = reader_.next();
      if (*next) return std::move(decode_from_loader(**next)).value();
      pollfd readable{socket_.get(), POLLIN, 0};
      REQUIRE(::poll(&readable, 1, 60'000) == 1);
      REQUIRE(reader_.receive(socket_.get()) == FrameReader::Received::kSome);
    }
  }
  /// Closes the socket and waits.
  int exit_status() {
    socket_.reset();
    int status = 0;
    REQUIRE(::waitpid(std::exchange(pid_, 0), &status, 0) > 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  Descriptor socket_;
  pid_t pid_ = 0;
  FrameReader reader_;
};

TEST_CASE("a loader ends well when its engine closes") {
  LoaderFixture loader;
  CHECK(loader.exit_status() == 0);
}

TEST_CASE("a loader that is told nonsense ends as failed") {
  LoaderFixture loader;
  SECTION("no message") { loader.tell("\x7fnonsense"); }
  SECTION("files, but nothing to load them with") { loader.tell(encode(msg::Load{})); }
  SECTION("an empty one") {
    loader.tell(encode(msg::Source{{SourceFile::Kind::kConfig, "moondial.lua", "", ""}}));
    loader.tell("");
  }
  CHECK(loader.exit_status() == 1);
}

TEST_CASE("a loader begins nothing if the maker of its socket is not its parent") {
  const pid_t child = ::fork();
  if (child == 0) {
    auto ends = make_socket_pair();
    ::_exit(loader_main(ends->second.release(), kParts) == 1 ? 42 : 0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 42);
}

TEST_CASE("a lane needs declarations and a socket") {
  LoaderFixture loader;
  auto ends = make_socket_pair();
  loader.tell(encode(msg::ForkLane{1}), std::move(ends->second));
  CHECK(std::get<msg::LaneEnded>(loader.hear()).error == "the declarations did not load");
  loader.tell(encode(msg::Prepare{"/", 1}));
  loader.tell(encode(msg::Load{}));
  CHECK(std::holds_alternative<msg::Loaded>(loader.hear()));
  loader.tell(encode(msg::ForkLane{2}));
  CHECK(std::get<msg::LaneEnded>(loader.hear()).lane == 2);
  loader.tell(encode(msg::KillLane{3}));
  CHECK(loader.exit_status() == 0);
}

TEST_CASE("lanes asked for at once hold no end of each other's sockets") {
  LoaderFixture loader;
  loader.tell(encode(msg::Prepare{"/", 1}));
  loader.tell(encode(msg::Load{}));
  CHECK(std::holds_alternative<msg::Loaded>(loader.hear()));
  std::vector<Descriptor> sockets;
  for (uint64_t lane = 1; lane <= 4; ++lane) {
    auto ends = make_socket_pair();
    sockets.push_back(std::move(ends->first));
    loader.tell(encode(msg::ForkLane{lane}), std::move(ends->second));
  }
  for (uint64_t lane = 1; lane <= 4; ++lane) {
    loader.tell(encode(msg::KillLane{lane}));
    const auto ended = std::get<msg::LaneEnded>(loader.hear());
    CHECK(ended.lane == lane);
    CHECK(WTERMSIG(ended.wait_status) == SIGKILL);
    FrameReader reader;
    CHECK(reader.receive(sockets[lane - 1].get()) == FrameReader::Received::kClosed);
  }
}

}  // namespace
}  // namespace moondial::loader_test
