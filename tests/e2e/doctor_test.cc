// `doctor` on projects that are well and on such as are not.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::doctor_test {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// What it found, by the name of the check.
std::map<std::string, Json> examine(const Project& project, int expected_code,
                                    const std::map<std::string, std::string>& environment = {}) {
  const Finished out = project.moondial({"doctor", "--json"}, environment);
  INFO(out.all());
  CHECK(out.code == expected_code);
  std::map<std::string, Json> found;
  const Json answer = out.json();
  for (const auto& check : answer["checks"]) found[check["check"]] = check;
  return found;
}

constexpr const char* kTask = R"(
task "A" { output = "data/a.txt", sh = "echo $$ > pid; while [ -e wait ]; do sleep 0.02; done; : > ${output}" })";

TEST_CASE("a project that is well has no problem, before and after its first run") {
  Project project;
  project.write("pipelines/p.lua", kTask);
  auto found = examine(project, 0);
  CHECK(found["state"]["message"] == "nothing was run yet");
  CHECK(found["files"]["grade"] == "ok");
  REQUIRE(project.moondial({"run", "A"}).code == 0);
  found = examine(project, 0);
  for (const char* check : {"project", "state", "file system", "engine", "record", "files",
                            "staging", "time zone", "shell"}) {
    INFO(check);
    CHECK(found[check]["grade"] == "ok");
  }
  CHECK(has(found["record"]["message"], "is sound"));
  CHECK(project.integrity() == "ok\n");
}

TEST_CASE("for people, each check is a line, and warnings alone are no failure") {
  Project project;
  project.write("pipelines/p.lua", kTask);
  const Finished out = project.moondial({"doctor"}, {{"LC_ALL", "xx_YY.UTF-8"}});
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(has(out.out, "ok       project      " + project.root().string()));
  CHECK(has(out.out, "warning  locale       "));
  CHECK(has(out.out, "hint: "));
  CHECK_FALSE(has(out.out, "\x1b"));
}

TEST_CASE("without a project the machine is looked at all the same") {
  Project project;
  std::filesystem::remove(project / "pipelines");
  const auto found = examine(project, 1);
  CHECK(found.at("project")["grade"] == "problem");
  CHECK(found.at("project")["hint"] == "moondial init makes one");
  CHECK(found.at("shell")["grade"] == "ok");
  CHECK_FALSE(found.contains("record"));
  CHECK_FALSE(project.exists(".moondial"));
}

TEST_CASE("a file that does not load is named, and the rest is looked at") {
  Project project;
  project.write("pipelines/p.lua", "\ntask \"A\" { ouput = 1 }\n");
  const auto found = examine(project, 1);
  CHECK(has(found.at("files")["message"], "pipelines/p.lua:2: "));
  CHECK(found.at("files")["hint"] == "moondial check tells all");
  CHECK(found.at("time zone")["grade"] == "skipped");
  CHECK(found.at("staging")["grade"] == "ok");
}

TEST_CASE("a damaged record is a problem, and is left as it is") {
  Project project;
  project.write("pipelines/p.lua", kTask);
  REQUIRE(project.moondial({"run", "A"}).code == 0);
  project.wait_for_engine_end();
  // The first bytes of its second half: pages that are in use.
  std::string text = project.read(".moondial/moondial.db");
  for (size_t at = 4096; at < text.size(); at += 4096) text.replace(at, 64, std::string(64, 'x'));
  project.write(".moondial/moondial.db", text);
  const auto found = examine(project, 1);
  CHECK(found.at("record")["grade"] == "problem");
  CHECK(has(found.at("record")["hint"], "move it away"));
  // An engine would write to it, so none is started.
  CHECK(found.at("files")["grade"] == "skipped");
  CHECK(project.engine_pid() == 0);
  CHECK(project.read(".moondial/moondial.db") == text);

  project.write(".moondial/moondial.db", "no database at all, and long enough to be none of ours");
  CHECK(examine(project, 1).at("record")["grade"] == "problem");
  CHECK(has(project.read(".moondial/moondial.db"), "no database at all"));
}

TEST_CASE("what a killed engine left is told, and its open attempt is none of it") {
  Project project;
  project.write("pipelines/p.lua", kTask);
  project.write("wait", "");
  REQUIRE(project.moondial({"run", "A", "--detach"}).code == 0);
  wait_until("the task", [&] { return project.exists("pid"); });

  // While it runs: its staging is its own, and nobody but the engine opens the record.
  auto found = examine(project, 0);
  CHECK(found["engine"]["message"] == "one is at work and answers");
  CHECK(found["record"]["grade"] == "skipped");
  CHECK(found["staging"]["grade"] == "ok");

  ::kill(project.engine_pid(), SIGKILL);
  project.wait_for_engine_end();
  std::filesystem::create_directories(project / "data/.moondial~4711");
  found = examine(project, 0);
  CHECK(found["socket"]["grade"] == "warning");
  CHECK(found["record"]["grade"] == "ok");
  CHECK(found["staging"]["grade"] == "warning");
  CHECK(found["staging"]["hint"] == "rm -r '" + (project / "data/.moondial~4711").string() + "'");
  CHECK(project.exists("data/.moondial~4711"));
}

TEST_CASE("a state that is open to others is a warning, a shell that is missing a problem") {
  Project project;
  project.write("moondial.lua", "return { shell = { \"no-such-shell\", \"-c\" } }\n");
  project.write("pipelines/p.lua", kTask);
  CHECK(project.moondial({"check"}).code == 0);
  project.wait_for_engine_end();
  ::chmod((project / ".moondial").c_str(), 0755);
  const auto found = examine(project, 1);
  CHECK(found.at("state")["grade"] == "warning");
  CHECK(has(found.at("state")["hint"], "chmod 700 "));
  CHECK(has(found.at("shell")["message"], "'no-such-shell' is not found"));
}

TEST_CASE("a clock that is behind the project's files is a problem") {
  Project project;
  project.write("pipelines/p.lua", kTask);
  CHECK(project.moondial({"check"}).code == 0);
  project.wait_for_engine_end();
  std::filesystem::last_write_time(
      project / ".moondial/moondial.db",
      std::filesystem::file_time_type::clock::now() + std::chrono::hours(48));
  CHECK(has(examine(project, 1).at("clock")["message"], "went backward"));
}

}  // namespace
}  // namespace moondial::e2e::doctor_test
