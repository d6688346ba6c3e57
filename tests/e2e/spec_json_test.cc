// The rows of the table of `--json` shapes, and the exit statuses.
#include <csignal>

#include "tests/catch.h"
#include "tests/e2e/spec_project.h"

namespace moondial::e2e::spec_json_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Matches;

constexpr const char* kMixed = R"lua(
pool "db" { size = 2 }
local Good = task "Good" { params = { n = param.int }, output = "good${n}", sh = "echo rows=3 >> $MOONDIAL_EMIT; touch ${output}" }
local Bad = task "Bad" { retry = 1, sh = "echo no luck >&2; exit 3" }
task "Both" { requires = { Good{ n = 1 }, Bad } }
)lua";

/// RFC 3339 with offset.
bool is_time(const Json& value) {
  return value.is_string() &&
         Matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")
             .match(value.get<std::string>());
}

TEST_CASE("json: run") {
  const SpecProject project(kMixed);
  const Finished out = project.run({"Both", "--json"}, 1);
  const Json json = out.json();
  CHECK(json["run"] == 1);
  CHECK(json["state"] == "failed");
  CHECK(json["counts"] == Json{{"done", 1}, {"failed", 1}, {"upstream_failed", 1}});
  CHECK(json["seconds"].is_number());
  REQUIRE(json["failed"].size() == 1);
  CHECK(json["failed"][0]["id"] == "Bad");
  CHECK_THAT(json["failed"][0]["error"].get<std::string>(), ContainsSubstring("3"));
}

TEST_CASE("json: backfill") {
  const SpecProject project(kMixed);
  const Json json = project.json({"backfill", "Good", "n=1..3"});
  CHECK(json["run"] == 1);
  CHECK(json["state"] == "done");
  CHECK(json["counts"] == Json{{"done", 3}});
  CHECK(json["seconds"].is_number());
  CHECK(json["failed"] == Json::array());
}

TEST_CASE("json: plan") {
  const SpecProject project(kMixed);
  project.write("good1", "");
  const Json tasks = project.json({"plan", "Both"})["tasks"];
  REQUIRE(tasks.size() == 3);
  std::map<std::string, Json> by_id;
  for (const auto& task : tasks) by_id[task["id"]] = task;
  const Json& good = by_id.at("Good(n=1)");
  CHECK(good["name"] == "Good");
  CHECK(good["params"] == Json{{"n", "1"}});
  CHECK(good["state"] == "complete");
  CHECK(good["outputs"] == Json{(project / "good1").string()});
  CHECK(good["requires"] == Json::array());
  CHECK(good["why"].is_string());
  CHECK(by_id.at("Bad")["state"] == "pending");
  CHECK(by_id.at("Both")["requires"] == Json{"Good(n=1)", "Bad"});
}

TEST_CASE("json: runs") {
  const SpecProject project(kMixed);
  project.run({"Good", "n=1"});
  project.run({"Both"}, 1);
  const Json runs = project.json({"runs"});
  REQUIRE(runs.size() == 2);
  CHECK(runs[0]["run"] == 2);  // newest first
  CHECK(runs[0]["state"] == "failed");
  CHECK(runs[0]["roots"] == Json{"Both"});
  CHECK(runs[0]["counts"]["failed"] == 1);
  CHECK(is_time(runs[0]["started"]));
  CHECK(is_time(runs[0]["ended"]));
  CHECK(runs[1]["run"] == 1);
  CHECK(runs[1]["counts"] == Json{{"done", 1}});
}

TEST_CASE("json: show") {
  const SpecProject project(kMixed);
  project.run({"Both"}, 1);
  const Json shown = project.json({"show", "1"});
  CHECK(shown["run"] == 1);
  CHECK(shown["state"] == "failed");
  REQUIRE(shown["tasks"].size() == 3);
  const Json good = project.attempts("Good(n=1)");
  REQUIRE(good.size() == 1);
  CHECK(good[0]["attempt"] == 1);
  CHECK(good[0]["state"] == "done");
  CHECK(good[0]["exit"] == 0);
  CHECK(good[0]["emitted"] == Json{{"rows", 3}});
  CHECK(is_time(good[0]["started"]));
  CHECK(is_time(good[0]["ended"]));
  const Json bad = project.attempts("Bad");
  REQUIRE(bad.size() == 2);
  CHECK(bad[1]["attempt"] == 2);
  CHECK(bad[1]["state"] == "failed");
  CHECK(bad[1]["exit"] == 3);
  CHECK_FALSE(bad[1]["error"].get<std::string>().empty());
}

TEST_CASE("json: show has CPU seconds and peak memory of an attempt") {
  const SpecProject project(R"lua(
task "Big" { sh = "head -c 400000000 /dev/zero | tail -c 400000000 | wc -c; for i in {1..20000}; do :; done" })lua");
  (void)project.run({"Big"});
  const Json attempt = project.attempts("Big").at(0);
  CHECK(attempt["cpu_seconds"] > 0.001);
  CHECK(attempt["peak_memory_bytes"] > 400'000'000);
}

TEST_CASE("json: tasks, pools, check") {
  const SpecProject project(kMixed);
  const Json tasks = project.json({"tasks"});
  REQUIRE(tasks.size() == 3);
  for (const auto& task : tasks) CHECK(task.is_object());
  CHECK(project.json({"pools"})[0] == Json{{"name", "db"}, {"size", 2}, {"declared", 2}});
  CHECK(project.json({"check"}) == Json::array());

  project.write("pipelines/q.lua", "\ntask \"Wrong\" { ouput = \"x\", sh = \"true\" }");
  const Finished out = project.command({"check", "--json"}, 2);
  const Json errors = out.json();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0]["file"] == "pipelines/q.lua");
  CHECK(errors[0]["line"] == 2);
  CHECK_THAT(errors[0]["message"].get<std::string>(), ContainsSubstring("ouput"));
  CHECK_THAT(errors[0]["hint"].get<std::string>(), ContainsSubstring("output"));
}

TEST_CASE("json: what fails is one document, and a message on standard error") {
  const SpecProject project(kMixed);
  using Words = std::vector<std::string>;
  const auto check_refused = [&](Words words, int code = 2) {
    words.push_back("--json");
    const Finished out = project.moondial(words);
    INFO(words[0] << "\n" << out.all());
    CHECK(out.code == code);
    CHECK_FALSE(out.err.empty());
    CHECK(out.json()["title"].is_string());
    CHECK(out.json()["status"] >= 400);
  };
  for (const char* command : {"run", "plan", "why", "mark", "redo", "cancel"}) {
    check_refused({command, "Nope"});
  }
  for (const char* command : {"show", "logs", "retry", "cancel"}) check_refused({command, "999"});
  check_refused({"backfill", "Nope", "date=2015-09"});
  check_refused({"pools", "nope=1"});
  check_refused({"pools", "nope=1", "cpu=2"});
  check_refused({"trigger", "nope"});
  project.write("pipelines/broken.lua", "task \"B\" { outptu = 1 }");
  for (const char* command : {"tasks", "pools", "schedules", "triggers"}) check_refused({command});
  const Finished errors = project.moondial({"check", "--json"});
  CHECK(errors.code == 2);
  CHECK(errors.json().at(0)["hint"] == "did you mean 'output'?");
}

TEST_CASE("exit status: 0") {
  const SpecProject project(R"lua(
    task "Done" { output = "done", sh = "touch ${output}" }
    task "Skips" { output = "skips", run = function() skip "nothing" end }
  )lua");
  project.run({"Done"});
  project.run({"Done"});  // complete
  project.run({"Skips"});
}

TEST_CASE("exit status: 1") {
  const SpecProject project(R"lua(
    local Bad = task "Bad" { sh = "false" }
    local Drop = external "Drop" { output = "drop" }
    task "Needs" { requires = Bad, sh = "true" }
    task "Saves" { requires = Bad, when = "failed", output = "saved", sh = "touch ${output}" }
    task "Mixed" { requires = { Bad, Drop } }
  )lua");
  project.run({"Bad"}, 1);
  project.run({"Needs"}, 1);
  project.run({"Mixed"}, 1);  // 1 wins over 3
  project.run({"Saves"});     // what was asked for is done
}

TEST_CASE("exit status: 2") {
  const SpecProject project(R"lua(
    pool "db" { size = 2 }
    task "A" { output = "a", sh = "touch ran; touch ${output}" }
    task "Cycle" { requires = tasks.Back, sh = "touch ran" }
    task "Back" { requires = tasks.Cycle, sh = "touch ran" }
    task "Claims" { requires = { tasks.A, tasks.Same }, sh = "touch ran" }
    task "Same" { output = "a", sh = "touch ran" }
    task "Wrong" { requires = function(t) error "no plan" end, sh = "touch ran" }
    task "Huge" { uses = { db = 3 }, sh = "touch ran" }
  )lua");
  CHECK_THAT(project.run({"Cycle"}, 2).all(),
             ContainsSubstring("Back") && ContainsSubstring("Cycle"));
  CHECK_THAT(project.run({"Claims"}, 2).all(), ContainsSubstring("A") && ContainsSubstring("Same"));
  CHECK_THAT(project.run({"Wrong"}, 2).all(),
             ContainsSubstring("no plan") && ContainsSubstring("pipelines/p.lua:8"));
  CHECK_THAT(project.run({"Huge"}, 2).all(), ContainsSubstring("db"));
  CHECK_THAT(project.run({"AA"}, 2).all(), ContainsSubstring("AA"));
  project.run({"A", "--no-such-option"}, 2);
  project.command({"no-such-command"}, 2);
  project.run({}, 2);
  project.write("pipelines/broken.lua", "local x = ");
  CHECK_THAT(project.run({"A"}, 2).all(), ContainsSubstring("pipelines/broken.lua:1"));
  CHECK_FALSE(project.exists("ran"));  // nothing was run
}

TEST_CASE("exit status: 3") {
  const SpecProject project(R"lua(
    local Drop = external "Drop" { output = "drop" }
    local Good = task "Good" { output = "good", sh = "touch ${output}" }
    task "Load" { requires = { Drop, Good }, output = "load", sh = "touch ${output}" }
  )lua");
  CHECK_THAT(project.run({"Load"}, 3).all(),
             ContainsSubstring("Drop") && ContainsSubstring("drop"));
  CHECK(project.exists("good"));
  project.write("drop", "");
  project.run({"Load"});
}

TEST_CASE("exit status: 130") {
  const SpecProject project(R"lua(
    task "Long" { output = "long", sh = "trap 'echo bye > bye; exit 0' TERM; echo $$ > pid; while :; do sleep 0.02; done" }
    task "Next" { requires = tasks.Long, output = "next", sh = "touch ${output}" }
  )lua");
  Running run = project.start({"run", "Next"});
  wait_until("it runs", [&] { return project.has_line("pid"); });
  run.signal(SIGINT);
  CHECK(run.finish().code == 130);
  CHECK(project.read("bye") == "bye\n");  // gracefully
  CHECK_FALSE(is_alive(std::stoi(project.read("pid"))));
  CHECK(project.states().at("Long") == "cancelled");
  CHECK(project.states().at("Next") == "cancelled");
}

TEST_CASE("exit status: at the end run prints a summary") {
  const SpecProject project(kMixed);
  const Finished out = project.run({"Both"}, 1);
  CHECK_THAT(out.out, ContainsSubstring("1 done") && ContainsSubstring("1 failed") &&
                          ContainsSubstring("no luck") && ContainsSubstring("moondial run Both"));
}

}  // namespace
}  // namespace moondial::e2e::spec_json_test
