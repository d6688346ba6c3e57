#include "lua/lane.h"

#include <algorithm>

#include "lua/host_lane.h"
#include "tests/catch.h"
#include "tests/lua_host/fake_state.h"
#include "tests/lua_host/fixture.h"

namespace moondial::lane_test {
namespace {

using Kind = ScriptOutcome::Kind;

/// A lane in this process, and the engine's end of its socket.
struct LaneFixture {
  LookingLoop loop;
  std::unique_ptr<ScriptState> state = make_fake_state({});
  int gone = 0;
  std::vector<msg::FromLane> heard;
  std::unique_ptr<Lane> lane;
  Descriptor engine_end;
  std::unique_ptr<Channel> engine;

  LaneFixture() {
    auto ends = make_socket_pair();
    engine_end = std::move(ends->first);
    lane = std::make_unique<Lane>(loop, *state, std::move(ends->second), [this] { ++gone; });
  }
  void listen() {
    engine = std::make_unique<Channel>(
        loop, std::move(engine_end),
        Channel::Events{.on_message =
                            [this](std::string_view bytes) {
                              heard.push_back(std::move(decode_from_lane(bytes)).value());
                            },
                        .on_closed = [](const Status&) {},
                        .on_drained = {}});
  }
  void tell(const msg::ToLane& message) { REQUIRE(engine->send(encode(message)).ok()); }
  template <typename T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const msg::FromLane& message : heard) {
      if (const T* one = std::get_if<T>(&message)) found.push_back(*one);
    }
    return found;
  }
  void turns(int count) {
    std::function<void()> turn = [&] {
      if (--count > 0) loop.defer(turn);
    };
    loop.defer(turn);
    REQUIRE(loop.run_until([&] { return count == 0; }));
  }
};

TEST_CASE("an endless job does not keep its lane mates from ending") {
  LaneFixture f;
  f.listen();
  f.tell(msg::Run{attempt_of(1, "loop")});
  f.tell(msg::Run{attempt_of(2, "slices", "50")});
  f.tell(msg::Plan{1, {{{"many", {{"n", "1200"}}, ""}}, Force::kNone, false, {}, false, {}, {}}});
  REQUIRE(f.loop.run_until(
      [&] { return f.all<msg::Ended>().size() == 1 && f.all<msg::PlanEnd>().size() == 1; }));
  CHECK(f.all<msg::Ended>()[0].attempt == AttemptId(2));
  CHECK(f.all<msg::Tasks>().size() == 3);
  f.tell(msg::Stop{AttemptId(1)});
  REQUIRE(f.loop.run_until([&] { return f.all<msg::Ended>().size() == 2; }));
  CHECK(f.all<msg::Ended>()[1].outcome.kind == Kind::kStopped);
  CHECK(f.all<msg::Log>().at(0).text == "closed");
}

TEST_CASE("what is asked about jobs that have ended is ignored") {
  LaneFixture f;
  f.listen();
  f.tell(msg::Run{attempt_of(1, "ok")});
  f.tell(msg::Stop{AttemptId(9)});
  f.tell(msg::CancelPlan{9});
  f.tell(msg::CommandEnded{AttemptId(9), 1, CommandResult()});
  REQUIRE(f.loop.run_until([&] { return !f.heard.empty(); }));
  f.tell(msg::Stop{AttemptId(1)});
  f.turns(20);
  CHECK(f.heard.size() == 1);
}

TEST_CASE("a lane that is not listened to stops working when much is unsent") {
  LaneFixture f;
  auto run = encode(msg::Run{attempt_of(1, "flood", "20")});  // 20 slices of 1 MiB
  FrameWriter writer;
  REQUIRE(writer.add(run).ok());
  REQUIRE(writer.send(f.engine_end.get()) == FrameWriter::Sent::kAll);
  fake_slices = 0;
  f.turns(500);
  CHECK(fake_slices >= 4);
  CHECK(fake_slices <= 6);
  f.listen();
  REQUIRE(f.loop.run_until([&] { return f.all<msg::Ended>().size() == 1; }));
  CHECK(fake_slices == 20);
  CHECK(f.all<msg::Log>().size() == 20 * 64);
}

TEST_CASE("long output comes in pieces that end with lines") {
  LaneFixture f;
  f.listen();
  std::string text;
  while (text.size() < size_t{3} << 20) text += "a line of output\n";
  text += std::string(size_t{2} << 20, 'x');
  f.tell(msg::Run{attempt_of(1, "talk", "", text)});
  REQUIRE(f.loop.run_until([&] { return f.all<msg::Ended>().size() == 1; }));
  std::string heard;
  for (const msg::Log& log : f.all<msg::Log>()) {
    CHECK(log.text.size() <= size_t{1} << 20);
    if (heard.empty()) CHECK(log.text.back() == '\n');
    heard += log.text;
  }
  CHECK(heard == text);
}

TEST_CASE("what is too long to be sent fails the job that says it") {
  LaneFixture f;
  f.listen();
  f.tell(msg::Run{attempt_of(1, "huge")});
  REQUIRE(f.loop.run_until([&] { return f.all<msg::Ended>().size() == 1; }));
  const ScriptOutcome outcome = f.all<msg::Ended>()[0].outcome;
  CHECK(outcome.kind == Kind::kFailed);
  CHECK(outcome.text == "a message of 65 MiB is longer than 64 MiB");
}

TEST_CASE("a plan can be cancelled, or fail with its diagnostics") {
  LaneFixture f;
  f.listen();
  f.tell(msg::Plan{1, {{{"loop", {}, ""}}, Force::kNone, false, {}, false, {}, {}}});
  f.tell(msg::Plan{2, {{{"error", {}, ""}}, Force::kNone, false, {}, false, {}, {}}});
  REQUIRE(f.loop.run_until([&] { return !f.heard.empty(); }));
  const auto failed = f.all<msg::PlanEnd>().at(0);
  CHECK(failed.ticket == 2);
  CHECK(failed.roots.error().diagnostics.at(0).text() == "pipelines/a.lua:3: no (yes)");
  f.tell(msg::CancelPlan{1});
  REQUIRE(f.loop.run_until([&] { return f.all<msg::PlanEnd>().size() == 2; }));
  CHECK(f.all<msg::PlanEnd>()[1].roots.error().code == Code::kCancelled);
}

TEST_CASE("a lane ends with its engine, and when it is told nonsense") {
  SECTION("closed") {
    LaneFixture f;
    f.engine_end.reset();
    CHECK(f.loop.run_until([&] { return f.gone == 1; }));
  }
  SECTION("nonsense") {
    LaneFixture f;
    f.listen();
    REQUIRE(f.engine->send("\x7fnonsense").ok());
    CHECK(f.loop.run_until([&] { return f.gone == 1; }));
  }
}

TEST_CASE("a lane that talks nonsense is to be ended, and what ran there is lost") {
  LookingLoop loop;
  auto ends = make_socket_pair();
  int broken = 0;
  int finished = 0;
  HostLane lane(loop, 1, std::move(ends->first), std::chrono::seconds(1),
                {.on_broken = [&] { ++broken; }, .on_finished = [&] { ++finished; }});
  Recorder recorder;
  lane.run(attempt_of(1, "x"), &recorder);
  Channel other(
      loop, std::move(ends->second),
      {.on_message = [](std::string_view) {}, .on_closed = [](const Status&) {}, .on_drained = {}});
  REQUIRE(other.send("\x7fnonsense").ok());
  REQUIRE(loop.run_until([&] { return broken == 1; }));
  CHECK_FALSE(lane.open());
  CHECK_FALSE(recorder.ended());
  lane.process_ended("lane ended by signal 9 (SIGKILL)");
  CHECK(finished == 1);
  REQUIRE(recorder.outcomes.size() == 1);
  CHECK(recorder.outcomes[0].kind == Kind::kLost);
  CHECK(recorder.outcomes[0].text == "lane was ended: malformed message of kind 127");
}

}  // namespace
}  // namespace moondial::lane_test
