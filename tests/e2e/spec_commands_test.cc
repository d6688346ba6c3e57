// The rows of the command line's table that run and plan, by their own names. Those that look and
// act: spec_look_commands_test.cc; `--json` and exit statuses: spec_json_test.cc.
#include <csignal>

#include "tests/catch.h"
#include "tests/e2e/spec_project.h"

namespace moondial::e2e::spec_commands_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Lines = std::vector<std::string>;
using States = std::map<std::string, std::string>;

constexpr const char* kChain = R"lua(
local A = task "A" { params = { n = param.int }, output = "a${n}", sh = "echo a${n} >> made; touch ${output}" }
local B = task "B" { params = { n = param.int }, requires = A, output = "b${n}", sh = "echo b${n} >> made; touch ${output}" }
task "C" { params = { n = param.int }, requires = { B }, output = "c${n}", sh = "echo c${n} >> made; touch ${output}" }
)lua";

/// What was made since the last question.
Lines made(const SpecProject& project) {
  Lines lines = project.lines("made");
  std::filesystem::remove(project / "made");
  return lines;
}

TEST_CASE("command: run") {
  const SpecProject project(kChain);
  const Finished out = project.run({"C", "n=1"});
  CHECK(made(project) == Lines{"a1", "b1", "c1"});
  CHECK_THAT(out.out, ContainsSubstring("3 done"));
  project.run({"C", "n=1"});
  CHECK(made(project).empty());
}

TEST_CASE("command: run --force, --force-all, --dry-run") {
  const SpecProject project(kChain);
  const Finished dry = project.run({"C", "n=1", "--dry-run"});
  CHECK_THAT(dry.out, ContainsSubstring("A(n=1)") && ContainsSubstring("C(n=1)"));
  CHECK(made(project).empty());
  CHECK(project.json({"runs"}).empty());
  project.run({"C", "n=1"});
  CHECK(made(project).size() == 3);
  project.run({"C", "n=1", "--force"});
  CHECK(made(project) == Lines{"c1"});
  project.run({"C", "n=1", "--force-all"});
  CHECK(made(project) == Lines{"a1", "b1", "c1"});
}

TEST_CASE("command: run -j N, --pool name=N") {
  const SpecProject project(R"lua(
    pool "api" { size = 1 }
    local function meets(name, uses)
      local M = task(name) { params = { me = param.int, other = param.int }, uses = uses, output = name .. "/${me}",
        sh = "touch " .. name .. "-${me}; until [ -e " .. name .. "-${other} ]; do sleep 0.01; done; touch ${output}" }
      task(name .. "s") { requires = { M{ me = 1, other = 2 }, M{ me = 2, other = 1 } } }
    end
    meets("Meet")
    meets("Call", { api = 1 })
    local One = task "One" { params = { n = param.int }, output = "one/${n}",
      sh = "mkdir busy; sleep 0.02; rmdir busy; touch ${output}" }
    task "Ones" { requires = { One{ n = 1 }, One{ n = 2 }, One{ n = 3 } } }
  )lua");
  project.run({"Meets", "-j", "2"});  // two at a time: each waits for the other
  project.run({"Calls", "-j", "2", "--pool", "api=2"});
  project.run({"Ones", "-j", "1"});  // one at a time: mkdir fails if two are at it
  CHECK_THAT(project.run({"Ones", "--pool", "apo=2"}, 2).all(), ContainsSubstring("api"));
  project.run({"Ones", "-j", "0"}, 2);
}

TEST_CASE("command: run --fail-fast") {
  const SpecProject project(R"lua(
    local Bad = task "Bad" { priority = 9, sh = "false" }
    local Good = task "Good" { output = "good", sh = "touch ${output}" }
    task "All" { requires = { Bad, Good } }
  )lua");
  project.run({"All", "-j", "1", "--fail-fast"}, 1);
  CHECK_FALSE(project.exists("good"));
  CHECK(project.states().at("Good") == "cancelled");
  project.run({"All", "-j", "1"}, 1);
  CHECK(project.exists("good"));
}

TEST_CASE("command: run --priority N, --detach") {
  const SpecProject project(R"lua(
    task "Holds" { output = "holds", sh = "touch held; until [ -e go ]; do sleep 0.01; done; touch ${output}" }
    task "T" { params = { n = param.int }, output = "t${n}", sh = "echo ${n} >> order; touch ${output}" }
  )lua");
  const Finished held = project.run({"Holds", "-j", "1", "--detach"});
  CHECK(held.out == "1\n");
  wait_until("the slot is taken", [&] { return project.exists("held"); });
  CHECK(project.run({"T", "n=1", "-j", "1", "--detach"}).out == "2\n");
  project.run({"T", "n=2", "-j", "1", "--priority", "5", "--detach"});
  project.write("go", "");
  project.wait_for_engine_end();
  CHECK(project.lines("order") == Lines{"2", "1"});
}

TEST_CASE("command: plan") {
  const SpecProject project(kChain);
  project.write("a1", "");
  const Finished tree = project.command({"plan", "C", "n=1"});
  CHECK_THAT(tree.out, ContainsSubstring("C(n=1)") && ContainsSubstring("c1 is missing") &&
                           ContainsSubstring("A(n=1)") && ContainsSubstring("complete"));
  CHECK(project.command({"plan", "C", "n=1", "--format", "tree"}).out == tree.out);
  CHECK_THAT(project.command({"plan", "C", "n=1", "--format", "dot"}).out,
             ContainsSubstring("digraph"));
  CHECK_THAT(project.command({"plan", "C", "n=1", "--format", "mermaid"}).out,
             ContainsSubstring("flowchart"));
  CHECK(parse_json(project.command({"plan", "C", "n=1", "--format", "json"}).out)["tasks"].size() ==
        3);
  project.command({"plan", "C", "n=1", "--format", "svg"}, 2);
  CHECK(made(project).empty());
}

TEST_CASE("command: why") {
  const SpecProject project(R"lua(
    local Bad = task "Bad" { output = "bad", sh = "echo no luck >&2; test -e ok; touch ${output}" }
    task "Top" { requires = Bad, output = "top", sh = "touch top-runs; until [ -e go ]; do sleep 0.01; done; touch ${output}" }
  )lua");
  CHECK_THAT(project.command({"why", "Top"}).out,
             ContainsSubstring("top is missing") && ContainsSubstring("Bad"));
  project.run({"Top"}, 1);
  CHECK_THAT(project.command({"why", "Top"}).out, ContainsSubstring("last failed in run 1"));
  project.write("ok", "");
  project.run({"Top", "--detach"});
  wait_until("it runs", [&] { return project.exists("top-runs"); });
  CHECK_THAT(project.command({"why", "Top"}).out, ContainsSubstring("running"));
  project.write("go", "");
  project.wait_for_engine_end();
  CHECK_THAT(project.command({"why", "Top"}).out, ContainsSubstring("Top  complete"));
}

TEST_CASE("command: backfill") {
  const SpecProject project(R"lua(
    task "Day" { params = { date = param.date, n = param.int }, output = "${date}-${n}",
      sh = "echo ${date} >> made; touch ${output}" }
  )lua");
  project.write("2016-02-29-1", "");
  const std::vector<std::string> all = {"backfill", "Day", "date=2016-02-28..2016-03-02",
                                        "n=1",      "-j",  "1"};
  const auto with = [&](const std::string& option) {
    std::vector<std::string> words = all;
    words.push_back(option);
    return words;
  };
  const Finished dry = project.command(with("--dry-run"));
  CHECK_THAT(dry.out, ContainsSubstring("2016-03-02") && !ContainsSubstring("2016-02-29"));
  CHECK(made(project).empty());
  project.command(all);
  CHECK(made(project) == Lines{"2016-02-28", "2016-03-01", "2016-03-02"});  // oldest first
  project.command(all);
  CHECK(made(project).empty());
  std::vector<std::string> reversed = with("--force");
  reversed.emplace_back("--reverse");
  project.command(reversed);
  CHECK(made(project) == Lines{"2016-03-02", "2016-03-01", "2016-02-29", "2016-02-28"});
}

TEST_CASE("command: backfill gives way to others") {
  const SpecProject project(R"lua(
    task "Holds" { output = "holds", sh = "touch held; until [ -e go ]; do sleep 0.01; done; touch ${output}" }
    task "T" { params = { n = param.int }, output = "t${n}", sh = "echo ${n} >> order; touch ${output}" }
  )lua");
  project.run({"Holds", "-j", "1", "--detach"});
  wait_until("the slot is taken", [&] { return project.exists("held"); });
  Running backfill = project.start({"backfill", "T", "n=1..2", "-j", "1"});
  wait_until("the backfill is there", [&] { return project.json({"runs"}).size() == 2; });
  project.run({"T", "n=3", "-j", "1", "--detach"});
  project.write("go", "");
  CHECK(backfill.finish().code == 0);
  project.wait_for_engine_end();
  CHECK(project.lines("order") == Lines{"3", "1", "2"});
}

TEST_CASE("command: redo --downstream") {
  const SpecProject project(kChain);
  project.run({"C", "n=1"});
  project.run({"C", "n=2"});
  made(project);
  const Finished out = project.command({"redo", "A", "n=1", "--downstream"});
  CHECK_THAT(out.out, ContainsSubstring("B(n=1)") && ContainsSubstring("C(n=1)"));
  CHECK(made(project) == Lines{"a1", "b1", "c1"});
  // Old outputs stay until they are replaced.
  std::string text = kChain;
  text.replace(text.find("echo a${n}"), 10, "test -e b${n} -a -e c${n} && echo a${n}");
  project.write("pipelines/p.lua", text);
  project.command({"redo", "A", "n=1", "--downstream"});
  CHECK(made(project) == Lines{"a1", "b1", "c1"});
}

TEST_CASE("command: retry RUN") {
  const SpecProject project(R"lua(
    local Sent = task "Sent" { sh = "echo sent >> made" }
    local Bad = task "Bad" { output = "bad", sh = "echo bad >> made; test -e ok; touch ${output}" }
    task "All" { requires = { Sent, Bad } }
  )lua");
  project.run({"All", "-j", "1"}, 1);
  CHECK(made(project).size() == 2);
  project.write("ok", "");
  project.command({"retry", "1"});
  CHECK(made(project) == Lines{"bad"});  // what succeeded in that run is not done again
  project.command({"retry", "99"}, 2);
}

TEST_CASE("command: cancel RUN") {
  const SpecProject project(R"lua(
    local Long = task "Long" { output = "long", sh = "echo $$ > pid; exec sleep 1000" }
    task "After" { requires = Long, output = "after", sh = "touch ${output}" }
  )lua");
  project.run({"After", "--detach"});
  wait_until("it runs", [&] { return project.has_line("pid"); });
  project.command({"cancel", "1"});
  project.wait_for_engine_end();
  CHECK_FALSE(is_alive(std::stoi(project.read("pid"))));
  CHECK(project.states() == States{{"Long", "cancelled"}, {"After", "cancelled"}});
}

TEST_CASE("command: cancel TASK") {
  const SpecProject project(R"lua(
    local Long = task "Long" { params = { n = param.int }, output = "long${n}",
      sh = "touch begun${n}; until [ -e go${n} ]; do sleep 0.01; done; touch ${output}" }
    task "Both" { requires = { Long{ n = 1 }, Long{ n = 2 } } }
  )lua");
  Running run = project.start({"run", "Both", "-j", "2"});
  wait_until("both run", [&] { return project.exists("begun1") && project.exists("begun2"); });
  project.command({"cancel", "Long", "n=1"});
  project.write("go2", "");
  CHECK(run.finish().code != 0);
  CHECK(project.states() ==
        States{{"Long(n=1)", "cancelled"}, {"Long(n=2)", "done"}, {"Both", "cancelled"}});
}

TEST_CASE("command: mark TASK k=v") {
  const SpecProject project(R"lua(
    external "Approved" { params = { n = param.int }, output = mark() }
    task "File" { output = "file", sh = "touch ${output}" }
  )lua");
  CHECK(project.json({"why", "Approved", "n=1"})["state"] == "pending");
  project.command({"mark", "Approved", "n=1"});
  CHECK(project.json({"why", "Approved", "n=1"})["state"] == "complete");
  CHECK(project.json({"why", "Approved", "n=2"})["state"] == "pending");
  CHECK_THAT(project.command({"mark", "File"}, 2).all(), ContainsSubstring("File"));
}

}  // namespace
}  // namespace moondial::e2e::spec_commands_test
