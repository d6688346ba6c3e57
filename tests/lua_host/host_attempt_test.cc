#include <algorithm>

#include "tests/catch.h"
#include "tests/lua_host/fixture.h"

namespace moondial::host_attempt_test {
namespace {

using Kind = ScriptOutcome::Kind;

struct AttemptFixture : HostFixture {
  explicit AttemptFixture(int lanes = 2, Duration stop_bound = std::chrono::seconds(60))
      : HostFixture([&](LuaHostOptions& o) {
          o.lanes = lanes;
          o.stop_bound = stop_bound;
        }) {
    generation = load()->id;
  }
  void start(uint64_t number, const std::string& name, Recorder& recorder,
             const std::string& n = "", const std::string& text = "") {
    host->start(generation, attempt_of(number, name, n, text), &recorder);
  }
  bool wait_for(const Recorder& recorder) {
    return run_until([&] { return recorder.ended(); });
  }
  GenerationId generation;
};

TEST_CASE("an attempt's words and its end are told") {
  AttemptFixture f;
  Recorder talk;
  f.start(1, "talk", talk, "", "hello\nworld");
  CHECK(talk.logs.empty());
  REQUIRE(f.wait_for(talk));
  CHECK(talk.logs == std::vector<std::string>{"warn: hello\nworld"});
  CHECK(talk.emitted.at("rows") == "120");
  CHECK(talk.fraction == 0.5);
  CHECK(talk.progress_text == "half");
  CHECK(talk.outcomes[0].kind == Kind::kSucceeded);
}

TEST_CASE("every way to end is told apart") {
  AttemptFixture f;
  const std::vector<std::pair<std::string, Kind>> ways = {{"ok", Kind::kSucceeded},
                                                          {"fail", Kind::kFailed},
                                                          {"fail_for_good", Kind::kFailedForGood},
                                                          {"skip", Kind::kSkipped}};
  uint64_t number = 0;
  for (const auto& [name, kind] : ways) {
    Recorder recorder;
    f.start(++number, name, recorder, "", "why");
    REQUIRE(f.wait_for(recorder));
    CHECK(recorder.outcomes[0].kind == kind);
    CHECK(recorder.outcomes[0].text == "why");
  }
}

TEST_CASE("a check runs like a run, and may follow it under the same attempt") {
  AttemptFixture f;
  Recorder recorder;
  f.start(1, "ok", recorder);
  REQUIRE(f.wait_for(recorder));
  Recorder check;
  ScriptAttempt attempt = attempt_of(1, "fail", "", "no rows");
  attempt.step = ScriptStep::kCheck;
  f.host->start(f.generation, std::move(attempt), &check);
  REQUIRE(f.wait_for(check));
  CHECK(check.logs == std::vector<std::string>{"info: check"});
  CHECK(check.outcomes[0].text == "no rows");
}

TEST_CASE("a script's commands are asked for and answered") {
  AttemptFixture f;
  Recorder command;
  f.start(1, "command", command, "", "words");
  REQUIRE(f.run_until([&] { return !command.commands.empty(); }));
  CHECK(command.commands[0].request == 7);
  CHECK(command.commands[0].argv == std::vector<std::string>{"echo", "words"});
  CHECK(command.commands[0].out.kind == StreamSpec::Kind::kCapture);
  Result<CommandResult> answer = CommandResult();
  std::string heard = "print: 7: ";
  SECTION("with a result") {
    answer->out = "its output";
    heard += "its output";
  }
  SECTION("with an error") {
    answer = Error{Code::kNotFound, "no such command", {}};
    heard += "no such command";
  }
  SECTION("with more than fits a message") {
    answer->out = std::string(kMaxFrame, 'x');
    heard += "the output is too large to be captured";
  }
  f.host->command_ended(AttemptId(1), 7, answer);
  f.host->command_ended(AttemptId(99), 7, answer);
  REQUIRE(f.wait_for(command));
  CHECK(command.logs == std::vector{heard});
}

TEST_CASE("an endless attempt shares its lane with one that ends, then is stopped") {
  AttemptFixture f(1);
  Recorder endless, other;
  f.start(1, "loop", endless);
  f.start(2, "slices", other, "1000");
  REQUIRE(f.wait_for(other));
  CHECK(children_of(f.loader()).size() == 1);
  CHECK_FALSE(endless.ended());
  f.host->stop(AttemptId(1));
  f.host->stop(AttemptId(1));
  CHECK_FALSE(endless.ended());
  REQUIRE(f.wait_for(endless));
  CHECK(endless.outcomes[0].kind == Kind::kStopped);
  CHECK(endless.logs == std::vector<std::string>{"info: closed"});
  CHECK(other.outcomes[0].kind == Kind::kSucceeded);
  f.host->stop(AttemptId(1));
}

TEST_CASE("lanes are started as they are needed") {
  AttemptFixture f(3);
  const auto lanes = [&] { return children_of(f.loader()).size(); };
  CHECK(lanes() == 0);
  Recorder one, two, many[6];
  f.start(1, "ok", one);
  REQUIRE(f.wait_for(one));
  f.start(2, "ok", two);
  REQUIRE(f.wait_for(two));
  CHECK(lanes() == 1);
  for (uint64_t i = 0; i < 6; ++i) f.start(10 + i, "command", many[i]);
  REQUIRE(f.run_until([&] {
    return std::ranges::all_of(many, [](const Recorder& r) { return !r.commands.empty(); });
  }));
  CHECK(lanes() == 3);
}

TEST_CASE("a lane that hangs in a call is ended when an attempt of it is stopped") {
  AttemptFixture f(1, std::chrono::milliseconds(50));
  Recorder hanging, innocent, next;
  f.start(1, "command", innocent);
  f.start(2, "hang", hanging);
  REQUIRE(f.run_until([&] { return !innocent.commands.empty() && !hanging.logs.empty(); }));
  f.host->stop(AttemptId(2));
  REQUIRE(f.run_until([&] { return hanging.ended() && innocent.ended(); }));
  CHECK(hanging.outcomes[0].kind == Kind::kStopped);
  CHECK(innocent.outcomes[0].kind == Kind::kLost);
  CHECK(innocent.outcomes[0].text == "lane was ended: hang (attempt 2) did not stop within 50ms");
  f.start(3, "ok", next);
  REQUIRE(f.wait_for(next));
  CHECK(next.outcomes[0].kind == Kind::kSucceeded);
}

TEST_CASE("when a lane crashes, what it said before is heard, and all it ran is lost") {
  AttemptFixture f(1);
  Recorder crashing, talking, waiting, next;
  f.start(1, "talk", talking, "", std::string(100'000, 'x'));
  f.start(2, "command", waiting);
  SECTION("by a signal") {
    f.start(3, "crash", crashing);
    REQUIRE(f.wait_for(crashing));
    CHECK(crashing.outcomes[0].text == "lane ended by signal 11 (SIGSEGV)");
  }
  SECTION("by leaving") {
    f.start(3, "exit", crashing);
    REQUIRE(f.wait_for(crashing));
    CHECK(crashing.outcomes[0].text == "lane ended with status 3");
  }
  CHECK(crashing.outcomes[0].kind == Kind::kLost);
  REQUIRE(f.wait_for(waiting));
  CHECK(waiting.outcomes[0].kind == Kind::kLost);
  CHECK(talking.ended());
  f.start(4, "ok", next);
  REQUIRE(f.wait_for(next));
  CHECK(next.outcomes[0].kind == Kind::kSucceeded);
}

TEST_CASE("listeners may ask for more from inside their last call") {
  AttemptFixture f(1);
  struct Chain final : ScriptListener {
    explicit Chain(AttemptFixture& fixture) : f(fixture) {}
    void on_command(ScriptCommand) override {}
    void on_await(ScriptAwait) override {}
    void on_cancel(uint64_t) override {}
    void on_paused(uint64_t) override {}
    void on_log(std::string_view, std::string_view) override {}
    void on_emit(const std::string&, const std::string&) override {}
    void on_progress(double, const std::string&) override {}
    void on_ended(ScriptOutcome) override {
      if (++ends < 20)
        f.host->start(f.generation, attempt_of(ends + 1, ends % 2 ? "crash" : "ok"), this);
    }
    AttemptFixture& f;
    uint64_t ends = 0;
  } chain(f);
  f.host->start(f.generation, attempt_of(1, "crash"), &chain);
  REQUIRE(f.run_until([&] { return chain.ends == 20; }));
}

TEST_CASE("an attempt of an unknown generation is lost, later") {
  AttemptFixture f;
  Recorder recorder;
  f.host->start(GenerationId(99), attempt_of(1, "ok"), &recorder);
  CHECK_FALSE(recorder.ended());
  REQUIRE(f.wait_for(recorder));
  CHECK(recorder.outcomes[0].kind == Kind::kLost);
}

TEST_CASE("much output arrives whole") {
  AttemptFixture f;
  Recorder flood;
  f.start(1, "flood", flood, "100");
  REQUIRE(f.wait_for(flood));
  CHECK(flood.log_bytes == size_t{100} << 20);
}

}  // namespace
}  // namespace moondial::host_attempt_test
