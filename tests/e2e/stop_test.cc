// Stopping: Ctrl-C once and twice, timeouts, what escaped from its process group.
#include <csignal>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::stop_test {
namespace {

bool alive(const Project& project, const std::string& pid_file) {
  if (!project.exists(pid_file) || project.read(pid_file).empty()) return true;  // not yet known
  return is_alive(std::stoi(project.read(pid_file)));
}

/// Wait until a task's command has written a whole line there.
void wait_for_file(const Project& project, const std::string& path) {
  wait_until(path, [&] { return project.has_line(path); });
}

TEST_CASE("Ctrl-C stops gracefully, records it and leaves nothing half done") {
  Project project;
  project.write("pipelines/p.lua", R"(
    local Slow = task "Slow" { output = "slow.txt",
      sh = "trap 'echo bye > bye.txt; exit 1' TERM; echo half > ${output}; echo $$ > pid; while :; do sleep 0.05; done" }
    task "After" { requires = Slow, output = "after.txt", sh = ": > ${output}" }
  )");
  Running run = project.start({"run", "After"});
  wait_for_file(project, "pid");
  run.signal(SIGINT);
  const Finished out = run.finish();
  INFO(out.all());
  CHECK(out.code == 130);
  CHECK(project.read("bye.txt") == "bye\n");
  CHECK_FALSE(project.exists("slow.txt"));
  CHECK_FALSE(alive(project, "pid"));
  const auto shown = project.moondial({"show", "1", "--json"}).json();
  CHECK(shown["state"] == "cancelled");
  for (const auto& task : shown["tasks"]) CHECK(task["state"] == "cancelled");
}

TEST_CASE("Ctrl-C twice kills what does not listen") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "Deaf" { output = "deaf.txt", grace = "1h",
      sh = "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done" }
  )");
  Running run = project.start({"run", "Deaf"});
  wait_for_file(project, "pid");
  run.signal(SIGINT);
  run.wait_for_output("Ctrl-C");
  CHECK(alive(project, "pid"));
  run.signal(SIGINT);
  const Finished out = run.finish();
  CHECK(out.code == 130);
  CHECK_FALSE(alive(project, "pid"));
}

TEST_CASE("a timeout ends the whole group and what escaped from it") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "Late" { output = "late.txt", timeout = 0.5, grace = 0.1,
      sh = "sleep 1000 & echo $! > child; setsid sh -c 'echo $$ > escaped; exec sleep 1000' & while [ ! -s escaped ]; do sleep 0.01; done; wait" }
  )");
  const Finished out = project.moondial({"run", "Late"});
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK(out.all().find("timed out") != std::string::npos);
  REQUIRE(project.exists("child"));
  REQUIRE(project.exists("escaped"));
  CHECK_FALSE(alive(project, "child"));
  CHECK_FALSE(alive(project, "escaped"));
}

TEST_CASE("a lost terminal detaches: the run goes on") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "Slow" { output = "slow.txt", sh = "echo $$ > pid; while [ ! -e go ]; do sleep 0.02; done; echo done > ${output}" }
  )");
  Running run = project.start({"run", "Slow"});
  wait_for_file(project, "pid");
  run.signal(SIGHUP);
  (void)run.finish();
  project.write("go", "");
  wait_until("the output", [&] { return project.exists("slow.txt"); });
  project.wait_for_engine_end();
  CHECK(project.moondial({"runs", "--json"}).json()[0]["state"] == "done");
}

TEST_CASE("cancelling a run leaves alone what another run wants") {
  Project project;
  project.write("pipelines/p.lua", R"(
    local Shared = task "Shared" { output = "shared.txt",
      sh = "echo $$ > pid; while [ ! -e go ]; do sleep 0.02; done; echo done > ${output}" }
    task "A" { requires = Shared, output = "a.txt", sh = ": > ${output}" }
    task "B" { requires = Shared, output = "b.txt", sh = ": > ${output}" }
  )");
  Running a = project.start({"run", "A"});
  wait_for_file(project, "pid");
  Running b = project.start({"run", "B"});
  wait_until("the second run", [&] {
    return project.moondial({"runs", "--json"}).json().size() == 2;
  });
  CHECK(project.moondial({"cancel", "1"}).code == 0);
  CHECK(a.finish().code == 130);
  CHECK(alive(project, "pid"));
  project.write("go", "");
  CHECK(b.finish().code == 0);
  CHECK(project.exists("b.txt"));
  CHECK_FALSE(project.exists("a.txt"));
}

}  // namespace
}  // namespace moondial::e2e::stop_test
