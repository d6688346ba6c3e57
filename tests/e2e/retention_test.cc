// How long runs are kept: the keys of `retention`, from outside.
#include <filesystem>

#include "tests/catch.h"
#include "tests/e2e/spec_project.h"

namespace moondial::e2e::retention_test {
namespace {

using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

constexpr const char* kPipeline = R"lua(
  local Count = task "Count" { output = "count.txt", run = function(t)
    print "counting"
    emit{ rows = 42 }
    t.output:write "x"
  end }
  task "Say" { sh = "echo said" }
  local Approved = external "Approved" { output = mark() }
  task "Reader" { requires = { count = Count, Approved }, output = "read.txt",
    sh = "echo ${emitted.count.rows} > ${output}" }
)lua";

size_t logs_of(const SpecProject& project) {
  size_t count = 0;
  if (!project.exists(".moondial/logs")) return 0;
  for (const auto& entry : fs::recursive_directory_iterator(project / ".moondial/logs")) {
    if (entry.path().extension() == ".log") ++count;
  }
  return count;
}

std::vector<int> runs_of(const SpecProject& project) {
  std::vector<int> out;
  for (const Json& run : project.json({"runs"})) out.push_back(run["run"]);
  return out;
}

TEST_CASE("retention: runs and keep_last") {
  const SpecProject project(kPipeline);
  project.write("moondial.lua", "return { retention = { runs = 0, keep_last = 2 } }\n");
  const auto run = [&](const char* task) {
    project.run({task});
    project.wait_for_engine_end();
  };
  run("Count");
  for (int i = 0; i < 3; ++i) run("Say");
  CHECK(runs_of(project) == std::vector<int>{4, 3});
  CHECK(logs_of(project) == 2);
  CHECK(project.integrity() == "ok\n");
  for (const char* command : {"show", "logs", "retry"}) {
    const Finished out = project.moondial({command, "1"});
    INFO(out.all());
    CHECK(out.code != 0);
    CHECK_THAT(out.err,
               ContainsSubstring("run 1 is not kept any more") && ContainsSubstring("retention"));
  }
  CHECK_THAT(project.moondial({"show", "9"}).err, ContainsSubstring("there is no run 9"));

  // What is known of tasks outlives their runs.
  project.command({"mark", "Approved"});
  for (int i = 0; i < 3; ++i) run("Say");
  run("Reader");
  CHECK(project.read("read.txt") == "42\n");
  CHECK(project.exists("count.txt"));
}

TEST_CASE("retention: logs") {
  const SpecProject project(kPipeline);
  project.write("moondial.lua", "return { retention = { logs = 0, keep_last = 1 } }\n");
  project.run({"Say"});
  project.wait_for_engine_end();
  project.run({"Say"});
  project.wait_for_engine_end();
  CHECK(runs_of(project) == std::vector<int>{2, 1});
  CHECK(logs_of(project) == 1);
  const Finished first = project.moondial({"logs", "1"});
  CHECK(first.code == 1);
  CHECK_THAT(first.err, ContainsSubstring("the logs of run 1 are not kept any more"));
  CHECK_THAT(project.command({"logs", "2"}).out, ContainsSubstring("said"));
  CHECK_THAT(project.command({"show", "1"}).out, ContainsSubstring("Say"));
}

TEST_CASE("retention: logs_size") {
  // About 700 KB of log each, with the times of its lines.
  const SpecProject project(R"lua(task "Loud" { sh = "seq 20000" })lua");
  project.write("moondial.lua", "return { retention = { logs_size = \"1M\", keep_last = 1 } }\n");
  for (int i = 1; i <= 3; ++i) {
    project.run({"Loud"});
    project.wait_for_engine_end();
  }
  CHECK(logs_of(project) == 1);
  CHECK(runs_of(project) == std::vector<int>{3, 2, 1});
  CHECK_THAT(project.moondial({"logs", "1"}).err,
             ContainsSubstring("the logs of run 1 are not kept any more"));
  CHECK_THAT(project.command({"logs", "3"}).out, ContainsSubstring(" 20000\n"));
}

TEST_CASE("retention: a run of which nothing is kept still tells how it ended") {
  const SpecProject project(kPipeline);
  project.write("moondial.lua", "return { retention = { runs = 0, logs = 0, keep_last = 0 } }\n");
  for (int i = 0; i < 3; ++i) {
    CHECK_THAT(project.run({"Say"}).out, ContainsSubstring("1 done"));
    project.wait_for_engine_end();
  }
}

TEST_CASE("retention: by default, and for ever, nothing young goes") {
  const SpecProject project(kPipeline);
  const char* const config = GENERATE(
      "return {}\n", "return { retention = { runs = false, logs = false, keep_last = 0 } }\n");
  project.write("moondial.lua", config);
  project.run({"Say"});
  project.run({"Say"});
  project.wait_for_engine_end();
  CHECK(runs_of(project) == std::vector<int>{2, 1});
  CHECK(logs_of(project) == 2);
}

TEST_CASE("retention and min_free: what is wrong is said where it stands") {
  const SpecProject project(kPipeline);
  const auto message = [&](const std::string& text) {
    project.write("moondial.lua", "return {\n  " + text + "\n}\n");
    const Json found = project.moondial({"check", "--json"}).json();
    REQUIRE(found.size() == 1);
    CHECK(found[0]["file"] == "moondial.lua");
    CHECK(found[0]["line"] == 2);
    return found[0]["message"].get<std::string>();
  };
  CHECK(message("retention = 30,") == "retention is 30, expected a table");
  CHECK_THAT(message("retention = { run = \"9d\" },"), ContainsSubstring("retention has no 'run'"));
  CHECK_THAT(message("retention = { runs = \"long\" },"),
             ContainsSubstring("retention: runs is") && ContainsSubstring("\"90d\""));
  CHECK_THAT(message("retention = { logs = true },"), ContainsSubstring("retention: logs is"));
  CHECK_THAT(message("retention = { logs_size = \"much\" },"),
             ContainsSubstring("retention: logs_size is") && ContainsSubstring("\"10G\""));
  CHECK_THAT(message("retention = { keep_last = -1 },"), ContainsSubstring("keep_last"));
  CHECK_THAT(message("min_free = \"much\","),
             ContainsSubstring("min_free is") && ContainsSubstring("\"1G\""));
  CHECK_THAT(message("min_free = -1,"), ContainsSubstring("min_free is"));
}

}  // namespace
}  // namespace moondial::e2e::retention_test
