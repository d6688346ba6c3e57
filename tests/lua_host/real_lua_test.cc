// The host over the real ScriptState: user code in Lua, in lanes.
#include "tests/catch.h"
#include "tests/lua_host/fixture.h"

namespace moondial::real_lua_test {
namespace {

using Kind = ScriptOutcome::Kind;

struct LuaFixture : HostFixture {
  explicit LuaFixture(const std::string& text)
      : HostFixture([](LuaHostOptions& o) {
          o.loader.argv = {"x", "lua"};
          o.lanes = 1;
        }) {
    project.write("pipelines/a.lua", text);
    if (const Generation* const loaded = load()) generation = loaded->id;
  }
  void start(uint64_t number, const std::string& name, Recorder& recorder) {
    ScriptAttempt attempt;
    attempt.attempt = AttemptId(number);
    attempt.run = RunId(1);
    attempt.name = name;
    host->start(generation, attempt, &recorder);
  }
  GenerationId generation;
};

TEST_CASE("Lua: an endless loop runs beside another task, which finishes, then it is stopped") {
  LuaFixture f(R"(
    task "Endless" { run = function() while true do end end }
    task "Caught" { run = function() while true do pcall(function() while true do end end) end end }
    task "Other" {
      run = function()
        local sum = 0
        for i = 1, 3000000 do sum = sum + i end
        print("sum", sum)
      end,
    })");
  REQUIRE(f.generation);
  Recorder endless, caught, other;
  f.start(1, "Endless", endless);
  f.start(2, "Caught", caught);
  f.start(3, "Other", other);
  REQUIRE(f.run_until([&] { return other.ended(); }));
  CHECK(other.outcomes[0].text.empty());
  CHECK(other.outcomes[0].kind == Kind::kSucceeded);
  CHECK(other.logs.size() == 1);
  CHECK_FALSE(endless.ended());
  CHECK_FALSE(caught.ended());
  f.host->stop(AttemptId(1));
  f.host->stop(AttemptId(2));
  REQUIRE(f.run_until([&] { return endless.ended() && caught.ended(); }));
  CHECK(endless.outcomes[0].kind == Kind::kStopped);
  CHECK(caught.outcomes[0].kind == Kind::kStopped);
}

TEST_CASE("Lua: a command suspends its task, and stopping closes what is to be closed") {
  LuaFixture f(R"(
    task "Asks" {
      run = function()
        local guard <close> = setmetatable({}, { __close = function() print("closed") end })
        local result = sh{ "echo", "hi", capture = true }
        print(result.stdout)
        sh "sleep 1000"
      end,
    })");
  REQUIRE(f.generation);
  Recorder asks;
  f.start(1, "Asks", asks);
  REQUIRE(f.run_until([&] { return asks.commands.size() == 1; }));
  CHECK(asks.commands[0].argv == std::vector<std::string>{"echo", "hi"});
  CommandResult result;
  result.out = "hi there\n";
  f.host->command_ended(AttemptId(1), asks.commands[0].request, result);
  REQUIRE(f.run_until([&] { return asks.commands.size() == 2; }));
  f.host->stop(AttemptId(1));
  REQUIRE(f.run_until([&] { return asks.ended(); }));
  CHECK(asks.outcomes[0].kind == Kind::kStopped);
  REQUIRE(asks.logs.size() == 2);
  CHECK(asks.logs[0].find("hi there") != std::string::npos);
  CHECK(asks.logs[1].find("closed") != std::string::npos);
}

TEST_CASE("Lua: a run sleeps, awaits, and says when it does nothing but await") {
  LuaFixture f(R"(
    task "Part" { params = { n = param.int }, output = "part/${n}", run = print }
    task "Waits" {
      run = function()
        sleep(0.001)
        all{
          function() print(await(tasks.Part{ n = 1 }).path) end,
          function() pcall(all, { function() sh "sleep 1000" end, function() error("x") end }) end,
          function() print(select(2, pcall(await, tasks.Part{ n = 2 }))) end,
        }
      end,
    })");
  REQUIRE(f.generation);
  Recorder waits;
  f.start(1, "Waits", waits);
  REQUIRE(f.run_until([&] { return waits.awaits.size() == 2 && waits.cancels.size() == 1; }));
  CHECK(waits.pauses.empty());  // a command of its has not ended yet
  CHECK(waits.awaits[0].tasks.at(0).params == Params{{"n", "1"}});
  CHECK(waits.cancels[0] == waits.commands.at(0).request);
  f.host->command_ended(AttemptId(1), waits.commands[0].request, CommandResult{});
  REQUIRE(f.run_until([&] { return waits.pauses.size() == 1; }));
  CHECK(waits.pauses[0] == 0);
  f.host->await_ended(AttemptId(1), waits.awaits[0].request,
                      AwaitResult{{"Part(n=1)", TaskState::kDone, ""}});
  REQUIRE(f.run_until([&] { return waits.pauses.size() == 2; }));
  CHECK(waits.pauses[1] == 1);
  f.host->await_ended(AttemptId(1), waits.awaits[1].request, Error{Code::kInvalid, "a cycle", {}});
  REQUIRE(f.run_until([&] { return waits.ended(); }));
  CHECK(waits.outcomes[0].kind == Kind::kSucceeded);
  REQUIRE(waits.logs.size() == 2);
  CHECK(waits.logs[0] == "info: part/1");
  CHECK(waits.logs[1].find("a cycle") != std::string::npos);
}

TEST_CASE("Lua: a plan of requirements, and declarations that are wrong") {
  LuaFixture f(R"(
    local Leaf = task "Leaf" {
      params = { n = param.int },
      output = "out/${n}",
      sh = "echo ${n} > ${output}",
    }
    task "Root" {
      requires = function() return each(1, 2000, function(i) return Leaf{ n = i } end) end,
    })");
  REQUIRE(f.generation);
  PlanRecorder plan;
  f.host->plan(f.generation, {{{"Root", {}, ""}}, Force::kNone, false, {}, false, {}, {}},
               plan.sink());
  REQUIRE(f.run_until([&] { return !plan.ends.empty(); }));
  REQUIRE(plan.ends[0].ok());
  CHECK(*plan.ends[0] == std::vector<std::string>{"Root"});
  CHECK(plan.tasks == 2001);

  f.project.write("pipelines/b.lua", "task \"B\" { outptu = 'x' }\n");
  CHECK(f.load() == nullptr);
  REQUIRE(f.load_error.diagnostics.size() == 1);
  CHECK(f.load_error.diagnostics[0].file == "pipelines/b.lua");
  CHECK(f.load_error.diagnostics[0].line == 1);
}

}  // namespace
}  // namespace moondial::real_lua_test
