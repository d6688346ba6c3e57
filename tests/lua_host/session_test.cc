// Sessions over the real ScriptState: on lanes of their own, which can come to no harm but theirs.
#include <signal.h>

#include "tests/catch.h"
#include "tests/lua_host/fixture.h"

namespace moondial::session_test {
namespace {

using Kind = SessionResult::Kind;
using Catch::Matchers::ContainsSubstring;

struct Typed final : SessionListener {
  void on_print(std::string_view text) override { printed += text; }
  void on_question(SessionQuestion question) override {
    if (question.path.empty() && takes) {
      host->sessions().answer(session, question.request, SessionAnswer{200, ""});
    } else {
      questions.push_back(std::move(question));
    }
  }
  void on_result(SessionResult result) override { results.push_back(std::move(result)); }
  void on_ended(const std::string& why) override { ended.push_back(why); }

  LuaHost* host = nullptr;
  uint64_t session = 0;
  bool takes = true;  ///< what is printed
  std::string printed;
  std::vector<SessionQuestion> questions;
  std::vector<SessionResult> results;
  std::vector<std::string> ended;
};

struct SessionHostFixture : HostFixture {
  explicit SessionHostFixture(const std::function<void(LuaHostOptions&)>& adjust = {})
      : HostFixture([&](LuaHostOptions& o) {
          o.loader.argv = {"x", "lua"};
          o.lanes = 1;
          if (adjust) adjust(o);
        }) {
    project.write("pipelines/a.lua", R"lua(
      task "Slow" { run = function() sh "wait" print "went on" end } )lua");
    if (const Generation* const loaded = load()) generation = loaded->id;
  }
  ~SessionHostFixture() { host->close(); }
  void open(Typed& typed) {
    typed.host = host.get();
    typed.session = host->sessions().open(generation, &typed);
  }
  /// What comes of a text, as one word.
  std::string evaluate(Typed& typed, const std::string& text) {
    const size_t before = typed.results.size();
    host->sessions().input(typed.session, SessionInput{text});
    if (!run_until([&] { return typed.results.size() > before || !typed.ended.empty(); })) {
      return "nothing";
    }
    if (typed.results.size() == before) return "ended: " + typed.ended.back();
    const SessionResult& result = typed.results.back();
    if (result.kind == Kind::kError) return result.error;
    return result.texts.empty() ? "" : result.texts.front();
  }
  GenerationId generation;
};

TEST_CASE("Lua: two sessions know nothing of one another") {
  SessionHostFixture f;
  Typed a, b;
  f.open(a);
  f.open(b);
  CHECK(f.evaluate(a, "x = 1; return x") == "1");
  CHECK_THAT(f.evaluate(b, "x"), ContainsSubstring("unknown name 'x'"));
  CHECK(f.evaluate(a, "x") == "1");
  f.host->sessions().close(a.session);
  CHECK(f.evaluate(b, "2") == "2");
  CHECK(a.ended.empty());
}

TEST_CASE(
    "Lua: what a session asks is answered, and an answer that comes late belongs to nothing") {
  SessionHostFixture f;
  Typed typed;
  f.open(typed);
  f.host->sessions().input(typed.session, SessionInput{"runs[7].state"});
  REQUIRE(f.run_until([&] { return typed.questions.size() == 1; }));
  CHECK(typed.questions[0].path == "runs/7");
  f.host->sessions().interrupt(typed.session);
  REQUIRE(f.run_until([&] { return typed.results.size() == 1; }));
  CHECK(typed.results[0].kind == Kind::kInterrupted);
  f.host->sessions().input(typed.session, SessionInput{"runs[8].state"});
  REQUIRE(f.run_until([&] { return typed.questions.size() == 2; }));
  const SessionAnswer late{200, R"({"run": 7, "state": "late"})"};
  f.host->sessions().answer(typed.session, typed.questions[0].request, late);
  const SessionAnswer right{200, R"({"run": 8, "state": "right"})"};
  f.host->sessions().answer(typed.session, typed.questions[1].request, right);
  REQUIRE(f.run_until([&] { return typed.results.size() == 2; }));
  CHECK(typed.results[1].texts == std::vector<std::string>{"right"});
}

TEST_CASE("Lua: an endless loop is interrupted, its session goes on, and nothing else noticed") {
  SessionHostFixture f;
  Recorder slow;
  ScriptAttempt attempt;
  attempt.attempt = AttemptId(1);
  attempt.run = RunId(1);
  attempt.name = "Slow";
  f.host->start(f.generation, attempt, &slow);
  REQUIRE(f.run_until([&] { return slow.commands.size() == 1; }));
  Typed typed;
  f.open(typed);
  CHECK(f.evaluate(typed, "x = 5") == "");
  f.host->sessions().input(typed.session,
                           SessionInput{"print 'on' while true do pcall(error) end"});
  REQUIRE(f.run_until([&] { return typed.printed == "on\n"; }));
  f.host->sessions().interrupt(typed.session);
  REQUIRE(f.run_until([&] { return typed.results.size() == 2; }));
  CHECK(typed.results[1].kind == Kind::kInterrupted);
  CHECK(f.evaluate(typed, "x") == "5");
  f.host->command_ended(AttemptId(1), slow.commands[0].request, CommandResult());
  REQUIRE(f.run_until([&] { return slow.ended(); }));
  CHECK(slow.outcomes[0].kind == ScriptOutcome::Kind::kSucceeded);
}

TEST_CASE("Lua: a library call that does not return is ended with its lane alone") {
  SessionHostFixture f([](LuaHostOptions& o) { o.stop_bound = std::chrono::milliseconds(50); });
  Recorder slow;
  ScriptAttempt attempt;
  attempt.attempt = AttemptId(1);
  attempt.run = RunId(1);
  attempt.name = "Slow";
  f.host->start(f.generation, attempt, &slow);
  Typed hanging, other;
  f.open(hanging);
  f.open(other);
  CHECK(f.evaluate(other, "x = 5; return x") == "5");
  f.host->sessions().input(
      hanging.session,
      SessionInput{"print 'on'; return (('a'):rep(2^20):find(('a*'):rep(30) .. 'b'))"});
  REQUIRE(f.run_until([&] { return hanging.printed == "on\n"; }));
  f.host->sessions().interrupt(hanging.session);
  REQUIRE(f.run_until([&] { return !hanging.ended.empty(); }));
  CHECK_THAT(hanging.ended[0], ContainsSubstring("what was typed did not stop within"));
  CHECK(f.evaluate(other, "x") == "5");
  f.host->command_ended(AttemptId(1), 1, CommandResult());
  REQUIRE(f.run_until([&] { return slow.ended(); }));
  CHECK(slow.outcomes[0].kind == ScriptOutcome::Kind::kSucceeded);
  // A new one is opened as the first was.
  Typed anew;
  f.open(anew);
  CHECK(f.evaluate(anew, "1") == "1");
}

TEST_CASE("a memory bomb that is typed is refused, or takes no more than its lane") {
  SessionHostFixture f([](LuaHostOptions& o) { o.session_memory = int64_t{32} << 20; });
  Typed typed, other;
  f.open(typed);
  f.open(other);
  CHECK(f.evaluate(other, "x = 5") == "");
  CHECK_THAT(f.evaluate(typed, "t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end"),
             ContainsSubstring("not enough memory"));
  CHECK(f.evaluate(typed, "t = nil; return 1") == "1");
  // What C++ allocates is bounded as well, by the system.
  f.project.write("large", std::string(40 << 20, 'x'));
  CHECK_THAT(f.evaluate(typed, "#file('large'):read()"),
             ContainsSubstring("not enough memory") || ContainsSubstring("bad_alloc"));
  CHECK(f.evaluate(typed, "1") == "1");
  CHECK(f.evaluate(other, "x") == "5");
}

TEST_CASE("Lua: who does not take what is printed has it wait, and can still interrupt") {
  SessionHostFixture f;
  Typed typed;
  typed.takes = false;
  f.open(typed);
  f.host->sessions().input(typed.session, SessionInput{"while true do print(('x'):rep(1000)) end"});
  REQUIRE(f.run_until([&] { return typed.questions.size() == 1; }));
  const size_t printed = typed.printed.size();
  CHECK(printed < 100'000);
  f.host->sessions().interrupt(typed.session);
  REQUIRE(f.run_until([&] { return typed.results.size() == 1; }));
  CHECK(typed.printed.size() == printed);
}

TEST_CASE("Lua: a session of a generation that is gone is told so") {
  SessionHostFixture f;
  Typed typed;
  typed.session = f.host->sessions().open(GenerationId(99), &typed);
  REQUIRE(f.run_until([&] { return !typed.ended.empty(); }));
  CHECK(typed.ended[0] == "its generation is gone");
}

TEST_CASE("Lua: the end of a session's lane, and of the loader, is told to it") {
  SessionHostFixture f;
  Typed typed;
  f.open(typed);
  CHECK(f.evaluate(typed, "1") == "1");
  ::kill(f.loader(), SIGKILL);
  REQUIRE(f.run_until([&] { return !typed.ended.empty(); }));
  Typed anew;
  f.open(anew);
  CHECK(f.evaluate(anew, "2") == "2");
}

}  // namespace
}  // namespace moondial::session_test
