// The rows of the command line's table that look at a project and its record, or prepare one.
#include "tests/catch.h"
#include "tests/e2e/spec_project.h"

namespace moondial::e2e::spec_look_commands_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kMixed = R"lua(
pool "db" { size = 2 }
local Good = task "Good" { doc = "goes well", params = { n = param.int }, output = "good${n}", sh = "echo well; touch ${output}" }
local Bad = task "Bad" { sh = "echo no luck >&2; exit 3" }
task "Both" { requires = { Good{ n = 1 }, Bad } }
)lua";

TEST_CASE("command: tasks, pools") {
  const SpecProject project(kMixed);
  const Finished tasks = project.command({"tasks"});
  for (const char* text : {"Good", "goes well", "n=<int>", "Bad", "Both"}) {
    CHECK_THAT(tasks.out, ContainsSubstring(text));
  }
  CHECK(project.command({"pools"}).out == "db  2\n");
}

TEST_CASE("command: runs") {
  const SpecProject project(kMixed);
  project.run({"Good", "n=7"});
  project.run({"Both"}, 1);
  const std::string out = project.command({"runs"}).out;
  CHECK_THAT(out, ContainsSubstring("Good(n=7)") && ContainsSubstring("Both") &&
                      ContainsSubstring("failed"));
  CHECK(out.find("Both") < out.find("Good(n=7)"));  // newest first
}

TEST_CASE("command: show RUN") {
  const SpecProject project(kMixed);
  project.run({"Both"}, 1);
  const Finished out = project.command({"show", "1"});
  CHECK_THAT(out.out, ContainsSubstring("run 1  failed  Both") && ContainsSubstring("Good(n=1)") &&
                          ContainsSubstring("Bad") && ContainsSubstring("upstream_failed"));
  CHECK_THAT(project.command({"show", "2"}, 2).err, ContainsSubstring("there is no run 2"));
}

TEST_CASE("command: logs RUN [TASK] [-f]") {
  const SpecProject project(R"lua(
    local A = task "A" { output = "a", sh = "echo from a; touch ${output}" }
    task "B" { requires = A, output = "b", sh = "echo from b; until [ -e go ]; do sleep 0.01; done; echo to the end; touch ${output}" }
  )lua");
  project.run({"B", "--detach"});
  Running follow = project.start({"logs", "1", "-f"});
  follow.wait_for_output("from b");
  project.write("go", "");
  const Finished followed = follow.finish();
  CHECK(followed.code == 0);
  CHECK_THAT(followed.out, ContainsSubstring("from a") && ContainsSubstring("to the end"));
  project.wait_for_engine_end();
  CHECK_THAT(project.command({"logs", "1"}).out,
             ContainsSubstring("from a") && ContainsSubstring("from b"));
  CHECK_THAT(project.command({"logs", "1", "A"}).out,
             ContainsSubstring("from a") && !ContainsSubstring("from b"));
  CHECK_THAT(project.command({"logs", "1", "AA"}, 2).err, ContainsSubstring("'AA'"));
}

TEST_CASE("command: schedules --next N") {
  const SpecProject project(
      "schedule \"s\" { cron = \"@daily\", tz = \"UTC\", start = function() end }");
  CHECK_THAT(project.command({"schedules", "--next", "2"}).out, ContainsSubstring("next 20"));
  CHECK(project.command({"schedules", "--next", "0"}).out ==
        "s  at 00:00 every day, UTC\n  has not fired yet\n");
}

TEST_CASE("command: check") {
  const SpecProject project("");
  CHECK(project.command({"check"}).code == 0);
  project.write("pipelines/a.lua", "\n\ntask \"A\" { shh = \"true\" }");
  project.write("pipelines/b.lua", "local x = ");
  project.write("pipelines/c.lua", "task \"C\" { requires = tasks.Nothing, sh = \"true\" }");
  const Finished out = project.command({"check"}, 2);  // every error, not the first
  CHECK_THAT(out.all(), ContainsSubstring("pipelines/a.lua:3") &&
                            ContainsSubstring("pipelines/b.lua:1") &&
                            ContainsSubstring("pipelines/c.lua:1"));
}

TEST_CASE("command: init [DIR]") {
  const SpecProject project("");
  const Finished out = project.command({"init", "fresh"});
  CHECK_THAT(out.out, ContainsSubstring("moondial.lua"));
  CHECK(project.exists("fresh/moondial.lua"));
  CHECK(run_program({std::getenv("MOONDIAL_BIN"), "run", "Hello"}, project / "fresh").code == 0);
  project.write("fresh/moondial.lua", "return {}");
  project.command({"init", "fresh"});
  CHECK(project.read("fresh/moondial.lua") == "return {}");  // what is there is kept
}

TEST_CASE("command: completion SHELL") {
  const SpecProject project("");
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CHECK_THAT(project.command({"completion", shell}).out, ContainsSubstring("moondial"));
  }
  project.command({"completion", "csh"}, 2);
}

TEST_CASE("command: doctor") {
  const SpecProject project(kMixed);
  const Json well = project.json({"doctor"});
  CHECK(well["problems"] == 0);
  CHECK(project.moondial({"doctor"}).code == 0);
  project.write("pipelines/broken.lua", "local x = ");
  const Finished ill = project.command({"doctor"}, 1);
  CHECK_THAT(ill.all(), ContainsSubstring("pipelines/broken.lua:1"));
}

TEST_CASE("command: version") {
  const SpecProject project("");
  const std::string version = project.json({"version"})["version"];
  CHECK_FALSE(version.empty());
  CHECK_THAT(project.command({"version"}).out, ContainsSubstring(version));
}

TEST_CASE("command: -h everywhere, and -C DIR") {
  const SpecProject project(kMixed);
  for (const char* command :
       {"run", "plan", "why", "backfill", "redo", "tasks", "pools", "runs", "show", "logs", "retry",
        "cancel", "mark", "check", "init", "completion", "doctor", "version"}) {
    CHECK_THAT(project.command({command, "-h"}).out,
               ContainsSubstring("Usage: moondial " + std::string(command)));
  }
  const char* binary = std::getenv("MOONDIAL_BIN");
  CHECK(run_program({binary, "-C", project.root().string(), "run", "Good", "n=1"}, "/").code == 0);
  CHECK(project.exists("good1"));
  CHECK(run_program({binary, "run", "Good", "n=1"}, "/").code == 2);
  CHECK(run_program({binary, "-C", "pipelines", "tasks"}, project.root()).code == 2);
}

}  // namespace
TEST_CASE("command: runs, those that are looked for") {
  const SpecProject project(R"lua(
task "A" { params = { n = param.int }, run = function(t) if t.n == 2 then fail "no" end end }
task "B" { run = print })lua");
  for (const char* n : {"n=1", "n=2", "n=3"}) (void)project.moondial({"run", "A", n});
  (void)project.run({"B"});
  const auto found = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "runs");
    std::vector<int> numbers;
    for (const Json& run : project.json(words)) numbers.push_back(run["run"]);
    return numbers;
  };
  CHECK(found({}) == std::vector{4, 3, 2, 1});
  CHECK(found({"--state", "failed"}) == std::vector{2});
  CHECK(found({"--task", "A"}) == std::vector{3, 2, 1});
  CHECK(found({"--task", "A(n=3)"}) == std::vector{3});
  CHECK(found({"--task", "A", "--state", "done", "-n", "1"}) == std::vector{3});
  CHECK_THAT(project.command({"runs", "--state", "cancelled"}).out,
             ContainsSubstring("there are no such runs"));
  CHECK_THAT(project.command({"runs", "--state", "broken"}, 2).err,
             ContainsSubstring("broken not in {running,done,failed,cancelled,blocked,lost}"));
}

}  // namespace moondial::e2e::spec_look_commands_test
