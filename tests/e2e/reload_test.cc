// Hot reload: what is saved is in force a moment later, and a broken file takes nothing down.
#include <signal.h>

#include "tests/catch.h"
#include "tests/e2e/daemon.h"

namespace moondial::e2e::reload_test {
namespace {

using Catch::Matchers::ContainsSubstring;

bool has_task(const Project& project, const std::string& name) {
  for (const Json& task : project.moondial({"tasks", "--json"}).json()) {
    if (task["name"] == name) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("an edit is in force without anybody asking for it, and the log says what it changed") {
  const SpecProject project(R"lua(task "A" { run = print } pool "p" { size = 1 })lua");
  Daemon daemon(project);
  project.write("pipelines/q.lua", R"lua(
    task "B" { run = print }
    schedule "s" { cron = "@yearly", start = function() return tasks.B end })lua");
  daemon.process().wait_for_output("reloaded: added task B; schedule s");
  project.replace("pipelines/p.lua", R"lua(task "A" { run = print, doc = "x" })lua");
  daemon.process().wait_for_output("reloaded: changed task A; removed pool p");
  // By rename, as editors save.
  project.write("new", R"lua(task "C" { run = print })lua");
  std::filesystem::rename(project / "new", project / "pipelines/q.lua");
  daemon.process().wait_for_output("reloaded: added task C; removed task B; schedule s");
  CHECK(project.json({"schedules"}).empty());
  daemon.end();
}

TEST_CASE("an edit of a trigger is told as one, and not that of what stands beside it") {
  const std::string trigger = R"lua(on.file "in/*" { start = function(path) return tasks.A end }
)lua";
  const std::string task = R"lua(task "A" { run = print })lua";
  const SpecProject project(trigger + task);
  Daemon daemon(project);
  project.replace("pipelines/p.lua", trigger + R"lua(task "A" { run = print, doc = "x" })lua");
  daemon.process().wait_for_output("reloaded: changed task A\n");
  project.replace("pipelines/p.lua", R"lua(on.file "in/*" { start = function(path) end }
task "A" { run = print, doc = "x" })lua");
  daemon.process().wait_for_output("reloaded: changed trigger on.file in/*\n");
  daemon.end();
}

TEST_CASE("many files that change at once are one reload") {
  const SpecProject project(R"lua(task "A" { run = print })lua");
  Daemon daemon(project);
  for (int i = 0; i < 50; ++i) {
    project.write("pipelines/f" + std::to_string(i) + ".lua",
                  "task \"F" + std::to_string(i) + "\" { run = print }");
  }
  wait_until("all of them", [&] { return has_task(project, "F49"); });
  const std::string log = daemon.end().err;
  size_t reloads = 0;
  for (size_t at = log.find("reloaded"); at != std::string::npos;
       at = log.find("reloaded", at + 1)) {
    ++reloads;
  }
  CHECK(reloads <= 3);  // one, unless the machine stood still in between
}

TEST_CASE("a file with an error keeps its last good version, also over a restart") {
  const SpecProject project(R"lua(task "A" { output = "a", sh = "echo 1 > ${output}" })lua");
  project.write("pipelines/good.lua", R"lua(task "Good" { run = print })lua");
  {
    Daemon daemon(project);
    project.replace("pipelines/p.lua", R"lua(task "A" { output = "a", sh = )lua");
    daemon.process().wait_for_output("pipelines/p.lua:1: ");
    daemon.process().wait_for_output("; its last good text stays in force");
    // One that never loaded has none.
    project.replace("pipelines/new.lua", "task");
    daemon.process().wait_for_output("; it is left out until it loads");
    std::filesystem::remove(project / "pipelines/new.lua");
    CHECK_THAT(project.command({"check"}, 2).err, ContainsSubstring("pipelines/p.lua:1: "));
    CHECK_THAT(project.command({"reload"}, 2).err, ContainsSubstring("pipelines/p.lua:1: "));
    // The others go on, and what is edited beside it counts.
    project.replace("pipelines/good.lua", R"lua(task "Better" { run = print })lua");
    wait_until("the other edit", [&] { return has_task(project, "Better"); });
    (void)project.run({"A"});
    CHECK(project.read("a") == "1\n");
    daemon.end();
  }
  std::filesystem::remove(project / "a");
  Daemon daemon(project);
  (void)project.run({"A"});
  CHECK(project.read("a") == "1\n");
  CHECK(has_task(project, "Better"));
  project.replace("pipelines/p.lua",
                  R"lua(task "A" { output = "a", sh = "echo 2 > ${output}" })lua");
  daemon.process().wait_for_output("reloaded: changed task A");
  (void)project.command({"check"});
  daemon.end();
  // Without a daemon it is an error, as ever.
  project.write("pipelines/p.lua", "task");
  (void)project.run({"Better"}, 2);
}

TEST_CASE("a module that breaks a file is held back with it") {
  const SpecProject project(R"lua(
    local x = require "x"
    task "A" { output = "a", sh = "echo " .. x.value .. " > ${output}" })lua");
  project.write("lib/x.lua", "return { value = 'one' }");
  Daemon daemon(project);
  project.replace("lib/x.lua", "return { valeu = 'two' }");
  daemon.process().wait_for_output("stays in force");
  (void)project.run({"A"});
  CHECK(project.read("a") == "one\n");
  project.replace("lib/x.lua", "return { value = 'three' }");
  daemon.process().wait_for_output("reloaded: ");
  (void)project.run({"A", "--force"});
  CHECK(project.read("a") == "three\n");
  daemon.end();
}

TEST_CASE("a run keeps the text that it started with, and the history shows which") {
  const SpecProject project(R"lua(
    task "First" { run = function() sh "touch begun; until [ -e go ]; do sleep 0.02; done" end }
    task "Then" { requires = tasks.First, run = function() sh "echo old >> said" end })lua");
  Daemon daemon(project);
  Running run = project.start({"run", "Then"});
  wait_until("its work", [&] { return project.exists("begun"); });
  project.replace("pipelines/p.lua", R"lua(
    task "First" { run = print }
    task "Then" { requires = tasks.First, run = function() sh "echo new >> said" end })lua");
  daemon.process().wait_for_output("reloaded: changed tasks First, Then");
  project.write("go", "");
  CHECK(run.finish().code == 0);
  (void)project.run({"Then"});
  CHECK(project.lines("said") == std::vector<std::string>{"old", "new"});
  const Json first = project.json({"show", "1"})["sources"];
  const Json last = project.json({"show", "2"})["sources"];
  CHECK(first["pipelines/p.lua"] != last["pipelines/p.lua"]);
  daemon.end();
}

TEST_CASE(
    "a task that waits for its retry when its file is edited keeps its text and its retries") {
  const SpecProject project(R"lua(task "Flaky" { retry = { times = 2, delay = "2s" },
    sh = "echo old >> said; [ -e go ]" })lua");
  Daemon daemon(project);
  Running run = project.start({"run", "Flaky"});
  wait_until("its wait",
             [&] { return project.exists("said") && project.states()["Flaky"] == "retrying"; });
  project.replace("pipelines/p.lua", R"lua(task "Flaky" { sh = "echo new >> said" })lua");
  daemon.process().wait_for_output("reloaded: changed task Flaky");
  project.write("go", "");
  CHECK(run.finish().code == 0);
  (void)project.run({"Flaky"});
  const std::vector<std::string> said = project.lines("said");
  REQUIRE(said.size() >= 3);
  CHECK(said.back() == "new");
  CHECK(std::vector<std::string>(said.begin(), said.end() - 1) ==
        std::vector<std::string>(said.size() - 1, "old"));
  daemon.end();
}

TEST_CASE("pools and jobs of the configuration count at once, also for what waits") {
  const SpecProject project(R"lua(
    pool "db" { size = 1 }
    task "T" { params = { n = param.int }, uses = { db = 1 }, sh = "touch begun.${n}; until [ -e go ]; do sleep 0.02; done" }
    task "All" { requires = each(1, 2, function(n) return tasks.T{ n = n } end) })lua");
  Daemon daemon(project);
  Running run = project.start({"run", "All", "-j", "2"});
  wait_until("one of them", [&] { return project.exists("begun.1") || project.exists("begun.2"); });
  CHECK_FALSE((project.exists("begun.1") && project.exists("begun.2")));
  project.replace("moondial.lua", "return { pools = { db = 2 } }");
  wait_until("both", [&] { return project.exists("begun.1") && project.exists("begun.2"); });
  project.write("go", "");
  CHECK(run.finish().code == 0);
  daemon.end();
}

TEST_CASE("moondial reload tells what has changed, with a daemon and without") {
  const SpecProject project(R"lua(task "A" { run = print })lua");
  CHECK(project.command({"reload"}).out == "nothing has changed\n");
  Daemon daemon(project);
  CHECK(project.command({"reload"}).out == "nothing has changed\n");
  const Json report = project.json({"reload"});
  CHECK(report["added"]["tasks"].empty());
  CHECK(report["errors"].empty());
  daemon.end();
}

}  // namespace moondial::e2e::reload_test
