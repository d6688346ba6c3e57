// Scripts on lanes: they share time, and one that misbehaves costs the others nothing.
#include <csignal>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::lanes_test {
namespace {

Json task_of(const Json& shown, const std::string& id) {
  for (const auto& task : shown["tasks"]) {
    if (task["id"] == id) return task;
  }
  FAIL("no task " << id << " in " << shown.dump(1));
  return {};
}

TEST_CASE("an endless loop runs beside other tasks and is ended by its timeout") {
  Project project;
  project.write("pipelines/p.lua", R"(
    local Endless = task "Endless" { output = "never.txt", timeout = 2, run = function() while true do end end }
    local Quick = task "Quick" { params = { n = param.int }, output = "quick-${n}.txt",
      run = function(t) sh "true"; t.output:write("done") end }
    task "All" { requires = function() return { Endless{}, each(1, 20, function(n) return Quick{ n = n } end) } end }
  )");
  const auto run = project.moondial({"run", "All", "-j", "4", "--json"}).json();
  CHECK(run["counts"] == Json{{"done", 20}, {"failed", 1}, {"upstream_failed", 1}});
  const auto shown =
      project.moondial({"show", std::to_string(run["run"].get<int>()), "--json"}).json();
  CHECK(task_of(shown, "Endless")["attempts"][0]["error"].get<std::string>().find("timed out") !=
        std::string::npos);
  CHECK_FALSE(project.exists("never.txt"));
}

TEST_CASE("a lane that hangs is killed, replaced, and its innocent attempts run again") {
  Project project;
  // string.rep and a pattern that backtracks without end: one library call that does not return.
  project.write("pipelines/p.lua", R"(
    local Hang = task "Hang" { output = "never.txt", timeout = 1, grace = 0.1, run = function(t)
      while not file("started-8"):exists() do sh "sleep 0.01" end
      string.find(("a"):rep(100000), ("a*"):rep(40) .. "b")
    end }
    local Innocent = task "Innocent" { params = { n = param.int }, output = "ok-${n}.txt",
      run = function(t)
        sh "echo x >> started-${n}; sleep 0.3"
        t.output:write("done")
      end }
    task "All" { requires = function() return { Hang{}, each(1, 8, function(n) return Innocent{ n = n } end) } end }
  )");
  const Finished out = project.moondial({"run", "All", "-j", "9", "--json"});
  const auto run = out.json();
  INFO(out.all());
  CHECK(run["counts"] == Json{{"done", 8}, {"failed", 1}, {"upstream_failed", 1}});
  const auto shown =
      project.moondial({"show", std::to_string(run["run"].get<int>()), "--json"}).json();
  CHECK(task_of(shown, "Hang")["attempts"].size() == 1);
  int lost = 0;
  for (int n = 1; n <= 8; ++n) {
    const auto task = task_of(shown, "Innocent(n=" + std::to_string(n) + ")");
    for (const auto& attempt : task["attempts"]) lost += attempt["state"] == "lost" ? 1 : 0;
    CHECK(task["attempts"].back()["state"] == "done");
  }
  CHECK(lost > 0);
}

TEST_CASE("commands inside run: results, captured output, targets as streams") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "T" { output = { out = "out.txt", log = "log.txt" }, run = function(t)
      local r = sh{ "printf", "%s-%s", "a b", "$HOME", capture = true }
      assert(r.code == 0 and r.stdout == "a b-$HOME", r.stdout)
      local bad = sh{ "sh", "-c", "echo oops >&2; exit 7", check = false, capture = true }
      assert(bad.code == 7 and bad.stderr == "oops\n")
      local ok, err = pcall(function() sh "echo why >&2; exit 3" end)
      assert(not ok and tostring(err):find("3"), tostring(err))
      sh{ "sort", stdin = "b\na\n", stdout = t.output.out }
      t.output.log:write(t.output.out:read())
    end }
  )");
  const Finished out = project.moondial({"run", "T"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(project.read("out.txt") == "a\nb\n");
  CHECK(project.read("log.txt") == "a\nb\n");
}

TEST_CASE("an error in run shows the user's own line") {
  Project project;
  project.write("pipelines/p.lua", R"(
local function deeper(row)
  return row.cost + 1
end
task "T" { output = "out.txt", run = function(t)
  deeper{}
end }
)");
  const Finished out = project.moondial({"run", "T"});
  CHECK(out.code == 1);
  CHECK(out.all().find("pipelines/p.lua:3") != std::string::npos);
  CHECK(out.all().find("pipelines/p.lua:6") != std::string::npos);
}

TEST_CASE("skip ends a task as skipped") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "T" { output = "out.txt", run = function() pcall(skip, "nothing new") error("not reached") end }
  )");
  const Finished out = project.moondial({"run", "T", "--json"});
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(out.json()["counts"] == Json{{"skipped", 1}});
}

}  // namespace
}  // namespace moondial::e2e::lanes_test
