// Commands and lanes that die, or that do not, or that do not stop writing.
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "tests/catch.h"
#include "tests/e2e/faults/fault_project.h"

namespace moondial::e2e::children_test {
namespace {

using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

void wait_for_line(const Project& project, const std::string& path) {
  wait_until(path, [&] { return project.exists(path) && project.read(path).ends_with("\n"); });
}

pid_t pid_in(const Project& project, const std::string& path) {
  wait_for_line(project, path);
  return std::stoi(project.read(path));
}

Json first_task(const Project& project, int run) {
  return project.moondial({"show", std::to_string(run), "--json"}).json()["tasks"][0];
}

/// Processes of the project's engine with that name.
std::vector<pid_t> helpers(const Project& project, const std::string& name) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    std::error_code gone;
    if (pid <= 1 || fs::read_symlink(entry.path() / "cwd", gone) != project.root()) continue;
    std::string comm;
    std::getline(std::ifstream(entry.path() / "comm"), comm);
    if (comm == name && is_alive(pid)) found.push_back(pid);
  }
  return found;
}

constexpr const char* kWaits = R"lua(
  local wait = "echo $$ > pid; until [ -e go ]; do sleep 0.02; done; "
  task "Command" { output = { a = "out/a", b = dir("out/b") }, retry = RETRY,
    sh = "sleep 1000 & echo $! > grandchild; echo half > ${output.a}; echo half > ${output.b}/x; "
      .. wait .. "echo whole > ${output.a}; kill %1" }
  task "Script" { output = "out/s", run = function(t)
    sh("echo x >> begun; " .. wait)
    t.output:write("whole")
  end }
)lua";

std::string waits(int retry) {
  std::string text = "local RETRY = " + std::to_string(retry);
  return text + kWaits;
}

void check_nothing_made(const Project& project) {
  CHECK_FALSE(project.exists("out/a"));
  CHECK_FALSE(project.exists("out/b"));
  CHECK(staged_in(project.root()).empty());
}

}  // namespace

TEST_CASE("kill -9 of a command: it has failed, and nothing of it is left") {
  const Project project;
  project.write("pipelines/p.lua", waits(0));
  Running run = project.start({"run", "Command"});
  const pid_t child = pid_in(project, "pid");
  const pid_t grandchild = pid_in(project, "grandchild");
  SECTION("itself") { ::kill(child, SIGKILL); }
  SECTION("its whole process group") { ::kill(-child, SIGKILL); }
  const Finished out = run.finish();
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK_THAT(out.all(), ContainsSubstring("the command was ended by signal 9"));
  CHECK_FALSE(is_alive(grandchild));
  check_nothing_made(project);
  CHECK(first_task(project, 1)["attempts"][0]["exit"] == 128 + SIGKILL);
}

TEST_CASE("kill -9 of a command that may be retried costs a retry") {
  const Project project;
  project.write("pipelines/p.lua", waits(1));
  Running run = project.start({"run", "Command"});
  const pid_t child = pid_in(project, "pid");
  project.write("go", "");
  ::kill(-child, SIGKILL);
  const Finished out = run.finish();
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(project.read("out/a") == "whole\n");
  CHECK(first_task(project, 1)["attempts"].size() == 2);
}

TEST_CASE("kill -9 of a lane or of the loader: its attempts run again, without spending a retry") {
  const std::string victim = GENERATE(as<std::string>(), "moondial-lane", "moondial-load");
  const Project project;
  project.write("pipelines/p.lua", waits(0));
  Running run = project.start({"run", "Script"});
  const pid_t child = pid_in(project, "pid");
  const auto victims = helpers(project, victim);
  REQUIRE_FALSE(victims.empty());
  for (const pid_t pid : victims) ::kill(pid, SIGKILL);
  wait_until("the second attempt", [&] { return project.read("begun") == "x\nx\n"; });
  CHECK_FALSE(is_alive(child));  // before the second began
  project.write("go", "");
  const Finished out = run.finish();
  INFO(victim << "\n" << out.all());
  CHECK(out.code == 0);
  CHECK(project.read("out/s") == "whole");
  const Json attempts = first_task(project, 1)["attempts"];
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0]["state"] == "lost");
  CHECK_THAT(attempts[0]["error"].get<std::string>(), ContainsSubstring("signal 9 (SIGKILL)"));
}

TEST_CASE("a script that loses its lane three times in a row has failed") {
  const Project project;
  project.write("pipelines/p.lua", waits(0));
  Running run = project.start({"run", "Script"});
  for (size_t times = 1; times <= 3; ++times) {
    wait_until("an attempt", [&] {
      return project.exists("begun") && project.read("begun").size() == 2 * times;
    });
    for (const pid_t pid : helpers(project, "moondial-lane")) ::kill(pid, SIGKILL);
  }
  const Finished out = run.finish();
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK(project.read("begun") == "x\nx\nx\n");
  CHECK_FALSE(project.exists("out/s"));
  CHECK(staged_in(project.root()).empty());
}

TEST_CASE("a command that ignores TERM is killed when its grace is over") {
  const Project project;
  project.write("pipelines/p.lua", R"lua(
    task "Deaf" { output = "deaf", timeout = 0.3, grace = 0.2,
      sh = "trap '' TERM; echo $$ > pid; while :; do sleep 0.02; done" }
  )lua");
  const Finished out = project.moondial({"run", "Deaf"});
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK_THAT(out.all(), ContainsSubstring("timed out after 300ms"));
  CHECK_FALSE(is_alive(pid_in(project, "pid")));
  CHECK(staged_in(project.root()).empty());
}

TEST_CASE("a daemon that a command leaves behind is ended, and its log says so") {
  const Project project;
  // It closes its streams, leads a session of its own, and its parent has ended.
  project.write("pipelines/p.lua", R"lua(
    task "Fork" { output = "out", sh =
      "(setsid sh -c 'echo $$ > pid; exec sleep 1000' < /dev/null > /dev/null 2>&1 &); "
      .. "until [ -s pid ]; do sleep 0.01; done; echo x > ${output}" }
  )lua");
  const Finished out = project.moondial({"run", "Fork"});
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK_FALSE(is_alive(pid_in(project, "pid")));
  const Finished log = project.moondial({"logs", "1", "Fork"});
  CHECK_THAT(log.out, ContainsSubstring("ended a process that the command left behind"));
  CHECK_THAT(log.out, ContainsSubstring("sleep 1000"));
}

TEST_CASE("the processes of a hook do not outlive the next engine") {
  const Project project;
  project.write("pipelines/p.lua", R"lua(
    task "Told" { output = "out", sh = "echo x > ${output}",
      on_success = function() sh "echo $$ > pid; exec sleep 1000" end }
  )lua");
  REQUIRE(project.moondial({"run", "Told"}).code == 0);
  const pid_t hook = pid_in(project, "pid");
  ::kill(project.engine_pid(), SIGKILL);  // its run has ended
  project.wait_for_engine_end();
  CHECK(project.moondial({"runs"}).code == 0);
  CHECK_FALSE(is_alive(hook));
}

TEST_CASE("many thousand lines at once: none is lost, and others go on") {
  const Project project;
  project.write("pipelines/p.lua", R"lua(
    local Loud = task "Loud" { output = "loud", sh = "seq 1 60000; echo x > ${output}" }
    local Calm = task "Calm" { params = { n = param.int }, output = "calm${n}", sh = "echo x > ${output}" }
    task "All" { requires = function() return { Loud{}, each(1, 5, function(n) return Calm{ n = n } end) } end }
  )lua");
  const Finished out = project.moondial({"run", "All", "-j", "2", "--json"});
  INFO(out.all());
  REQUIRE(out.json()["counts"] == Json{{"done", 7}});
  const auto lines = lines_of(project.moondial({"logs", "1", "Loud"}).out);
  int next = 1;
  for (const std::string& line : lines) {
    if (line.ends_with(" " + std::to_string(next)) || line == std::to_string(next)) ++next;
  }
  CHECK(next == 60001);
}

TEST_CASE("a command that never stops writing fills its log up to the bound, and no memory") {
  constexpr uintmax_t kBound = uintmax_t{64} << 20;
  constexpr int64_t kFarBeyond = int64_t{300} << 20;
  const Project project;
  project.write("pipelines/p.lua", R"lua(
    task "Flood" { output = "out", sh = "echo $$ > pid; exec yes $(head -c 60000 /dev/zero | tr '\\0' x)" }
  )lua");
  Running run = project.start({"run", "Flood"});
  const pid_t child = pid_in(project, "pid");
  const auto number_in = [](const std::string& path, const std::string& name) -> int64_t {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(name)) return std::stoll(line.substr(name.size()));
    }
    return 0;
  };
  const std::string status = "/proc/" + std::to_string(project.engine_pid()) + "/status";
  const int64_t before_kb = number_in(status, "VmHWM:");
  wait_until("300 MB", [&] {
    return number_in("/proc/" + std::to_string(child) + "/io", "wchar:") > kFarBeyond;
  });
  const int64_t after_kb = number_in(status, "VmHWM:");
  if (!is_sanitized()) CHECK(after_kb - before_kb < (64 << 10));
  REQUIRE(project.moondial({"cancel", "1"}).code == 0);
  CHECK(run.finish().code == 130);
  CHECK_FALSE(is_alive(child));
  const fs::path log = project / ".moondial/logs/0/1.log";
  CHECK(fs::file_size(log) >= kBound);
  CHECK(fs::file_size(log) < kBound + (1 << 20));
  const Finished end = run_program({"tail", "-c", "200", log.string()}, "/");
  CHECK_THAT(end.out, ContainsSubstring("log cut here: ") && ContainsSubstring(" more lines\n"));
}

}  // namespace moondial::e2e::children_test
