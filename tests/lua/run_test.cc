// run and check: what a task sees, what it says, and how it ends.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::run_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Kind = ScriptOutcome::Kind;
using Pairs = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("a run sees its parameters, inputs and staged outputs") {
  ScriptFixture project;
  project.pipeline(R"lua(
    local Src = task "Src" { params = { n = param.int }, output = { a = "src/${n}.a", b = "src/${n}.b" }, run = print }
    task "None" { run = print }
    task "Wrap" { requires = { Src{ n = 3 } } }
    task "T" {
      params = { n = param.int, d = param.date },
      requires = function(t) return { one = Src(t), list = { Src{ n = 2 } }, none = tasks.None, wrap = tasks.Wrap } end,
      output = { x = "out/${n}.x", y = "out/${n}.y" },
      run = function(t)
        assert(t.n == 1 and t.d == date "2015-09-18" and t.name == "T" and t.id == "T(d=2015-09-18,n=1)")
        assert(t.attempt == 2 and t.run_id == 3 and t.params.n == 1)
        assert(t.input.one.a.path == "src/1.a" and t.input.list[1].b.path == "src/2.b")
        assert(next(t.input.none) == nil and t.input.wrap[1].a.path == "src/3.a" and #t.input.list == 1)
        t.output.x:write("x of " .. t.d)
        print(t.output.y.path, t.output.x:exists(), t.output.y:exists())
        emit{ rows = 3, ratio = 0.5, note = "fine" }
        progress(0.25, "a quarter")
        progress(1)
        progress(1)  -- nothing new: no further line of the log
        log.warn("careful")
        assert(t == tasks.T{ n = 1, d = t.d })
        assert(tasks.T(t).output.x.path == "out/1.x")
      end,
      check = function(t) assert(t.output.x:read() == "x of 2015-09-18", "wrong bytes") emit{ checked = 1 } end,
    }
  )lua");
  project.load_well();
  project.dir.write("stage/keep", "");
  const Params params{{"d", "2015-09-18"}, {"n", "1"}};
  const ScriptOutcome outcome = project.run("T", params, {"stage/1.x", "stage/1.y"});
  CHECK(outcome.text == "");
  REQUIRE(outcome.kind == Kind::kSucceeded);
  CHECK(project.dir.read("stage/1.x") == "x of 2015-09-18");
  CHECK(project.sink.logs == Pairs{{"info", project.dir.path() + "/stage/1.y\ttrue\tfalse"},
                                   {"progress", "25% a quarter"},
                                   {"progress", "100%"},
                                   {"warn", "careful"}});
  CHECK(project.sink.emitted == Pairs{{"note", "\"fine\""}, {"ratio", "0.5"}, {"rows", "3"}});
  CHECK(project.sink.progress ==
        std::vector<std::pair<double, std::string>>{{0.25, "a quarter"}, {1.0, ""}, {1.0, ""}});
  CHECK(project.run("T", params, {"stage/1.x", "stage/1.y"}, ScriptStep::kCheck).kind ==
        Kind::kSucceeded);
  CHECK(project.sink.emitted == Pairs{{"checked", "1"}});
  project.dir.write("stage/1.x", "other");
  CHECK_THAT(project.run("T", params, {"stage/1.x", "stage/1.y"}, ScriptStep::kCheck).text,
             ContainsSubstring("wrong bytes"));
}

TEST_CASE("unknown names of t, input and output are errors with the nearest") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "Src" { output = "src", run = print }
    task "T" { params = { which = param.int }, requires = { costs = tasks.Src },
      output = { report = "r" }, run = function(t)
        if t.which == 1 then return t.whihc end
        if t.which == 2 then return t.input.cost end
        if t.which == 3 then return t.output.reprot end
        if t.which == 4 then return t.input.costs:raed() end
        if t.which == 5 then return t.input.costs:write("x") end
        if t.which == 6 then t.which = 3 end
        if t.which == 7 then t.output.report.path = "x" end
        if t.which == 8 then return t.params.whch end
        if t.which == 9 then return t.states end
      end }
  )lua");
  project.load_well();
  const auto error = [&](int which) {
    const ScriptOutcome outcome = project.run("T", {{"which", std::to_string(which)}}, {"r"});
    CHECK(outcome.kind == Kind::kFailed);
    return outcome.text + outcome.details;
  };
  CHECK_THAT(error(1),
             ContainsSubstring("pipelines/a.lua:5: T has no parameter or field 'whihc'; did "
                               "you mean 'which'?\n  5 | if t.which == 1"));
  CHECK_THAT(error(2), ContainsSubstring("T's input has no 'cost'; did you mean 'costs'?"));
  CHECK_THAT(error(3), ContainsSubstring("T's output has no 'reprot'; did you mean 'report'?"));
  CHECK_THAT(error(4), ContainsSubstring("a file target has no 'raed'; did you mean 'read'?"));
  CHECK_THAT(error(5), ContainsSubstring("src is another task's output"));
  CHECK_THAT(error(6), ContainsSubstring("cannot be changed"));
  CHECK_THAT(error(8), ContainsSubstring("did you mean 'which'?"));
  CHECK_THAT(error(9), ContainsSubstring("t.states is known in when only"));
}

TEST_CASE("errors show the user's line, text and frames, and nothing of ours") {
  ScriptFixture project;
  project.module(
      "deep", "local M = {}\nfunction M.fail(x)\n  local y = x .. nil\n  return y\nend\nreturn M");
  project.pipeline(
      "local deep = require 'deep'\ntask 'T' { run = function(t)\n  deep.fail('a')\nend }");
  project.load_well();
  const ScriptOutcome outcome = project.run("T");
  CHECK(outcome.kind == Kind::kFailed);
  CHECK(outcome.text + outcome.details ==
        "lib/deep.lua:3: attempt to concatenate a nil value\n"
        "  3 | local y = x .. nil\n"
        "      x = \"a\"\n"
        "  at lib/deep.lua:3 in fail\n"
        "  at pipelines/a.lua:3");
}

TEST_CASE("errors of every shape have a text") {
  ScriptFixture project;
  CHECK_THAT(project.run_body("error{ code = 3 }").text,
             ContainsSubstring("pipelines/a.lua:2: an error that is a table"));
  CHECK_THAT(
      project.run_body("error(setmetatable({}, { __tostring = function() return 'mine' end }))")
          .text,
      ContainsSubstring("pipelines/a.lua:2: mine"));
  CHECK_THAT(project.run_body("error()").text,
             ContainsSubstring("pipelines/a.lua:2: an error that is nil"));
  CHECK_THAT(project.run_body("error('plain', 0)").text,
             ContainsSubstring("pipelines/a.lua:2: plain"));
  CHECK_THAT(project.run_body("local function f() return f() + 1 end f()").text,
             ContainsSubstring("stack overflow"));
  CHECK_THAT(project.run_body("return undefined_thing").text,
             ContainsSubstring("pipelines/a.lua:2: unknown name 'undefined_thing'"));
  CHECK_THAT(project.run_body("x = 1").text, ContainsSubstring("undeclared global 'x'"));

  ScriptFixture deep;
  const std::string path =
      "pipelines/a_rather_long_folder_name/of_some_team/with_a_long_file_name.lua";
  deep.pipeline("task 'T' { run = function(t)\n  local x = nil + 1\nend }", path);
  deep.load_well();
  CHECK_THAT(deep.run("T").text, ContainsSubstring(path + ":2: attempt to perform arithmetic"));
}

TEST_CASE("fail and skip end the run past every pcall") {
  ScriptFixture project;
  ScriptOutcome outcome = project.run_body("pcall(function() fail 'no data' end) error 'not here'");
  CHECK(outcome.kind == Kind::kFailedForGood);
  CHECK(outcome.text == "no data");
  outcome =
      project.run_body("coroutine.wrap(function() pcall(skip, 'nothing to do') end)() error 'x'");
  CHECK(outcome.kind == Kind::kSkipped);
  CHECK(outcome.text == "nothing to do");
  outcome =
      project.run_body("local t = { 2, 1, 3 } table.sort(t, function(a, b) fail 'inside' end)");
  CHECK(outcome.kind == Kind::kFailedForGood);
  CHECK(outcome.text == "inside");
  outcome = project.run_body(
      "local c <close> = setmetatable({}, { __close = function() print 'closed' end }) fail 'x'");
  CHECK(outcome.kind == Kind::kFailedForGood);
  CHECK(project.sink.logs == Pairs{{"info", "closed"}});
}

TEST_CASE("emit and progress refuse what cannot be kept") {
  ScriptFixture project;
  CHECK_THAT(project.run_body("emit{ x = {} }").text,
             ContainsSubstring("emit: x is a table, expected"));
  CHECK_THAT(project.run_body("emit{ x = 0/0 }").text,
             ContainsSubstring("expected a finite number"));
  CHECK_THAT(project.run_body("emit{ x = ('a'):rep(1025) }").text, ContainsSubstring("1025 bytes"));
  CHECK_THAT(project.run_body("emit{ 3 }").text, ContainsSubstring("emit: names are text"));
  CHECK_THAT(project.run_body("emit{ x = '\\xff' }").text, ContainsSubstring("not UTF-8"));
  CHECK_THAT(project.run_body("emit(3)").text, ContainsSubstring("expected {name = value}, got 3"));
  CHECK_THAT(project.run_body("progress(2)").text,
             ContainsSubstring("expected a number from 0 to 1"));
  CHECK_THAT(project.run_body("progress(0/0)").text, ContainsSubstring("from 0 to 1"));
  CHECK(project.run_body("emit{ x = ('a'):rep(1024), y = 1e300 }").kind == Kind::kSucceeded);
}

TEST_CASE("math.random is seeded by the task, not by its company") {
  ScriptFixture project;
  project.pipeline(
      "task 'T' { params = { n = param.int }, run = function(t)\n"
      "print(math.random(1000000), math.random(), math.random(5, 6))\n"
      "for i = 1, 100 do local x = math.random(3) assert(x >= 1 and x <= 3) end\n"
      "assert(math.type(math.random(0)) == 'integer') math.random(math.mininteger, "
      "math.maxinteger)\n"
      "end }");
  project.load_well();
  REQUIRE(project.run("T", {{"n", "1"}}).kind == Kind::kSucceeded);
  const Pairs first = project.sink.logs;
  REQUIRE(project.run("T", {{"n", "2"}}).kind == Kind::kSucceeded);
  CHECK(project.sink.logs != first);
  REQUIRE(project.run("T", {{"n", "1"}}).kind == Kind::kSucceeded);
  CHECK(project.sink.logs == first);
  CHECK_THAT(project.run_body("math.random(2, 1)").text,
             ContainsSubstring("the interval is empty"));
}

TEST_CASE("a run that computes is sliced, and stopped with its <close> variables") {
  ScriptFixture project;
  project.slice_instructions = 10'000;
  project.pipeline(R"lua(
    task "Loop" { run = function(t)
      local c <close> = setmetatable({}, { __close = function() print "outer" end })
      local co = coroutine.wrap(function()
        local d <close> = setmetatable({}, { __close = function() print "inner" end })
        while true do pcall(function() for i = 1, 1e9 do end end) end
      end)
      co()
    end }
    task "Bad" { run = function(t)
      local c <close> = setmetatable({}, { __close = function() while true do pcall(function() while true do end end) end end })
      while true do end
    end }
    task "Wait" { run = function(t)
      local c <close> = setmetatable({}, { __close = function() pcall(sh, "x") print "closed" end })
      sh "sleep 100"
    end }
    task "Sort" { run = function(t)
      local list = {}
      for i = 1, 20000 do list[i] = (i * 7919) % 20011 end
      table.sort(list, function(a, b) return a < b end)
      local n = 0
      for w in coroutine.wrap(function() for i = 1, 20000 do coroutine.yield(i) end end) do n = n + w end
      assert(n == 200010000)
    end }
  )lua");
  project.load_well();
  const auto start = [&](const std::string& name) {
    project.sink = {};
    ScriptAttempt attempt;
    attempt.name = name;
    return project.state->run(attempt, &project.sink);
  };
  auto job = start("Loop");
  auto other = project.state->plan(plan_request("Sort"), &project.sink);
  for (int i = 0; i < 20; ++i) REQUIRE(job->resume() == ScriptJob::Step::kSliced);
  while (other->resume() != ScriptJob::Step::kEnded) {
  }
  CHECK(other->plan_result().ok());
  job->stop();
  CHECK(job->outcome().kind == Kind::kStopped);
  CHECK(project.sink.logs == Pairs{{"info", "inner"}, {"info", "outer"}});
  CHECK(job->resume() == ScriptJob::Step::kEnded);

  job = start("Bad");
  REQUIRE(job->resume() == ScriptJob::Step::kSliced);
  job->stop();
  CHECK(job->outcome().kind == Kind::kStopped);

  job = start("Wait");
  REQUIRE(job->resume() == ScriptJob::Step::kWaiting);
  job->stop();
  CHECK(project.sink.commands.size() == 1);
  CHECK(project.sink.logs == Pairs{{"info", "closed"}});

  job = start("Wait");
  REQUIRE(job->resume() == ScriptJob::Step::kWaiting);
  job.reset();  // as when its lane ends

  project.slices = 0;
  CHECK(project.run("Sort").text == "");
  CHECK(project.slices > 5);
}

TEST_CASE("coroutines of the user's behave as Lua's") {
  ScriptFixture project;
  project.slice_instructions = 2000;
  project.answer = [](const ScriptCommand& command) {
    CommandResult result;
    result.out = command.argv.back();
    return result;
  };
  CHECK(project
            .run_body(R"lua(
    local function capture(word) return sh{ "echo", word, capture = true }.stdout end
    -- a generator that runs commands and computes between its values
    local gen = coroutine.wrap(function(first)
      local got = first
      for i = 1, 5 do
        for _ = 1, 3000 do end
        got = coroutine.yield(got, capture("w" .. i))
      end
      return "end"
    end)
    local sum = ""
    for i = 1, 5 do local a, b = gen("v" .. i) sum = sum .. a .. b end
    assert(sum == "v1w1v2w2v3w3v4w4v5w5", sum)
    assert(gen() == "end")
    local ok, message = pcall(gen)
    assert(not ok and message:find "cannot resume dead coroutine", message)
    -- resume, status, errors, nesting
    local co = coroutine.create(function(...)
      assert(select("#", ...) == 3)
      local inner = coroutine.wrap(function() coroutine.yield(capture "deep") error { code = 7 } end)
      coroutine.yield(inner())
      inner()
    end)
    local alive, value = coroutine.resume(co, 1, nil, nil)
    assert(alive and value == "deep" and coroutine.status(co) == "suspended")
    local fine, err = coroutine.resume(co)
    assert(not fine and err.code == 7 and coroutine.status(co) == "dead")
    assert(select(2, coroutine.resume(co)) == "cannot resume dead coroutine")
    -- suspension across pcall, iterators and metamethods
    assert(pcall(capture, "x"))
    for word in function(_, last) if last ~= "z" then return capture "z" end end do assert(word == "z") end
    local lazy = setmetatable({}, { __index = function(_, key) return capture(key) end,
      __add = function() return capture "sum" end, __lt = function() return capture "less" ~= "" end })
    assert(lazy.key == "key" and lazy + 1 == "sum" and (lazy < lazy))
    assert(not pcall(coroutine.yield, 1))
    assert(not coroutine.isyieldable() and coroutine.wrap(coroutine.isyieldable)())
    assert(select(2, coroutine.running()) == false)
    assert(coroutine.close(coroutine.create(print)))
    assert(not pcall(coroutine.wrap, 3) and not pcall(coroutine.resume, 3))
  )lua")
            .text == "");
  CHECK(project.slices > 3);
}

TEST_CASE("a check that returns false has failed, one that returns nothing has not") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "No" { output = "no", run = print,
      check = function(t) return 1 > 2 end }
    task "Yes" { output = "yes", run = print, check = function(t) return true end }
    task "Nothing" { output = "nothing", run = print, check = function(t) return nil end }
  )lua");
  project.load_well();
  const ScriptOutcome no = project.run("No", {}, {"no"}, ScriptStep::kCheck);
  CHECK(no.kind == ScriptOutcome::Kind::kFailed);
  CHECK(no.text == "pipelines/a.lua:3: check(t) returned false");
  for (const char* name : {"Yes", "Nothing"}) {
    CHECK(project.run(name, {}, {name}, ScriptStep::kCheck).kind ==
          ScriptOutcome::Kind::kSucceeded);
  }
}

TEST_CASE("what a task does not have is told as that") {
  CHECK_THAT(ScriptFixture().run_body("t.output:write('x')").text,
             ContainsSubstring("T's output is empty: it has no 'write'"));
  CHECK_THAT(ScriptFixture().run_body("t.input:read()").text,
             ContainsSubstring("T's input is empty: it has no 'read'"));
  CHECK_THAT(ScriptFixture().run_body("await()").text,
             ContainsSubstring("await: expected tasks, got nil"));
  CHECK_THAT(ScriptFixture().run_body("await(5)").text,
             ContainsSubstring("await: expected tasks, got 5"));
  CHECK_THAT(ScriptFixture().run_body("all()").text,
             ContainsSubstring("all: expected a list of functions, got nil"));
}

}  // namespace moondial::run_test
