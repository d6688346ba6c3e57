// The rows of "Declarations", by their own names.
#include "tests/catch.h"
#include "tests/e2e/spec_project.h"

namespace moondial::e2e::spec_declarations_test {
namespace {

using Catch::Matchers::ContainsSubstring;

TEST_CASE("declaration: task") {
  const SpecProject project(R"lua(
    local Fetch = task "sem.Fetch" { params = { n = param.int }, output = "fetch/${n}",
      sh = "echo ${n} > ${output}" }
    task "Sum" { requires = { Fetch{ n = 1 }, Fetch{ n = 2 } }, output = "sum",
      sh = "cat ${input} > ${output}" }
  )lua");
  project.run({"Sum"});
  CHECK(project.read("sum") == "1\n2\n");
  CHECK(project.states().at("sem.Fetch(n=2)") == "done");

  project.write("pipelines/q.lua",
                "\ntask \"sem.Fetch\" { output = \"x\", sh = \": > ${output}\" }");
  const Finished twice = project.command({"check"}, 2);
  CHECK_THAT(twice.all(), ContainsSubstring("sem.Fetch") &&
                              ContainsSubstring("pipelines/p.lua:2") &&
                              ContainsSubstring("pipelines/q.lua:2"));
}

TEST_CASE("declaration: tasks.Name, tasks.sem.Fetch") {
  const SpecProject project(R"lua(
    local later, dotted = tasks.Later, tasks.sem.Fetch   -- declared in a file that is loaded after
    task "All" { requires = { a = later{ n = 3 }, b = dotted }, output = "all",
      sh = "cat ${input.a} ${input.b} > ${output}" }
  )lua");
  project.write("pipelines/z.lua", R"lua(
    task "Later" { params = { n = param.int }, output = "later", sh = "echo later ${n} > ${output}" }
    task "sem.Fetch" { output = "fetch", sh = "echo fetched > ${output}" }
  )lua");
  project.run({"All"});
  CHECK(project.read("all") == "later 3\nfetched\n");

  project.write("pipelines/wrong.lua", "\nlocal gone = tasks.sem.Fetsh\n");
  const Finished wrong = project.command({"check"}, 2);
  CHECK_THAT(wrong.all(), ContainsSubstring("pipelines/wrong.lua:2") &&
                              ContainsSubstring("sem.Fetsh") &&
                              ContainsSubstring("did you mean 'sem.Fetch'"));
}

TEST_CASE("declaration: external") {
  const SpecProject project(R"lua(
    local Drop = external "Drop" { params = { day = param.date }, output = "drop/${day}.csv",
      poll = "30s", timeout = "6h" }
    local Ready = external "Ready" { complete = function() return file("ready"):exists() end }
    task "Load" { params = { day = param.date }, requires = { drop = Drop, Ready{} },
      output = "load/${day}", sh = "cp ${input.drop} ${output}" }
  )lua");
  const Finished missing = project.run({"Load", "day=2015-09-18"}, 3);
  CHECK_THAT(missing.all(), ContainsSubstring("Drop(day=2015-09-18)") &&
                                ContainsSubstring("Ready") &&
                                ContainsSubstring("drop/2015-09-18.csv"));
  CHECK(project.states().at("Load(day=2015-09-18)") == "blocked");
  CHECK(project.attempts("Drop(day=2015-09-18)").empty());  // never run

  project.write("drop/2015-09-18.csv", "a\n");
  project.run({"Load", "day=2015-09-18"}, 3);  // still without complete()
  project.write("ready", "");
  project.run({"Load", "day=2015-09-18"});
  CHECK(project.read("load/2015-09-18") == "a\n");

  project.write("pipelines/q.lua", R"(external "Works" { output = "x", sh = "true" })");
  CHECK_THAT(project.command({"check"}, 2).all(),
             ContainsSubstring("pipelines/q.lua:1") && ContainsSubstring("sh"));
}

TEST_CASE("declaration: external with mark()") {
  const SpecProject project(R"lua(
    local Approved = external "Approved" { params = { day = param.date }, output = mark() }
    task "Send" { params = { day = param.date }, requires = Approved, output = "sent", sh = "touch ${output}" }
  )lua");
  CHECK_THAT(project.run({"Send", "day=2015-09-18"}, 3).all(), ContainsSubstring("Approved"));
  project.command({"mark", "Approved", "day=2015-09-18"});
  project.run({"Send", "day=2015-09-18"});
  CHECK(project.exists("sent"));
}

TEST_CASE("declaration: pool") {
  const SpecProject project(R"lua(
    pool "api" { size = 1 }
    local Call = task "Call" { params = { n = param.int }, output = "call/${n}", uses = { api = 1 },
      sh = "mkdir busy; sleep 0.02; rmdir busy; touch ${output}" }
    task "All" { requires = { Call{ n = 1 }, Call{ n = 2 }, Call{ n = 3 } } }
  )lua");
  project.run({"All", "-j", "3"});  // mkdir fails if two are at it
  CHECK(project.json({"pools"}) == parse_json(R"([{"name": "api", "size": 1, "declared": 1}])"));

  project.write("pipelines/q.lua", R"lua(
    task "Wrong" { output = "wrong", uses = { apo = 1 }, sh = "touch ${output}" }
  )lua");
  CHECK_THAT(project.run({"Wrong"}, 2).all(), ContainsSubstring("Wrong") &&
                                                  ContainsSubstring("apo") &&
                                                  ContainsSubstring("did you mean \"api\"") &&
                                                  ContainsSubstring("pipelines/q.lua:2"));
}

TEST_CASE("declaration: on.success, on.failure, on.retry, on.run_end") {
  const SpecProject project(R"lua(
    local function note(text) sh{ "sh", "-c", 'echo "$1" >> noted', "-", text } end
    task "Good" { output = "good", sh = "touch ${output}" }
    task "Bad" { retry = 1, sh = "exit 4" }
    on.success(function(event) note("success " .. event.task) end)
    on.failure(function(event) note("failure " .. event.task .. " " .. event.attempt) end)
    on.retry(function(event) note("retry " .. event.task .. " " .. event.attempt) end)
    on.run_end(function(event) note("run_end " .. event.run_id .. " " .. event.state) end)
    on.run_end(function() error "this hook is broken" end)
  )lua");
  project.run({"Good"});
  project.wait_for_engine_end();
  project.run({"Bad"}, 1);
  project.wait_for_engine_end();
  CHECK(project.lines("noted") == std::vector<std::string>{"success Good", "run_end 1 done",
                                                           "retry Bad 1", "failure Bad 2",
                                                           "run_end 2 failed"});
}

TEST_CASE("declaration: a constructor takes parameters, or hands another task's on") {
  const SpecProject project(R"lua(
    local Part = task "Part" { params = { day = param.date, engine = param.string{ default = "a" } },
      output = "${day}-${engine}", sh = "echo ${engine} > ${output}" }
    local P = { day = param.date, engine = param.string, other = param.int{ default = 1 } }
    task "Given" { params = P, requires = Part{ day = date "2015-01-01" } }
    task "Copied" { params = P, requires = function(t) return Part(t) end }
    task "Changed" { params = P, requires = function(t) return Part(t, { engine = "c" }) end }
    task "Bare" { params = P, requires = { Part } }
  )lua");
  const auto required = [&](const std::string& task) {
    const Json plan = project.json({"plan", task, "day=2015-09-18", "engine=b"});
    for (const auto& one : plan["tasks"]) {
      if (one["name"] == task) return one["requires"];
    }
    return Json();
  };
  CHECK(required("Given") == Json{"Part(day=2015-01-01,engine=a)"});
  CHECK(required("Copied") == Json{"Part(day=2015-09-18,engine=b)"});
  CHECK(required("Changed") == Json{"Part(day=2015-09-18,engine=c)"});
  CHECK(required("Bare") == Json{"Part(day=2015-09-18,engine=b)"});
}

TEST_CASE("declaration: a file does no work while it loads") {
  const SpecProject project("");
  const auto error = [&](std::string_view text) {
    project.write("pipelines/p.lua", text);
    return project.command({"check"}, 2).all();
  };
  CHECK_THAT(error("\nsh 'touch done'"), ContainsSubstring("pipelines/p.lua:2"));
  CHECK_FALSE(project.exists("done"));
  CHECK_THAT(error("total = 1"),
             ContainsSubstring("pipelines/p.lua:1") && ContainsSubstring("total"));
  CHECK_THAT(error("\ntaks 'A' {}"),
             ContainsSubstring("pipelines/p.lua:2") && ContainsSubstring("did you mean 'task'"));
  for (const char* name : {"os.execute", "io.popen", "os.exit", "loadfile", "debug.getinfo"}) {
    CHECK_THAT(error(std::string(name) + "('x')"), ContainsSubstring("pipelines/p.lua:1"));
  }
}

}  // namespace
}  // namespace moondial::e2e::spec_declarations_test
