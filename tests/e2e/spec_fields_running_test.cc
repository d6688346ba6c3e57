// The rows of "Fields of a task" that say when and how a task runs, by their own names.
#include <algorithm>

#include "tests/catch.h"
#include "tests/e2e/spec_project.h"

namespace moondial::e2e::spec_fields_running_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Lines = std::vector<std::string>;

/// The nanoseconds that a command wrote by `date +%s%N`, as milliseconds between its lines.
std::vector<long long> gaps_ms(const SpecProject& project, const std::string& path) {
  std::vector<long long> gaps;
  const Lines times = project.lines(path);
  for (size_t i = 1; i < times.size(); ++i) {
    gaps.push_back((std::stoll(times[i]) - std::stoll(times[i - 1])) / 1'000'000);
  }
  return gaps;
}

TEST_CASE("field: priority") {
  const SpecProject project(R"lua(
    local function said(name, priority, requires)
      return task(name) { priority = priority, requires = requires, output = name,
        sh = "echo " .. name .. " >> order; touch ${output}" }
    end
    local Deep = said("Deep")
    task "All" { requires = {
      said("Default"), said("Low", -1), said("High", 5), said("Asked", function(t) return 7 end),
      said("Urgent", 9, Deep),   -- and so is what it waits for
    } }
  )lua");
  project.run({"All", "-j", "1"});
  const Lines order = project.lines("order");
  REQUIRE(order.size() == 6);
  CHECK(order[0] == "Deep");
  const auto place = [&](const char* name) { return std::ranges::find(order, name); };
  CHECK(place("Asked") < place("High"));
  CHECK(place("High") < place("Default"));
  CHECK(place("Default") < place("Low"));
}

TEST_CASE("field: uses") {
  const SpecProject project(R"lua(
    pool "api" { size = 5 }
    task "Plain" { output = "plain", sh = "touch ${output}" }
    task "Api" { output = "api", uses = { api = 2 }, sh = "touch ${output}" }
    task "Wide" { output = "wide", uses = function(t) return { cpu = 2, memory = "2G" } end, sh = "touch ${output}" }
    task "TooMany" { output = "too-many", uses = { api = 6 }, sh = "touch ${output}" }
    local Big = task "Big" { params = { n = param.int }, output = "big/${n}", uses = { memory = "2G" },
      sh = "mkdir busy; sleep 0.02; rmdir busy; touch ${output}" }
    task "Bigs" { requires = { Big{ n = 1 }, Big{ n = 2 }, Big{ n = 3 } } }
  )lua");
  project.write("moondial.lua", R"(return { memory = "3G" })");
  const auto uses = [&](const char* task) {
    return project.json({"plan", task})["tasks"][0]["uses"];
  };
  CHECK(uses("Plain") == Json{{"cpu", 1}});
  CHECK(uses("Api") == Json{{"api", 2}, {"cpu", 1}});
  CHECK(uses("Wide") == Json{{"cpu", 2}, {"memory", 2LL << 30}});
  project.run({"Bigs", "-j", "3"});  // one at a time: mkdir fails if two are at it
  CHECK_THAT(project.run({"TooMany"}, 2).all(),
             ContainsSubstring("TooMany") && ContainsSubstring("api") && ContainsSubstring("6"));
}

TEST_CASE("field: retry") {
  const SpecProject project(R"lua(
    task "None" { sh = "echo x >> none; false" }
    task "Twice" { retry = 2, sh = "echo x >> twice; false" }
    task "Asked" { retry = function(t) return { times = 1 } end, sh = "echo x >> asked; false" }
    task "Third" { retry = 5, output = "third", run = function(t)
      if t.attempt < 3 then error "not yet" end
      t.output:write(t.attempt)
    end }
  )lua");
  project.run({"None"}, 1);
  project.run({"Twice"}, 1);
  project.run({"Asked"}, 1);
  CHECK(project.lines("none").size() == 1);
  CHECK(project.lines("twice").size() == 3);
  CHECK(project.lines("asked").size() == 2);
  project.run({"Third"});
  CHECK(project.read("third") == "3");
  CHECK(project.attempts("Third", 4).size() == 3);
}

TEST_CASE("field: retry = { times, delay, backoff, max, jitter, when }") {
  const SpecProject project(R"lua(
    task "Delayed" { retry = { times = 3, delay = 0.04, backoff = 2 }, sh = "date +%s%N >> delayed; false" }
    task "Bounded" { retry = { times = 2, delay = 0.02, backoff = 1000, max = "0.05s" }, sh = "date +%s%N >> bounded; false" }
    task "Jittery" { retry = { times = 1, delay = 0.06, jitter = 0.5 }, sh = "date +%s%N >> jittery; false" }
    task "Judged" { retry = { times = 5, when = function(err) return err:find "soft" ~= nil end },
      run = function(t) error(t.attempt < 3 and "soft" or "hard") end }
  )lua");
  project.run({"Delayed"}, 1);
  const auto delayed = gaps_ms(project, "delayed");
  REQUIRE(delayed.size() == 3);
  CHECK(delayed[0] >= 40);
  CHECK(delayed[1] >= 80);
  CHECK(delayed[2] >= 160);
  project.run({"Bounded"}, 1);  // without max its second delay would be 20 s
  const auto bounded = gaps_ms(project, "bounded");
  REQUIRE(bounded.size() == 2);
  CHECK(bounded[1] < 15000);
  project.run({"Jittery"}, 1);
  REQUIRE(gaps_ms(project, "jittery").size() == 1);
  CHECK(gaps_ms(project, "jittery")[0] >= 30);
  project.run({"Judged"}, 1);
  CHECK(project.attempts("Judged", 4).size() == 3);
}

TEST_CASE("field: timeout") {
  const SpecProject project(R"lua(
    task "Command" { output = "command", timeout = 0.3, sh = [[
      trap 'echo term > term; exit 0' TERM
      echo half > ${output}
      while :; do sleep 0.02; done ]] }
    task "Asked" { timeout = function(t) return "0.1s" end, sh = "sleep 1000" }
    task "Script" { timeout = 0.1, run = function() pcall(sleep, "1h") end }
    task "Busy" { timeout = 0.1, grace = 0.1, run = function() while true do end end }
  )lua");
  int run = 0;
  for (const char* task : {"Command", "Asked", "Script", "Busy"}) {
    const Finished out = project.run({task}, 1);
    CHECK_THAT(out.all(), ContainsSubstring("timed out"));
    ++run;
    CHECK(project.states(run).at(task) == "failed");
    CHECK_THAT(project.error_of(task, run), ContainsSubstring("timed out"));
  }
  CHECK(project.read("term") == "term\n");
  CHECK_FALSE(project.exists("command"));
}

TEST_CASE("field: lock") {
  const SpecProject project(R"lua(
    local Turn = task "Turn" { params = { n = param.int }, output = "turn/${n}", lock = "door",
      sh = "mkdir busy; sleep 0.02; rmdir busy; touch ${output}" }
    task "Turns" { requires = { Turn{ n = 1 }, Turn{ n = 2 }, Turn{ n = 3 } } }
    -- Different locks: each waits until the other has begun.
    local Meet = task "Meet" { params = { n = param.int, other = param.int }, output = "meet/${n}",
      lock = function(t) return "room" .. t.n end,
      sh = "touch here-${n}; until [ -e here-${other} ]; do sleep 0.01; done; touch ${output}" }
    task "Meets" { requires = { Meet{ n = 1, other = 2 }, Meet{ n = 2, other = 1 } } }
  )lua");
  project.run({"Turns", "-j", "3"});
  project.run({"Meets", "-j", "2"});
}

TEST_CASE("field: takes") {
  const SpecProject project(R"lua(
    local function said(name, takes, pause)
      return task(name) { takes = takes, output = name,
        sh = "echo " .. name .. " >> order; sleep " .. pause .. "; touch ${output}" }
    end
    task "All" { requires = { said("Short", "1s", 0.3), said("Long", function(t) return "1h" end, 0) } }
  )lua");
  project.run({"All", "-j", "1"});
  CHECK(project.lines("order") == Lines{"Long", "Short"});
  // Once there is history, it says that the other one is the longer.
  for (const char* path : {"order", "Short", "Long"}) std::filesystem::remove(project / path);
  project.run({"All", "-j", "1"});
  CHECK(project.lines("order") == Lines{"Short", "Long"});
}

TEST_CASE("field: env, cwd") {
  const SpecProject project(R"lua(
    task "Here" { params = { day = param.date }, output = "here-${day}",
      env = { DAY = "day-${day:%Y%m%d}", N = 3 }, cwd = "work/${day}",
      sh = "echo $DAY $N $KEPT > ${output}; pwd >> ${output}" }
    task "Asked" { output = "asked", env = function(t) return { WHO = t.id } end, sh = "echo $WHO > ${output}" }
    task "Script" { output = "script", env = { WHO = "me" }, cwd = "work",
      run = function(t) sh "echo $WHO > ${output}; pwd >> ${output}" end }
    task "Root" { output = "root", sh = "pwd > ${output}" }
  )lua");
  project.write("work/2015-09-18/x", "");
  const std::string root = project.root().string();
  CHECK(project.moondial({"run", "Here", "day=2015-09-18"}, {{"KEPT", "kept"}}).code == 0);
  CHECK(project.lines("here-2015-09-18") ==
        Lines{"day-20150918 3 kept", root + "/work/2015-09-18"});
  project.run({"Asked"});
  CHECK(project.read("asked") == "Asked\n");
  project.run({"Script"});
  CHECK(project.lines("script") == Lines{"me", root + "/work"});
  project.run({"Root"});
  CHECK(project.lines("root") == Lines{root});
  CHECK_THAT(project.run({"Here", "day=2015-09-19"}, 1).all(),
             ContainsSubstring("work/2015-09-19"));
}

TEST_CASE("field: grace") {
  const SpecProject project(R"lua(
    task "Cleans" { timeout = 0.3, grace = "1m", sh = [[
      trap 'sleep 0.2; echo cleaned > cleaned; exit 1' TERM
      while :; do sleep 0.02; done ]] }
    task "Deaf" { timeout = 0.3, grace = 0.1, sh = "trap '' TERM; echo $$ > pid; while :; do sleep 0.02; done" }
  )lua");
  project.run({"Cleans"}, 1);
  CHECK(project.read("cleaned") == "cleaned\n");
  project.run({"Deaf"}, 1);
  CHECK_FALSE(is_alive(std::stoi(project.read("pid"))));
  CHECK_THAT(project.error_of("Deaf", 2), ContainsSubstring("timed out"));
}

TEST_CASE("field: tags") {
  const SpecProject project(R"lua(
    task "A" { tags = { "nightly", "sem" }, output = "a", sh = "touch ${output}" }
    task "B" { output = "b", sh = "touch ${output}" }
  )lua");
  const Json tagged = project.json({"tasks", "--tag", "nightly"});
  REQUIRE(tagged.size() == 1);
  CHECK(tagged[0]["name"] == "A");
  CHECK(tagged[0]["tags"] == Json{"nightly", "sem"});
}

TEST_CASE("field: on_success, on_failure") {
  const SpecProject project(R"lua(
    local function note(text) sh{ "sh", "-c", 'echo "$1" >> noted', "-", text } end
    local function hooks(fields)
      fields.on_success = function(t) note("success " .. t.id) end
      fields.on_failure = function(t, err) note("failure " .. t.id .. " " .. err:match "broken %d") end
      return fields
    end
    task "Good" (hooks{ output = "good", sh = "touch ${output}" })
    task "Bad" (hooks{ retry = 1, run = function(t) error("broken " .. t.attempt) end })
  )lua");
  project.run({"Good"});
  project.wait_for_engine_end();
  project.run({"Bad"}, 1);
  project.wait_for_engine_end();
  CHECK(project.lines("noted") == Lines{"success Good", "failure Bad broken 2"});
}

}  // namespace
}  // namespace moondial::e2e::spec_fields_running_test
