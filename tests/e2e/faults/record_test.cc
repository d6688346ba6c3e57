// The record: what had started when an engine was killed, locks of others, a disk that fails.
#include <algorithm>
#include <csignal>
#include <set>

#include "tests/catch.h"
#include "tests/e2e/faults/fault_project.h"

namespace moondial::e2e::record_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kGates = R"lua(
  local Gate = task "Gate" { params = { n = param.int },
    sh = "echo $MOONDIAL_ATTEMPT_ID >> begun; until [ -e go-${n} ]; do sleep 0.01; done" }
  task "All" { requires = function() return each(1, 4, function(n) return Gate{ n = n } end) end }
  task "First" { output = "first", sh = "echo x >> first-ran; echo x > ${output}" }
  task "Last" { requires = { tasks.First, Gate{ n = 1 } }, output = "last", sh = "echo x > ${output}" }
)lua";

size_t begun(const Project& project) {
  return project.exists("begun") ? lines_of(project.read("begun")).size() : 0;
}

/// Another program that holds the database for itself until there is a file `release`.
Running hold_record(const Project& project) {
  Running holder = start_program(
      {"bash", "-c",
       "{ echo '.timeout 60000'; echo 'BEGIN IMMEDIATE;'; echo '.shell touch held'; "
       "until [ -e release ]; do sleep 0.02; done; } | sqlite3 .moondial/moondial.db"},
      project.root());
  wait_until("the lock", [&] { return project.exists("held"); });
  return holder;
}

}  // namespace

TEST_CASE(
    "every process that a killed engine had started is in the record, and what it had not is not") {
  const Project project;
  project.write("pipelines/p.lua", kGates);
  Running run = project.start({"run", "All", "-j", "2"});
  wait_until("two at work, two prepared", [&] {
    return begun(project) == 2 && numbers_of(project, "SELECT count(*) FROM prepared_attempts") ==
                                      std::vector<uint64_t>{2};
  });
  Running holder = hold_record(project);
  // From here on nothing becomes durable. One ends, and one that is prepared takes its place.
  const auto first = ask_record(project, "SELECT task FROM attempt_list WHERE state = 'running'");
  project.write("go-" + first.at(0).substr(first[0].find('=') + 1, 1), "");
  wait_until("the third", [&] { return begun(project) == 3; });
  ::kill(project.engine_pid(), SIGKILL);
  CHECK(run.finish().code == 1);
  project.write("release", "");
  (void)holder.finish();
  CHECK(numbers_of(project, "SELECT count(*) FROM prepared_attempts") == std::vector<uint64_t>{2});
  std::set<uint64_t> alive;
  for (const MarkedProcess& process : marked_processes(project)) alive.insert(process.attempt);
  CHECK(alive.size() == 2);

  REQUIRE(project.moondial({"runs"}).code == 0);
  CHECK(marked_processes(project).empty());
  const Json shown = project.moondial({"show", "1", "--json"}).json();
  INFO(shown.dump(1));
  CHECK(shown["counts"] == Json{{"lost", 3}, {"cancelled", 2}});  // All was never begun, either
  std::vector<std::string> recorded;
  for (const Json& task : shown["tasks"]) {
    for (const Json& attempt : task["attempts"]) {
      CHECK(attempt["state"] == "lost");
      CHECK(attempt["host"] != "");
      recorded.push_back(std::to_string(attempt["attempt_id"].get<int>()));
    }
  }
  auto started = lines_of(project.read("begun"));
  std::ranges::sort(recorded);
  std::ranges::sort(started);
  CHECK(recorded == started);
}

TEST_CASE("another program locks the record for a while: the engine waits, nothing is lost") {
  const Project project;
  project.write("pipelines/p.lua", kGates);
  for (int n = 1; n <= 4; ++n) project.write("go-" + std::to_string(n), "");
  REQUIRE(project.moondial({"run", "First"}).code == 0);
  project.wait_for_engine_end();
  Running holder = hold_record(project);
  Running run = project.start({"run", "All"});
  wait_until("an engine", [&] { return project.engine_pid() > 0; });
  CHECK(begun(project) == 0);  // no process without its row
  project.write("release", "");
  (void)holder.finish();
  const Finished out = run.finish();
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(begun(project) == 4);
  CHECK(project.integrity() == "ok\n");
}

// Half a minute of waiting.
TEST_CASE("another program locks the record for long: the engine stops and names it", "[.long]") {
  const Project project;
  project.write("pipelines/p.lua", kGates);
  REQUIRE(project.moondial({"run", "First"}).code == 0);
  project.wait_for_engine_end();
  Running holder = hold_record(project);
  const Finished out = project.moondial({"run", "All"});
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK_THAT(out.err, ContainsSubstring("is locked by another program"));
  CHECK(begun(project) == 0);
  project.write("release", "");
  (void)holder.finish();
}

TEST_CASE("a commit of unknown outcome stops the engine, and the next one goes on") {
  const std::string fault = GENERATE(as<std::string>(), "fdatasync:moondial.db-wal:5",
                                     "pwrite:moondial.db-wal:28:short", "pwrite:moondial.db-wal:5");
  const Project project;
  project.write("pipelines/p.lua", kGates);
  const auto faults = with_faults({{"FAIL", fault}, {"WHEN", (project / "broken").string()}});
  Running run = project.start({"run", "Last"}, faults);
  run.wait_for_output("done First");
  wait_until("the other", [&] { return begun(project) == 1; });
  project.write("broken", "");
  project.write("go-1", "");
  const Finished out = run.finish();
  INFO(fault << "\n" << out.all());
  CHECK(out.code == 1);
  CHECK_THAT(out.err,
             ContainsSubstring("the engine ended unexpectedly: the record cannot be written"));
  project.wait_for_engine_end();
  CHECK_FALSE(project.exists("last"));
  CHECK_THAT(project.read(".moondial/engine.log"), ContainsSubstring("the engine stops"));

  const Finished again = project.moondial({"run", "Last"});  // the disk is well again
  INFO(again.all());
  CHECK(again.code == 0);
  CHECK(project.read("first-ran") == "x\n");
  CHECK(project.exists("last"));
  CHECK(project.moondial({"show", "1", "--json"}).json()["state"] == "lost");
  CHECK(project.integrity() == "ok\n");
}

TEST_CASE("a clock that is set back an hour: timeouts and retries keep their times") {
  const Project project;
  project.write("pipelines/p.lua", R"lua(
    task "Late" { output = "late", timeout = 0.5, retry = { times = 1, delay = 0.3 },
      sh = "echo x >> begun; [ -e back ] || : > back; exec sleep 1000" }
  )lua");
  const Finished out = project.moondial(
      {"run", "Late"},
      with_faults({{"CLOCK_BACK", "3600"}, {"WHEN", (project / "back").string()}}));
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK(project.read("begun") == "x\nx\n");
  CHECK_THAT(out.out, ContainsSubstring("timed out after 500ms"));
  CHECK(project.integrity() == "ok\n");
  CHECK(numbers_of(project, "SELECT count(*) FROM attempts WHERE ended < started") ==
        std::vector<uint64_t>{0});
  CHECK(numbers_of(project, "SELECT count(*) FROM runs WHERE ended < started") ==
        std::vector<uint64_t>{0});
}

}  // namespace moondial::e2e::record_test
