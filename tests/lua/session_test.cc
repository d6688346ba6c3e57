// What is typed in a session: values, variables, errors, what it asks of the API.
#include "tests/lua/session_fixture.h"

namespace moondial::session_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Kind = SessionResult::Kind;

constexpr const char* kProject = R"lua(
  task "sem.Fetch" {
    doc = "One engine's cost", output = "raw/${engine}/${date}", sh = ": > ${output}",
    params = { date = param.date, engine = param.enum{ "baidu", "so360" }, key = param.string{
      secret = true, optional = true } } }
  task "sem.Report" {
    params = { date = param.date },
    requires = function(t)
      return each({ "baidu", "so360" }, function(e) return tasks.sem.Fetch(t, { engine = e }) end)
    end,
    output = "report/${date}.txt", run = function() end }
  pool "api" { size = 2 }
)lua";

struct Loaded : SessionFixture {
  Loaded() {
    pipeline(kProject);
    load_well();
  }
};

TEST_CASE("an expression is shown, a statement works, and what is assigned stays") {
  Loaded f;
  CHECK(f.shown("1 + 1") == "2");
  CHECK(f.shown("1, nil, 'a'") == "1\nnil\na");
  CHECK(f.shown("") == "");
  CHECK(f.shown("x = 5") == "");
  CHECK(f.shown("x + 1") == "6");
  CHECK(f.shown("function f(a) return a * x end") == "");
  CHECK(f.shown("f(2)") == "10");
  CHECK(f.shown("local hidden = 1") == "");
  CHECK_THAT(f.shown("hidden"), ContainsSubstring("unknown name 'hidden'"));
  CHECK(f.shown("_G.x") == "5");
  // What is the library's may be covered, and comes back.
  CHECK(f.shown("json = 1") == "");
  CHECK(f.shown("json") == "1");
  CHECK(f.shown("json = nil; return json.encode{ 1 }") == "[1]");
}

TEST_CASE("an engine is told whether a session has variables") {
  Loaded f;
  CHECK_FALSE(f.evaluate("1").keeps_variables);
  CHECK_FALSE(f.evaluate("local x = 1").keeps_variables);
  CHECK(f.evaluate("x = 1").keeps_variables);
  CHECK(f.evaluate("2").keeps_variables);
  CHECK_FALSE(f.evaluate("x = nil").keeps_variables);
}

TEST_CASE("an input that ends in the middle wants more") {
  Loaded f;
  for (const char* text :
       {"for i = 1, 2 do", "x = {", "f(", "1 +", "[[", "if true then\n  x = 1", "function g()"}) {
    INFO(text);
    CHECK(f.shown(text) == "incomplete");
  }
  CHECK(f.shown("for") == "incomplete");
  for (const char* text : {"x = = 1", "1 1", "end", "'", "x = 'a"}) {
    INFO(text);
    CHECK_THAT(f.shown(text), ContainsSubstring("error: input:1: "));
  }
  CHECK(f.shown("for i = 1, 2 do\n  print(i)\nend") == "");
  CHECK(f.printed == std::vector<std::string>{"1", "2"});
}

TEST_CASE("an error names the line of the input, and shows it where there are several") {
  Loaded f;
  CHECK(f.shown("boom()") == "error: input:1: unknown name 'boom'");
  CHECK(f.shown("error('why')") == "error: input:1: why");
  CHECK(f.shown("error{ 1 }") == "error: input:1: an error that is a table");
  CHECK(f.shown("x = 1\n  error('why')\nx = 2") == "error: input:2: why\n  2 |   error('why')");
  SessionInput later{"x = 1\nerror('why')"};
  later.line = 40;
  CHECK_THAT(f.evaluate(later).error, ContainsSubstring("input:41: why\n  41 | error('why')"));
  // It has lost nothing.
  CHECK(f.shown("x") == "1");
}

TEST_CASE("an unknown name is an error that says the nearest one, also of the session's own") {
  Loaded f;
  f.evaluate("my_report = 1");
  CHECK_THAT(f.shown("my_repotr"), ContainsSubstring("did you mean 'my_report'?"));
  CHECK_THAT(f.shown("runing()"), ContainsSubstring("did you mean 'running'?"));
  CHECK_THAT(f.shown("tody()"), ContainsSubstring("did you mean 'today'?"));
  CHECK_THAT(f.shown("io.open('x')"), ContainsSubstring("io is not available: file(path)"));
  CHECK_THAT(f.shown("tasks.sem.Fech"), ContainsSubstring("did you mean 'sem.Fetch'?"));
}

TEST_CASE("the pure part of the DSL works, and the rest says that it does not") {
  Loaded f;
  CHECK(f.shown("date '2015-09-18' + 1") == "2015-09-19");
  CHECK(f.shown("today()") == "2015-09-18");
  CHECK(f.shown("each({ 1, 2 }, function(n) return n * n end)") == "{ 1, 4 }");
  CHECK(f.shown("json.decode('[1, {\"a\": 2}]')") == "{ 1, { a = 2 } }");
  CHECK(f.shown("tasks.sem.Report{ date = '2015-09-18' }:complete()") == "false");
  f.dir.write("report/2015-09-18.txt", "all well");
  CHECK(f.shown("tasks.sem.Report{ date = '2015-09-18' }.output:read()") == "all well");
  CHECK(f.shown("math.random(1, 1)") == "1");
  for (const char* text :
       {"sh 'ls'", "sleep '1s'", "http.get 'http://127.0.0.1:1'", "emit{ a = 1 }", "fail 'x'",
        "skip 'x'", "progress(0.5)", "await(tasks.sem.Report)", "all{ print }"}) {
    INFO(text);
    CHECK_THAT(f.shown(text), ContainsSubstring("works inside run only, not where you type"));
  }
  CHECK_THAT(f.shown("task 'X' {}"), ContainsSubstring("declared while files load only"));
  CHECK_THAT(f.shown("tasks.sem.Report{ date = '2015-09-18' }.output:write 'x'"),
             ContainsSubstring("write works in run and check only"));
}

TEST_CASE("an endless loop takes turns, and is stopped without a trace") {
  Loaded f;
  RecordingSink sink;
  const auto job = f.state->evaluate(SessionInput{"x = 1 while true do pcall(error) end"}, &sink);
  for (int i = 0; i < 3; ++i) REQUIRE(job->resume() == ScriptJob::Step::kSliced);
  job->stop();
  CHECK(job->session_result().kind == Kind::kInterrupted);
  CHECK(f.shown("x") == "1");
}

TEST_CASE("memory is bounded: a bomb is an error, and the session goes on", "[large]") {
  Loaded f;
  f.state->bound_memory(int64_t{16} << 20);
  CHECK_THAT(f.shown("t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end"),
             ContainsSubstring("not enough memory"));
  CHECK_THAT(f.shown("('x'):rep(1e9)"), ContainsSubstring("not enough memory"));
  CHECK(f.shown("t = nil; return 1 + 1") == "2");
  CHECK(f.shown("#('x'):rep(5e6)") == "5000000");
}

TEST_CASE("what is printed waits now and then until it is taken") {
  Loaded f;
  f.evaluate("for i = 1, 300 do print(('x'):rep(1000)) end");
  CHECK(f.printed.size() == 300);
  CHECK(f.asked.size() == 4);
  CHECK(f.asked.at(0).path.empty());
  // Where it cannot wait it goes on.
  f.evaluate("('x'):rep(300):gsub('x', function() print(('y'):rep(1000)) end)");
  CHECK(f.printed.size() == 600);
  CHECK(f.asked.empty());
}

TEST_CASE("what is living is asked of the API, each time anew") {
  Loaded f;
  f.api = {{"GET runs/7", R"json({"run": 7, "state": "failed", "roots": ["A"], "seconds": 2,
      "started": "2015-09-18T01:00:00.000+08:00", "tasks": [{"id": "A", "state": "failed",
      "why": "", "error": "exit status 1\nmore"}]})json"},
           {"GET runs?limit=1", R"json([{"run": 7}])json"}};
  CHECK(f.shown("runs[7].state") == "failed");
  CHECK(f.shown("runs.last.run") == "7");
  const std::string run = f.shown("runs[7]");
  CHECK_THAT(run, ContainsSubstring("run 7: failed  A"));
  CHECK_THAT(run, ContainsSubstring("failed  A     exit status 1"));
  CHECK_THAT(f.shown("runs[8]"), ContainsSubstring("error: input:1: there is nothing there"));
  CHECK_THAT(f.shown("runs.x"), ContainsSubstring("runs has numbers"));
  CHECK_THAT(f.shown("runs[1] = 2"), ContainsSubstring("runs is not assigned to"));
}

TEST_CASE("retry and cancel act on runs, and cancel on tasks") {
  Loaded f;
  f.api = {{"POST runs/7/retry", R"json({"run": 8})json"},
           {"POST runs/7/cancel", R"json({"run": 7})json"},
           {"POST cancels", R"json({"task": "sem.Report(date=2015-09-18)"})json"}};
  CHECK(f.shown("retry(7)") == "run 8 goes on with it");
  CHECK(f.asked.at(0).environment);
  CHECK(f.shown("cancel{ run = 7 }") == "run 7 is cancelled");
  CHECK(f.asked.at(0).body == R"json({"kill":false})json");
  CHECK(f.shown("cancel(tasks.sem.Report{ date = '2015-09-18' })") ==
        "sem.Report(date=2015-09-18) is cancelled");
  CHECK(f.asked.at(0).body == R"json({"params":{"date":"2015-09-18"},"task":"sem.Report"})json");
  CHECK_THAT(f.shown("retry 'x'"), ContainsSubstring("retry: expected a run"));
  CHECK_THAT(f.shown("cancel(nil)"), ContainsSubstring("cancel: expected a run"));
}

TEST_CASE("deps is what a task requires, and rdeps what is known to require it") {
  Loaded f;
  CHECK(f.shown("deps(tasks.sem.Report{ date = '2015-09-18' })") ==
        "sem.Fetch(date=2015-09-18,engine=baidu)\nsem.Fetch(date=2015-09-18,engine=so360)");
  CHECK(f.shown("deps(tasks.sem.Report{ date = '2015-09-18' })[1].engine") == "baidu");
  CHECK(f.shown("deps(tasks.sem.Fetch{ date = '2015-09-18', engine = 'baidu' })") ==
        "it requires nothing");
  // One is in the record, another in a run that goes on.
  f.api = {
      {"POST plan", R"json({"roots": ["x"], "tasks": [{"id": "Gone(n=1)", "name": "Gone",
      "params": {"n": "1"}, "requires": ["sem.Fetch(date=2015-09-18,engine=baidu)"]}]})json"},
      {"GET runs?limit=100",
       R"json([{"run": 7, "state": "running"}, {"run": 6, "state": "done"}])json"},
      {"GET runs/7", R"json({"tasks": [{"id": "sem.Report(date=2015-09-18)", "name": "sem.Report",
      "params": {"date": "2015-09-18"}}, {"id": "sem.Report(date=2015-09-19)",
      "name": "sem.Report", "params": {"date": "2015-09-19"}}]
})json"}};
  CHECK_THAT(f.shown("rdeps(tasks.sem.Fetch{ date = '2015-09-18', engine = 'baidu' })"),
             ContainsSubstring("Gone(n=1)\nsem.Report(date=2015-09-18)\nof the tasks that have"));
  CHECK_THAT(f.asked.at(0).body, ContainsSubstring(R"json("force":"downstream")json"));
}  // namespace

TEST_CASE("help tells of the session, of the DSL and of tasks") {
  Loaded f;
  CHECK_THAT(f.shown("help()"), ContainsSubstring("rdeps(task)"));
  CHECK_THAT(f.shown("help(running)"), ContainsSubstring("what runs now"));
  CHECK_THAT(f.shown("help 'task.retry'"), ContainsSubstring("# task.retry"));
  CHECK_THAT(f.shown("help(each)"), ContainsSubstring("# each"));
  CHECK_THAT(f.shown("help 'sem.Fetch'"), ContainsSubstring("One engine's cost"));
  CHECK_THAT(f.shown("help(tasks.sem.Fetch)"), ContainsSubstring("engine: enum (baidu, so360)"));
  CHECK_THAT(f.shown("help 'task.retyr'"), ContainsSubstring("did you mean 'task.retry'?"));
}

TEST_CASE("Tab completes names, fields, tasks and parameters") {
  Loaded f;
  f.evaluate("reports = { first = 1, second = { deep = 2 } }");
  CHECK(f.completed("repo") == "repo: reports");
  CHECK(f.completed("x = reports.") == ": first second");
  CHECK(f.completed("print(reports.second.d") == "d: deep");
  CHECK(f.completed("runn") == "runn: running");
  CHECK(f.completed("tasks.") == ": sem.");
  CHECK(f.completed("tasks.sem.Fe") == "Fe: Fetch");
  CHECK(f.completed("tasks.sem.Fetch{ ") == ": date= engine= key=");
  CHECK(f.completed("tasks.sem.Fetch{ date = today(), e") == "e: engine=");
  CHECK(f.completed("plan(tasks.sem.Report{\n  d") == "d: date=");
  CHECK(f.completed("json.en") == "en: encode");
  CHECK(f.completed("whi") == "whi: while");
  f.evaluate("r = tasks.sem.Report{ date = '2015-09-18' }");
  CHECK(f.completed("r.o") == "o: output");
  CHECK(f.completed("r.da") == "da: date");
  CHECK(f.completed("r:com") == "com: complete");
  CHECK(f.completed("r.output:re") == "re: read");
  CHECK(f.completed("r.date.weekd") == "weekd: weekday");
  CHECK(f.completed("('x'):re") == ":");
  // Nothing to say, and no code of the user's runs to find it.
  CHECK(f.completed("nothing.here") == "here:");
  CHECK(f.completed("runs[1].st") == ":");
  CHECK(f.completed("x = 'repo") == ":");
  f.evaluate("trap = setmetatable({}, { __index = function() ran = true end })");
  CHECK(f.completed("trap.some.thing") == "thing:");
  CHECK_THAT(f.shown("ran"), ContainsSubstring("unknown name"));
  f.api = {{"GET runs?limit=50", R"json([{"run": 17}, {"run": 9}])json"},
           {"GET schedules?next=1", R"json([{"name": "nightly"}, {"name": "two words"}])json"}};
  CHECK(f.completed("retry(") == ": 17 9");
  CHECK(f.completed("runs[1") == "1: 17");
  CHECK(f.completed("schedules.n") == "n: nightly");
  CHECK(f.completed("schedules['tw") == "tw: two words");
}

}  // namespace
}  // namespace moondial::session_test
