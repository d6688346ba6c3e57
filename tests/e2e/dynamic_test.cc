// Dependencies found while running, conditions, approvals, locks: from outside.
#include <algorithm>
#include <csignal>
#include <map>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::dynamic_test {
namespace {

using Catch::Matchers::ContainsSubstring;

std::map<std::string, std::string> states_of(const Project& project, const std::string& run) {
  std::map<std::string, std::string> states;
  const auto shown = project.moondial({"show", run, "--json"}).json();
  for (const auto& task : shown["tasks"]) {
    states[task["id"]] = task["state"];
  }
  return states;
}

size_t lines_of(const Project& project, const std::string& path) {
  const std::string text = project.exists(path) ? project.read(path) : "";
  return static_cast<size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TEST_CASE("await runs what is found on the way, once, and continues where it stopped") {
  Project project;
  project.write("pipelines/p.lua", R"(
    local Count = task "Count" { output = "count.txt", sh = "echo 5 > ${output}" }
    local Part = task "Part" { params = { n = param.int }, output = "part/${n}",
      sh = "echo ran >> parts.log; echo ${n} > ${output}" }
    task "Sum" { output = "sum.txt", run = function(t)
      print "first half"
      local count = tonumber(await(Count):read())
      local sum = 0
      for _, part in ipairs(await(each(1, count, function(n) return Part{ n = n } end))) do
        sum = sum + tonumber(part:read())
      end
      local again = await{ one = Part{ n = 1 }, more = { Part{ n = 2 } } }
      t.output:write(sum .. "," .. again.one:read() .. again.more[1]:read())
    end }
  )");
  const Finished out = project.moondial({"run", "Sum", "-j", "1"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(project.read("sum.txt") == "15,1\n2\n");
  CHECK(lines_of(project, "parts.log") == 5);
  const auto states = states_of(project, "1");
  CHECK(states.size() == 7);
  for (const auto& [id, state] : states) CHECK(state == "done");
  const std::string log = project.moondial({"logs", "1", "Sum"}).all();
  CHECK(log.find("first half") == log.rfind("first half"));
}

TEST_CASE("what is awaited may await in turn, with one slot for all") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "Fib" { params = { n = param.int }, output = "fib/${n}", run = function(t)
      if t.n < 2 then return t.output:write(t.n) end
      local a, b = table.unpack(await{ tasks.Fib{ n = t.n - 1 }, tasks.Fib{ n = t.n - 2 } })
      t.output:write(math.tointeger(tonumber(a:read()) + tonumber(b:read())))
    end }
  )");
  const Finished out = project.moondial({"run", "Fib", "n=12", "-j", "1"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(project.read("fib/12") == "144");
}

TEST_CASE("a cycle that is found while running is an error that shows it") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "A" { output = "a", run = function(t) await(tasks.B) t.output:write "x" end }
    task "B" { requires = function() return tasks.C end, output = "b", run = function(t) t.output:write "x" end }
    task "C" { output = "c", run = function(t) await(tasks.A) t.output:write "x" end }
  )");
  const Finished out = project.moondial({"run", "A"});
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK_THAT(out.all(), ContainsSubstring("a cycle: "));
  CHECK_THAT(out.all(), ContainsSubstring("pipelines/p.lua:4"));
}

TEST_CASE("a failed await is the waiter's to judge") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "Bad" { output = "bad", sh = "echo broken >&2; exit 3" }
    task "Careful" { output = "careful", run = function(t)
      local ok, err = pcall(await, tasks.Bad)
      assert(not ok and err.state == "failed" and err.task.name == "Bad")
      t.output:write "saved"
    end }
    task "Plain" { output = "plain", run = function() await(tasks.Bad) end }
  )");
  const Finished careful = project.moondial({"run", "Careful"});
  INFO(careful.all());
  CHECK(careful.code == 0);
  CHECK(project.read("careful") == "saved");
  const Finished plain = project.moondial({"run", "Plain"});
  CHECK(plain.code == 1);
  CHECK_THAT(plain.all(), ContainsSubstring("await: Bad is failed"));
}

TEST_CASE("a paused waiter's timeout stands still, and cancelling it cancels what it awaits") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "Slow" { output = "slow", sh = "sleep 1; : > ${output}" }
    task "Waits" { output = "waits", timeout = 0.6, run = function(t) await(tasks.Slow) t.output:write "x" end }
    task "Endless" { output = "endless", grace = 0.1, sh = "echo $$ > pid; exec sleep 1000" }
    task "Gives" { output = "gives", run = function() await(tasks.Endless) end }
  )");
  const Finished waits = project.moondial({"run", "Waits"});
  INFO(waits.all());
  CHECK(waits.code == 0);
  Running gives = project.start({"run", "Gives"});
  wait_until("pid", [&] { return project.has_line("pid"); });
  gives.signal(SIGINT);
  CHECK(gives.finish().code == 130);
  CHECK_FALSE(is_alive(std::stoi(project.read("pid"))));
  for (const auto& [id, state] : states_of(project, "2")) CHECK(state == "cancelled");
}

TEST_CASE("all runs commands beside each other, and sleep waits") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "Both" { output = "both", run = function(t)
      local results = all{
        function() sh "echo $$ > a; while [ ! -e b ]; do sleep 0.02; done" return "a" end,
        function() sh "echo $$ > b; while [ ! -e a ]; do sleep 0.02; done" return "b" end,
        function() sleep(0.05) return "c" end,
      }
      t.output:write(table.concat(results))
    end }
  )");
  const Finished out = project.moondial({"run", "Both"});
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(project.read("both") == "abc");
}

TEST_CASE("when decides by how requirements ended") {
  Project project;
  project.write("pipelines/p.lua", R"(
    local Good = task "Good" { output = "good", sh = ": > ${output}" }
    local Bad = task "Bad" { output = "bad", sh = "exit 1" }
    local Void = task "Void" { output = "void", run = function() skip "nothing" end }
    local both = { Good, Bad }
    local function t(name, fields)
      fields.output, fields.sh = "out/" .. name, ": > ${output}"
      return task(name)(fields)
    end
    local made = {
      t("All", { requires = both }),
      t("Any", { requires = both, when = "any" }),
      t("Failed", { requires = both, when = "failed" }),
      t("AllFailed", { requires = both, when = "all_failed" }),
      t("OnlyFailed", { requires = { Bad }, when = "all_failed" }),
      t("Ended", { requires = both, when = "ended" }),
      t("NoneFailed", { requires = { Good, Void }, when = "failed" }),
      t("AfterVoid", { requires = { Good, Void } }),
      t("Asks", { requires = { g = Good, list = { Bad, Void } }, when = function(t)
        return t.states.g == "done" and t.states.list[1] == "failed" and t.states.list[2] == "skipped"
      end }),
      t("AsksNot", { requires = both, when = function(t) return t.states[1] == "failed" end }),
      t("AsksBadly", { requires = both, when = function(t) return t.states.nothing end }),
    }
    task "Top" { requires = made, when = "ended" }
  )");
  const Finished out = project.moondial({"run", "Top"});
  INFO(out.all());
  CHECK(out.code == 0);
  const auto states = states_of(project, "1");
  const std::map<std::string, std::string> expected = {
      {"All", "upstream_failed"}, {"Any", "done"},          {"Failed", "done"},
      {"AllFailed", "skipped"},   {"OnlyFailed", "done"},   {"Ended", "done"},
      {"NoneFailed", "skipped"},  {"AfterVoid", "skipped"}, {"Asks", "done"},
      {"AsksNot", "skipped"},     {"AsksBadly", "failed"},  {"Top", "done"}};
  for (const auto& [name, state] : expected) {
    INFO(name);
    CHECK(states.at(name) == state);
  }
  CHECK_THAT(project.moondial({"show", "1", "--json"}).out, ContainsSubstring("has no 'nothing'"));
}

TEST_CASE("an awaited task that was skipped is no failure, and what it was to make is not there") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local Maybe = task "Maybe" { output = "maybe", run = function() skip "nothing today" end }
    task "Asks" { output = "asks", run = function(t)
      t.output:write(tostring(await(Maybe):exists()))
    end }
  )");
  const Finished out = project.moondial({"run", "Asks"});
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(project.read("asks") == "false");
}

TEST_CASE("an external is waited for, and an approval is a mark") {
  Project project;
  project.write("pipelines/p.lua", R"(
    local Drop = external "Drop" { params = { date = param.date }, output = "drop/${date}.csv" }
    local Approved = external "Approved" { params = { date = param.date }, output = mark() }
    local Load = task "Load" { params = { date = param.date }, requires = Drop, output = mark(),
                               sh = "echo loaded >> loads.log" }
    task "Send" { params = { date = param.date }, requires = { Load, Approved }, output = "sent/${date}",
                  sh = ": > ${output}" }
  )");
  const std::vector<std::string> run = {"run", "Send", "date=2015-09-18"};
  const Finished missing = project.moondial(run);
  INFO(missing.all());
  CHECK(missing.code == 3);
  CHECK_THAT(missing.all(), ContainsSubstring("Drop(date=2015-09-18)"));
  CHECK(states_of(project, "1").at("Send(date=2015-09-18)") == "blocked");

  project.write("drop/2015-09-18.csv", "a\n1\n");
  const Finished unapproved = project.moondial(run);
  CHECK(unapproved.code == 3);
  CHECK(lines_of(project, "loads.log") == 1);

  CHECK(project.moondial({"mark", "Approved", "date=2015-09-18"}).out ==
        "Approved(date=2015-09-18) is marked as done\n");
  CHECK(project.moondial(run).code == 0);
  CHECK(project.exists("sent/2015-09-18"));
  CHECK(lines_of(project, "loads.log") == 1);  // its mark says that it is done

  const Finished wrong = project.moondial({"mark", "Send", "date=2015-09-18"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.all(), ContainsSubstring("it is done when its outputs exist"));
  CHECK(project.moondial({"mark", "Aproved", "date=2015-09-18"}).code == 2);
}

TEST_CASE("tasks with one lock never run at the same time") {
  Project project;
  project.write("pipelines/p.lua", R"(
    local Step = task "Step" { params = { n = param.int }, output = "step/${n}", lock = "warehouse",
      sh = "mkdir busy; sleep 0.02; rmdir busy; : > ${output}" }
    task "All" { requires = function() return each(1, 8, function(n) return Step{ n = n } end) end }
  )");
  const Finished out = project.moondial({"run", "All", "-j", "4"});
  INFO(out.all());
  CHECK(out.code == 0);
}

TEST_CASE("more memory than there is is a plan error") {
  Project project;
  project.write(
      "pipelines/p.lua",
      R"(task "Huge" { output = "x", uses = { memory = "900T" }, sh = ": > ${output}" })");
  const Finished out = project.moondial({"run", "Huge"});
  CHECK(out.code == 2);
  CHECK_THAT(out.all(), ContainsSubstring("memory"));
}

TEST_CASE("what a task emitted is read downstream") {
  Project project;
  project.write("pipelines/p.lua", R"(
    local A = task "A" { output = "a", sh = "echo rows=41 >> $MOONDIAL_EMIT; : > ${output}" }
    task "B" { requires = A, output = "b", run = function(t)
      t.output:write(tasks.A{}:emitted().rows + 1)
      assert(next(tasks.B{}:emitted()) == nil)
    end }
  )");
  const Finished out = project.moondial({"run", "B"});
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(project.read("b") == "42");
}

}  // namespace moondial::e2e::dynamic_test
