// Plans: what is visited, what is complete and why, commands, and errors of one task.
#include "tests/catch.h"
#include "tests/large.h"
#include "tests/lua/script_fixture.h"

namespace moondial::plan_test {
namespace {

using Catch::Matchers::ContainsSubstring;

/// The words of a command, with the outputs' final paths put in.
std::vector<std::string> words(const TaskInstance& task) {
  std::vector<std::string> made;
  for (const CommandWord& word : task.argv) made.push_back(render(word, task.outputs));
  return made;
}

const char* const kChain = R"lua(
local A = task "A" { params = { n = param.int }, output = "data/a${n}.csv", run = print }
local B = task "B" { params = { n = param.int }, requires = A, output = { x = "data/b${n}.x", y = "data/b${n}.y" },
  sh = "cat ${input} > ${output.y}" }
task "All" { requires = function() return { B{ n = 1 }, more = { B{ n = 2 } } } end }
task "Work" { requires = function() return tasks.All{} end, run = print }
)lua";

}  // namespace

TEST_CASE("requirements of complete tasks are not visited") {
  ScriptFixture project;
  project.pipeline(kChain);
  project.load_well();
  REQUIRE(project.plan("Work").ok());
  CHECK(project.sink.tasks.size() == 6);
  CHECK(project.sink.task("Work").why == "has no output: runs in every run");
  CHECK(project.sink.task("Work").requires_ == std::vector<std::string>{"All"});
  CHECK(project.sink.task("All").why == "requirement B(n=1) is not complete");
  CHECK(project.sink.task("All").work == WorkKind::kNone);
  CHECK(project.sink.task("B(n=1)").why == "output data/b1.x is missing");
  CHECK(project.sink.task("B(n=1)").outputs ==
        std::vector<std::string>{project.dir.path() + "/data/b1.x",
                                 project.dir.path() + "/data/b1.y"});

  project.dir.write("data/b1.x", "");
  REQUIRE(project.plan("All").ok());
  CHECK(project.sink.task("B(n=1)").why == "output data/b1.y is missing");
  project.dir.write("data/b1.y", "");
  REQUIRE(project.plan("All").ok());
  CHECK(project.sink.task("B(n=1)").complete);
  CHECK(project.sink.task("B(n=1)").why == "all outputs exist");
  CHECK(project.sink.task("B(n=1)").requires_.empty());
  CHECK(project.sink.ids() == std::vector<std::string>{"B(n=1)", "B(n=2)", "A(n=2)", "All"});

  project.dir.write("data/b2.x", "");
  project.dir.write("data/b2.y", "");
  REQUIRE(project.plan("All").ok());
  CHECK(project.sink.task("All").complete);
  CHECK(project.sink.task("All").why == "all requirements are complete");

  REQUIRE(project.plan("All", {}, Force::kRoots).ok());
  CHECK_FALSE(project.sink.task("All").complete);
  CHECK(project.sink.task("All").why == "forced");
  CHECK(project.sink.task("B(n=1)").complete);
  REQUIRE(project.plan("All", {}, Force::kAll).ok());
  CHECK(project.sink.tasks.size() == 5);
  CHECK_FALSE(project.sink.task("A(n=1)").complete);
}

TEST_CASE("what others produce is not forced: it is there, or it is not") {
  ScriptFixture project;
  project.pipeline(R"lua(
    external "Drop" { output = "drop" }
    task "Load" { requires = { tasks.Drop }, output = "load", run = print }
  )lua");
  project.load_well();
  project.dir.write("drop", "");
  project.dir.write("load", "");
  REQUIRE(project.plan("Load", {}, Force::kAll).ok());
  CHECK(project.sink.task("Drop").complete);
  CHECK_FALSE(project.sink.task("Load").complete);
  project.sink.tasks.clear();
  REQUIRE(project.plan("Drop", {}, Force::kRoots).ok());
  CHECK(project.sink.task("Drop").complete);
  std::filesystem::remove(project.dir.path() + "/drop");
  project.sink.tasks.clear();
  REQUIRE(project.plan("Load", {}, Force::kAll).ok());
  CHECK(project.sink.task("Drop").why == "output drop is missing");
}

TEST_CASE("complete() decides in place of outputs") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "Yes" { complete = function(t) return true end, output = "x", run = print }
    task "No" { complete = function(t) return t.output:exists() and nil end, output = "x", run = print }
  )lua");
  project.dir.write("x", "");
  project.load_well();
  REQUIRE(project.plan("Yes").ok());
  CHECK(project.sink.tasks[0].complete);
  CHECK(project.sink.tasks[0].why == "complete() says yes");
  REQUIRE(project.plan("No").ok());
  CHECK_FALSE(project.sink.tasks[0].complete);
  CHECK(project.sink.tasks[0].why == "complete() says no");
}

TEST_CASE("cycles end, and are left to the engine to report") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "A" { requires = function() return tasks.B{} end }
    task "B" { requires = function() return tasks.A{} end }
    task "C" { requires = function(t) return t end, run = print }
  )lua");
  project.load_well();
  REQUIRE(project.plan("A").ok());
  CHECK(project.sink.tasks.size() == 2);
  CHECK_FALSE(project.sink.task("A").complete);
  CHECK(project.sink.task("B").requires_ == std::vector<std::string>{"A"});
  REQUIRE(project.plan("C").ok());
  CHECK(project.sink.task("C").requires_ == std::vector<std::string>{"C"});
}

TEST_CASE("a chain of 100,000 tasks is planned in batches", "[large]") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "Link" { params = { n = param.int }, output = "l/${n}", run = print,
      requires = function(t) if t.n > 1 then return tasks.Link{ n = t.n - 1 } end end }
    task "Wrap" { params = { n = param.int },
      requires = function(t) if t.n > 1 then return tasks.Wrap{ n = t.n - 1 } end end }
  )lua");
  project.load_well();
  constexpr int kLength = large(100'000);
  REQUIRE(project.plan("Link", {{"n", std::to_string(kLength)}}).ok());
  CHECK(std::ssize(project.sink.tasks) == kLength);
  CHECK(project.sink.largest_batch == 500);
  CHECK(project.slices >= kLength / 500 - 1);
  REQUIRE(project.plan("Wrap", {{"n", "20000"}}).ok());
  CHECK(project.sink.tasks.size() == 20'000);
  CHECK(project.sink.tasks[0].id == "Wrap(n=1)");
  CHECK(project.sink.tasks[0].complete);
  CHECK(project.sink.tasks.back().complete);
}

TEST_CASE("commands get their words, and values never become syntax") {
  ScriptFixture project;
  project.pipeline(R"lua(
    local Src = task "Src" { params = { s = param.string }, output = { "in/a", "in/b" }, run = print }
    task "Shell" { params = { s = param.string, d = param.date{ default = date "2015-09-18" } },
      requires = Src, output = "out/x", sh = "echo ${s} ${d:%Y%m%d} ${input} > ${output}" }
    task "List" { params = { s = param.string }, requires = { one = Src }, output = { c = "out/c", d = "out/d" },
      sh = { "cmd", "-s=${s}", "${input}", "--first=${input.one.1}", "${output}", "o=${output.d}", 3,
             "$${s}", "$HOME" }, cwd = "work/${s}", env = { NAME = "v=${s}", N = 1 } }
    task "Func" { params = { s = param.string }, sh = function(t) return { "echo", t.s } end,
      priority = function(t) return #t.s end, uses = function() return { api = 2 } end,
      retry = function() return 2 end, timeout = function() return "2m" end, takes = function() return 5 end,
      env = function(t) return { S = t.s } end }
    task "Root" { requires = { Shell = tasks.Shell{ s = "q" } }, sh = { "x", "${input.Shell}" }, grace = "3s",
      uses = { cpu = 2 }, retry = { times = 3, delay = "30s", backoff = 2, max = "10m", jitter = 0.5 },
      timeout = "20m", takes = "1h", priority = -1.5 }
  )lua");
  project.load_well();
  const std::string evil = "x'; touch pwned; '";

  REQUIRE(project.plan("Shell", {{"s", evil}}, Force::kNone).ok());
  const std::string id = "Shell(d=2015-09-18,s=\"x'; touch pwned; '\")";
  std::vector<std::string> argv = words(project.sink.task(id));
  REQUIRE(argv.size() == 6);
  CHECK(std::vector<std::string>(argv.begin(), argv.end() - 1) ==
        std::vector<std::string>{"bash", "-e", "-o", "pipefail", "-c"});
  CHECK_THAT(argv[5], ContainsSubstring("'x'\\''; touch pwned; '\\'''"));
  CHECK_THAT(argv[5], ContainsSubstring("20150918"));
  CHECK_THAT(argv[5], ContainsSubstring("in/a"));
  CHECK(project.sink.task(id).cwd == project.dir.path());

  REQUIRE(project.plan("List", {{"s", "a b"}}).ok());
  const TaskInstance& list = project.sink.task("List(s=\"a b\")");
  const std::string root = project.dir.path() + "/";
  CHECK(words(list) == std::vector<std::string>{"cmd", "-s=a b", root + "in/a", root + "in/b",
                                                "--first=" + root + "in/a", root + "out/c",
                                                root + "out/d", "o=" + root + "out/d", "3", "${s}",
                                                "$HOME"});
  CHECK(list.cwd == root + "work/a b");
  REQUIRE(list.env.size() == 2);
  CHECK(render(list.env[0], {}) == "N=1");
  CHECK(render(list.env[1], {}) == "NAME=v=a b");

  REQUIRE(project.plan("Func", {{"s", "abc"}}).ok());
  const TaskInstance& func = project.sink.tasks[0];
  CHECK(words(func) == std::vector<std::string>{"echo", "abc"});
  CHECK(func.priority == 3);
  CHECK(func.uses == std::vector<PoolUse>{{"api", 2}, {"cpu", 1}});
  CHECK(func.retry.times == 2);
  CHECK(func.timeout == std::chrono::minutes(2));
  CHECK(func.takes == std::chrono::seconds(5));
  CHECK(render(func.env[0], {}) == "S=abc");

  REQUIRE(project.plan("Root").ok());
  const TaskInstance& task = project.sink.task("Root");
  CHECK(words(task) == std::vector<std::string>{"x", "out/x"});
  CHECK(task.uses == std::vector<PoolUse>{{"cpu", 2}});
  CHECK(task.retry.times == 3);
  CHECK(task.retry.delay == std::chrono::seconds(30));
  CHECK(task.retry.backoff == 2);
  CHECK(task.retry.max == std::chrono::minutes(10));
  CHECK(task.retry.jitter == 0.5);
  CHECK(task.grace == std::chrono::seconds(3));
  CHECK(task.takes == std::chrono::hours(1));
  CHECK(task.priority == -1.5);
  CHECK(task.file == "pipelines/a.lua");
  CHECK(task.line == 12);
}

TEST_CASE("errors of one task name it and its line") {
  ScriptFixture project;
  project.pipeline(R"lua(
task "Req" { params = { n = param.int },
  requires = function(t) error("no such " .. t.n) end, run = print }
task "Out" { output = function(t) return 3 end, run = print }
task "Esc" { output = function(t) return "../x" end, run = print }
task "Inp" { requires = { a = tasks.Src }, sh = "cat ${input.b}" }
task "Src" { output = "src", run = print }
task "Cfg" { run = print, uses = function() return { api = -2 } end }
task "Two" { requires = function() return { tasks.Req{ n = 1 }, tasks.Req{ n = 2 } } end }
task "Many" { requires = { tasks.Lots }, sh = { "x", "a${input}" } }
task "Lots" { output = { "l1", "l2" }, run = print }
)lua");
  project.load_well();
  CHECK(project.plan_error("Two") ==
        "pipelines/a.lua:3: Req(n=1): requires: no such 1\n"
        "pipelines/a.lua:3: Req(n=2): requires: no such 2");
  CHECK(project.plan_error("Out") == "pipelines/a.lua:4: Out: output: expected paths, got 3");
  CHECK(project.plan_error("Esc") ==
        "pipelines/a.lua:5: Esc: output: path '../x' leads out of the project");
  CHECK(project.plan_error("Inp") ==
        "pipelines/a.lua:6: Inp: sh: ${input.b}: the input has no 'b'");
  CHECK(project.plan_error("Cfg") ==
        "pipelines/a.lua:8: Cfg: uses: units of api are -2, expected a whole number from 0");
  CHECK_THAT(project.plan_error("Many"), ContainsSubstring("stands for 2 files"));
  const auto unknown = project.plan("Srx");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().message == "there is no task 'Srx' (did you mean 'Src'?)");
}

TEST_CASE("outputs stay where they may lie") {
  ScriptFixture project;
  project.config("return { output_roots = { '/srv/out' } }");
  project.pipeline(R"lua(
    task "S" { params = { s = param.string }, output = "data/${s}.csv", run = print }
    task "D" { params = { s = param.string }, output = "data/${s}/x", run = print }
    task "P" { params = { s = param.string{ path = true } }, output = "${s}", run = print }
    task "F" { params = { s = param.string }, output = function(t) return t.s end, run = print }
  )lua");
  project.load_well();
  const auto outcome = [&](const std::string& task, const std::string& s) {
    const auto result = project.plan(task, {{"s", s}});
    return result.ok() ? project.sink.tasks[0].outputs[0] : result.error().message;
  };
  const std::string root = project.dir.path();
  CHECK(outcome("S", "a b;c") == root + "/data/a b;c.csv");
  CHECK(outcome("S", "..") ==
        "pipelines/a.lua:2: S(s=..): output: parameter 's' is \"..\": not usable in a path");
  CHECK_THAT(outcome("S", "a/b"),
             ContainsSubstring("not usable in a path (path = true would allow '/')"));
  CHECK_THAT(outcome("S", std::string("a\0b", 3)), ContainsSubstring("not usable in a path"));
  CHECK_THAT(outcome("D", "."), ContainsSubstring("not usable in a path"));
  CHECK(outcome("P", "a/b") == root + "/a/b");
  CHECK(outcome("P", "a/./b//c") == root + "/a/b/c");
  CHECK(outcome("P", "a/../b") == root + "/b");
  CHECK_THAT(outcome("P", "a/../../b"), ContainsSubstring("leads out of the project"));
  CHECK_THAT(outcome("P", "/etc/passwd"), ContainsSubstring("neither beneath the project"));
  CHECK_THAT(outcome("P", "/srv/outer/x"), ContainsSubstring("neither beneath the project"));
  CHECK(outcome("P", "/srv/out/x") == "/srv/out/x");
  CHECK(outcome("P", root + "/y") == root + "/y");
  CHECK_THAT(outcome("P", root), ContainsSubstring("neither beneath"));
  CHECK_THAT(outcome("P", "a/"), ContainsSubstring("names a folder"));
  CHECK_THAT(outcome("P", ".moondial/x"), ContainsSubstring("moondial's own"));
  CHECK_THAT(outcome("P", "."), ContainsSubstring("not usable in a path"));
  CHECK_THAT(outcome("F", "../x"), ContainsSubstring("leads out of the project"));
  CHECK(outcome("F", "ok") == root + "/ok");
}

TEST_CASE("a wrapper passes its inputs on to commands") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "A" { params = { n = param.int }, output = "a${n}", run = print }
    task "W" { requires = function() return each(1, 3, function(n) return tasks.A{ n = n } end) end }
    task "S" { requires = { w = tasks.W }, sh = { "cat", "${input}", "${input.w.2}" } }
  )lua");
  project.load_well();
  REQUIRE(project.plan("S").ok());
  CHECK(words(project.sink.task("S")) == std::vector<std::string>{"cat", "a1", "a2", "a3", "a2"});
}

TEST_CASE("an endless requires is sliced, and an endless chain is an error") {
  ScriptFixture project;
  project.slice_instructions = 10'000;
  project.pipeline(R"lua(
    task "Loop" { requires = function() while true do end end }
    task "Talk" { requires = function() print("hello") end }
  )lua");
  project.load_well();
  const auto job = project.state->plan(plan_request("Loop"), &project.sink);
  for (int i = 0; i < 50; ++i) REQUIRE(job->resume() == ScriptJob::Step::kSliced);
  job->stop();
  CHECK(job->resume() == ScriptJob::Step::kEnded);
  CHECK(job->outcome().kind == ScriptOutcome::Kind::kStopped);
  CHECK_FALSE(job->plan_result().ok());
  REQUIRE(project.plan("Talk").ok());
  CHECK(project.sink.logs == std::vector<std::pair<std::string, std::string>>{{"info", "hello"}});
}

TEST_CASE("a function that computes without end while tasks are planned is an error of its task") {
  ScriptFixture project;
  project.pure_instructions = 50'000;
  project.slice_instructions = 10'000;
  project.pipeline(R"lua(
    local function pace() local n = 0 for i = 1, 10000 do n = n + i end return n end
    task "Loop" {
      requires = function()
        while true do end
      end,
    }
    task "Held" { output = function() while true do pcall(pace) end end, run = print }
    task "Wrap" { priority = function()
      local next = coroutine.wrap(function() while true do end end)
      while true do pcall(next) end
    end, run = print }
    task "Long" { params = { n = param.int },
      requires = function(t) pace() return t.n > 0 and tasks.Long{ n = t.n - 1 } or {} end }
    task "All" { requires = { tasks.Loop, tasks.Held, tasks.Wrap } }
    schedule "s" { cron = "@daily", start = function()
      repeat until false
    end }
  )lua");
  project.load_well();
  const auto planned = project.plan("All");
  REQUIRE_FALSE(planned.ok());
  std::string all;
  for (const Diagnostic& diagnostic : planned.error().diagnostics) all += diagnostic.text() + "\n";
  CHECK_THAT(all, ContainsSubstring("pipelines/a.lua:5: Loop: requires: it computes without end"));
  CHECK_THAT(all, ContainsSubstring("Held: output: it computes without end"));
  CHECK_THAT(all, ContainsSubstring("Wrap: priority: it computes without end"));
  // What is bounded is one function of one task: all of a plan may take long.
  CHECK(project.plan("Long", {{"n", "20"}}).ok());
  PlanRequest request;
  request.start = StartCall{"s", CivilTime()};
  const auto job = project.state->plan(std::move(request), &project.sink);
  project.drive(*job);
  REQUIRE_FALSE(job->plan_result().ok());
  CHECK_THAT(job->plan_result().error().message,
             ContainsSubstring("schedule \"s\": start: it computes without end"));
}

TEST_CASE("two outputs of one task are two files, or an error of the plan") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "Two" { params = { a = param.string },
      output = { x = "out/x", y = "out/./${a}" }, run = print }
    task "Made" { output = function() return { "out/m", file "out/m" } end, run = print }
  )lua");
  project.load_well();
  CHECK_THAT(
      project.plan_error("Two", {{"a", "x"}}),
      ContainsSubstring("pipelines/a.lua:3: Two(a=x): output: two of the outputs are 'out/x'"));
  CHECK_THAT(project.plan_error("Made"),
             ContainsSubstring("Made: output: two of the outputs are 'out/m'"));
  CHECK(project.plan("Two", {{"a", "y"}}).ok());
}

}  // namespace moondial::plan_test
