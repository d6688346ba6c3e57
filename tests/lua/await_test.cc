// await, all and sleep: what suspends a run, alone and beside others.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::await_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Kind = ScriptOutcome::Kind;

constexpr const char* kOthers = R"lua(
  local Part = task "Part" { params = { n = param.int, tag = param.string{ default = "x" } },
                             output = "part/${n}", run = print }
  task "Map" { output = { a = "map/a", b = "map/b" }, run = print }
  task "Wrap" { requires = { Part{ n = 7 } } }
  task "Effect" { run = print }
)lua";

struct AwaitFixture : ScriptFixture {
  ScriptOutcome work(const std::string& body) {
    pipeline(kOthers, "pipelines/others.lua");
    pipeline(
        "task \"T\" { params = { tag = param.string{ default = \"t\" } }, run = function(t)\n" +
        body + "\nend }");
    load_well();
    return run("T");
  }
  [[nodiscard]] std::string said() const {
    std::string text;
    for (const auto& [level, line] : sink.logs) text += (text.empty() ? "" : "|") + line;
    return text;
  }
};

}  // namespace

TEST_CASE("await gives outputs in the shape of what was awaited") {
  AwaitFixture f;
  const auto outcome = f.work(R"lua(
    local Part = tasks.Part
    assert(await(Part{ n = 1 }).path == "part/1")
    local list = await{ Part{ n = 1 }, Part{ n = 2 } }
    assert(#list == 2 and list[2].path == "part/2")
    local map = await{ one = Part{ n = 3 }, more = { tasks.Map, wrap = tasks.Wrap }, none = tasks.Effect }
    assert(map.one.path == "part/3" and map.more[1].b.path == "map/b")
    assert(map.more.wrap[1].path == "part/7" and next(map.none) == nil)
    assert(next(await{}) == nil)
    print(pcall(function() return map.tow end))
  )lua");
  CHECK(outcome.text == "");
  REQUIRE(outcome.kind == Kind::kSucceeded);
  CHECK_THAT(f.said(),
             ContainsSubstring("did you mean 'one'") || ContainsSubstring("has no 'tow'"));
  REQUIRE(f.sink.awaits.size() == 3);
  CHECK(f.sink.awaits[0].tasks.at(0).task == "Part");
  CHECK(f.sink.awaits[0].tasks.at(0).params == Params{{"n", "1"}, {"tag", "x"}});
  CHECK(f.pauses == 3);
}

TEST_CASE("a bare constructor is handed the parameters of the task that awaits") {
  AwaitFixture f;
  f.pipeline(
      R"lua(task "Tagged" { params = { tag = param.string }, output = "tag/${tag}", run = print })lua",
      "pipelines/tagged.lua");
  const auto outcome = f.work(R"lua( assert(await(tasks.Tagged).path == "tag/t") )lua");
  CHECK(outcome.text == "");
  CHECK(f.sink.awaits.at(0).tasks.at(0).params == Params{{"tag", "t"}});
}

TEST_CASE("a failed await raises an error with task and state, after the whole list") {
  AwaitFixture f;
  f.awaited = [](const TaskRequest& request) {
    const bool fails = request.params.front().second == "2";
    return AwaitedTask{"Part(n=2)", fails ? TaskState::kFailed : TaskState::kDone,
                       fails ? "no source" : ""};
  };
  SECTION("caught") {
    const auto outcome = f.work(R"lua(
      local ok, err = pcall(await, { tasks.Part{ n = 1 }, tasks.Part{ n = 2 }, tasks.Part{ n = 3 } })
      assert(not ok and err.task == tasks.Part{ n = 2 } and err.state == "failed")
      print(err.task.id, err)
    )lua");
    CHECK(outcome.text == "");
    CHECK(f.said() == "Part(n=2,tag=x)\tawait: Part(n=2,tag=x) is failed: no source");
    CHECK(f.sink.awaits.at(0).tasks.size() == 3);
  }
  SECTION("not caught") {
    const auto outcome = f.work("await(tasks.Part{ n = 2 })");
    CHECK(outcome.kind == Kind::kFailed);
    CHECK_THAT(outcome.text, ContainsSubstring("await: Part(n=2,tag=x) is failed: no source"));
    CHECK_THAT(outcome.text, ContainsSubstring("pipelines/a.lua:2"));
  }
}

TEST_CASE("await refuses what is no task, and works in run only") {
  AwaitFixture f;
  f.pipeline(R"lua(
    task "C" { output = "c", run = print, check = function() await(tasks.Effect) end }
    task "R" { requires = function() await(tasks.Effect) end }
  )lua",
             "pipelines/c.lua");
  const auto outcome = f.work(R"lua(
    for _, bad in ipairs{ "Part", 3, print } do print(select(2, pcall(await, bad))) end
    print(select(2, pcall(await)))
    print(select(2, pcall(await, { tasks.Part })))
  )lua");
  CHECK(outcome.text == "");
  CHECK_THAT(f.said(), ContainsSubstring("expected tasks, got \"Part\" (write tasks.Name)"));
  CHECK_THAT(f.said(), ContainsSubstring("parameter 'n' is missing"));
  CHECK_THAT(f.run("C", {}, {"c"}, ScriptStep::kCheck).text,
             ContainsSubstring("await works in run only, not in check"));
  CHECK_THAT(f.plan_error("R"), ContainsSubstring("await works in run"));
}

TEST_CASE("await passes through pcall, iterators, metamethods and coroutines") {
  AwaitFixture f;
  const auto outcome = f.work(R"lua(
    local function part(n) return await(tasks.Part{ n = n }).path end
    print(select(2, pcall(part, 1)))
    local numbers = coroutine.wrap(function() for i = 2, 3 do coroutine.yield(part(i)) end end)
    print(numbers(), numbers())
    for path in function(_, last) return last ~= "part/5" and part(last and 5 or 4) or nil end do print(path) end
    local lazy = setmetatable({}, { __index = function(_, n) return part(n) end })
    print(lazy[6])
    print(select(2, pcall(table.sort, { 1, 2 }, function() part(7) end)))
    print(select(2, pcall(string.gsub, "x", "x", function() return part(8) end)))
  )lua");
  CHECK(outcome.text == "");
  CHECK_THAT(f.said(), ContainsSubstring("part/1|part/2\tpart/3|part/4|part/5|part/6|"));
  CHECK_THAT(f.said(), ContainsSubstring("await cannot wait inside 'sort'"));
  CHECK_THAT(f.said(), ContainsSubstring("await cannot wait inside 'gsub'"));
}

TEST_CASE("a run that awaits a thousand times continues where it stopped") {
  AwaitFixture f;
  const auto outcome = f.work(R"lua(
    local sum = 0
    for i = 1, 1000 do sum = sum + tonumber(await(tasks.Part{ n = i }).path:match("%d+")) end
    print(sum)
  )lua");
  CHECK(outcome.text == "");
  CHECK(f.said() == "500500");
  CHECK(f.sink.awaits.size() == 1000);
}

// --- all ---

TEST_CASE("all runs functions beside each other and gives their results in order") {
  AwaitFixture f;
  f.answer_last_first = GENERATE(false, true);
  const auto outcome = f.work(R"lua(
    local results = all{
      function() sh "one" return 1 end,
      function() return await(tasks.Part{ n = 2 }).path, "second results are dropped" end,
      function() sleep "3s" return { "three" } end,
      function() end,
      function() return all{ function() sh "inner" return "a" end, function() return "b" end } end,
    }
    assert(results[1] == 1 and results[2] == "part/2" and results[3][1] == "three")
    assert(results[4] == nil and results[5][1] == "a" and results[5][2] == "b")
    assert(#all{} == 0)
  )lua");
  CHECK(outcome.text == "");
  CHECK(outcome.kind == Kind::kSucceeded);
  CHECK(f.sink.commands.size() == 2);
  CHECK(f.sink.sleeps.at(0).second == std::chrono::seconds(3));
  CHECK(f.pauses <= 1);  // never while another branch did something else
}

TEST_CASE("the first error in all cancels the rest, waits for their end and is raised") {
  AwaitFixture f;
  const auto outcome = f.work(R"lua(
    local function guard(name) return setmetatable({}, { __close = function() print("closed " .. name) end }) end
    local ok, err = pcall(all, {
      function() sh "short" error("broken " .. "here") end,
      function() local g <close> = guard "sh" sh "slow" print("never") end,
      function() local g <close> = guard "sleep" sleep(1000) print("never") end,
      function() local g <close> = guard "await" await(tasks.Effect) print("never") end,
      function() local g <close> = guard "nested" all{ function() local h <close> = guard "inner" sh "deep" print("never") end } end,
    })
    assert(not ok)
    print(err)
  )lua");
  CHECK(outcome.text == "");
  CHECK(f.sink.cancelled.size() == 4);
  CHECK_THAT(f.said(), !ContainsSubstring("never"));
  for (const char* name : {"sh", "sleep", "await", "nested", "inner"}) {
    CHECK_THAT(f.said(), ContainsSubstring("closed " + std::string(name)));
  }
  CHECK_THAT(f.said(), ContainsSubstring("broken here"));
  // pcall returned only when the commands of the cancelled branches had ended.
  CHECK(f.said().find("broken here") > f.said().find("closed inner"));
  CHECK(f.said().find("broken here") > f.said().find("closed sh"));
}

TEST_CASE("an error that comes out of all tells the line where it was raised") {
  AwaitFixture f;
  const auto outcome = f.work(
      "  all{\n    function() sh 'x' end,\n    function() local n = nil; return n.field end,\n  }");
  CHECK(outcome.kind == Kind::kFailed);
  CHECK_THAT(outcome.text, ContainsSubstring("pipelines/a.lua:4: "));
  CHECK_THAT(outcome.details,
             ContainsSubstring("\n  4 | function() local n = nil; return n.field end"));
}

TEST_CASE("fail and skip inside all end the task, not only the branch") {
  AwaitFixture f;
  const auto outcome = f.work(R"lua(
    pcall(all, { function() sh "x" end, function() fail "for good" end })
    print("never")
  )lua");
  CHECK(outcome.kind == Kind::kFailedForGood);
  CHECK(outcome.text == "for good");
  CHECK(f.said().empty());
}

TEST_CASE("branches that compute take turns") {
  AwaitFixture f;
  f.slice_instructions = 2000;
  const auto outcome = f.work(R"lua(
    local turns, last = 0, 0
    local function count(me)
      return function() for _ = 1, 20000 do if last ~= me then turns, last = turns + 1, me end end return me end
    end
    local results = all{ count(1), count(2), count(3) }
    assert(results[1] + results[2] + results[3] == 6)
    print(turns > 10)
  )lua");
  CHECK(outcome.text == "");
  CHECK(f.said() == "true");
}

TEST_CASE("all refuses what is no list of functions") {
  AwaitFixture f;
  const auto outcome = f.work(R"lua(
    print(select(2, pcall(all, print)))
    print(select(2, pcall(all, { print, 3 })))
    print(select(2, pcall(all, { a = print })))
  )lua");
  CHECK(outcome.text == "");
  CHECK_THAT(f.said(), ContainsSubstring("all: expected a list of functions"));
  CHECK_THAT(f.said(), ContainsSubstring("got 3"));
  CHECK_THAT(f.said(), ContainsSubstring("without names"));
}

TEST_CASE("a stopped run closes all its branches") {
  AwaitFixture f;
  f.pipeline(kOthers, "pipelines/others.lua");
  f.pipeline(R"lua(
    local function guard(name) return setmetatable({}, { __close = function() print("closed " .. name) end }) end
    task "T" { run = function()
      local g <close> = guard "outer"
      all{ function() local h <close> = guard "one" sh "x" end,
           function() local h <close> = guard "two" while true do end end }
    end }
  )lua");
  f.load_well();
  ScriptAttempt attempt;
  attempt.attempt = AttemptId(1);
  attempt.name = "T";
  const auto job = f.state->run(attempt, &f.sink);
  for (int i = 0; i < 5; ++i) REQUIRE(job->resume() == ScriptJob::Step::kSliced);
  job->stop();
  CHECK(job->outcome().kind == Kind::kStopped);
  CHECK(f.said() == "closed one|closed two|closed outer");
  job->answer(f.sink.commands.at(0).request, ScriptAnswer(CommandResult{}));
  CHECK(job->resume() == ScriptJob::Step::kEnded);
}

TEST_CASE("sleep takes durations") {
  AwaitFixture f;
  const auto outcome = f.work(R"lua(
    sleep "2m" sleep(0.25)
    print(select(2, pcall(sleep, "soon")))
    print(select(2, pcall(sleep, -1)))
  )lua");
  CHECK(outcome.text == "");
  REQUIRE(f.sink.sleeps.size() == 2);
  CHECK(f.sink.sleeps[0].second == std::chrono::minutes(2));
  CHECK(f.sink.sleeps[1].second == std::chrono::milliseconds(250));
  CHECK_THAT(f.said(), ContainsSubstring("sleep: "));
}

}  // namespace moondial::await_test
