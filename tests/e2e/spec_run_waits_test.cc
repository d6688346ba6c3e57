// The rows of "Inside `run`" that wait for others, and what holds of every suspension.
#include <csignal>

#include "tests/catch.h"
#include "tests/e2e/spec_project.h"

namespace moondial::e2e::spec_run_waits_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Lines = std::vector<std::string>;

TEST_CASE("call: await") {
  const SpecProject project(R"lua(
    pool "api" { size = 1 }
    local Part = task "Part" { params = { n = param.int }, output = "part/${n}", uses = { api = 1 },
      sh = "echo ${n} >> made; sleep 0.05; echo ${n} > ${output}" }
    -- Holds the only unit and has less time than its parts take: both are given back while it waits.
    task "Sum" { output = "sum", uses = { api = 1 }, timeout = 3, run = function(t)
      sh "echo begun >> made"
      local one = await(Part{ n = 1 })
      local more = await{ a = Part{ n = 1 }, b = { Part{ n = 2 }, Part{ n = 3 } } }
      t.output:write(one:read() .. more.a:read() .. more.b[1]:read() .. more.b[2]:read())
    end }
  )lua");
  project.write("part/3", "already\n");
  project.run({"Sum", "-j", "1"});
  CHECK(project.read("sum") == "1\n1\n2\nalready\n");
  CHECK(project.lines("made") == Lines{"begun", "1", "2"});  // it continued where it stopped
}

TEST_CASE("call: await whose timeout stands still") {
  const SpecProject project(R"lua(
    local Slow = task "Slow" { output = "slow", sh = "sleep 0.6; touch ${output}" }
    task "Waits" { output = "waits", timeout = 0.5, run = function(t) await(Slow) t.output:write "x" end }
  )lua");
  project.run({"Waits"});
}

TEST_CASE("call: await that fails") {
  const SpecProject project(R"lua(
    local Good = task "Good" { output = "good", sh = "touch ${output}" }
    local Bad = task "Bad" { output = "bad", sh = "false" }
    local Needs = task "Needs" { requires = Bad, output = "needs", sh = "touch ${output}" }
    task "Careful" { output = "careful", run = function(t)
      local ok, err = pcall(await, { Bad, Good })
      assert(not ok and err.task == Bad{} and err.state == "failed")
      assert(file("good"):exists())   -- the list has been awaited to its end
      local ok2, err2 = pcall(await, Needs)
      assert(not ok2 and err2.task.name == "Needs" and err2.state == "upstream_failed")
      t.output:write "x"
    end }
    task "Plain" { output = "plain", run = function(t) await(Bad) end }
    task "Cycle" { output = "cycle", run = function(t) await(tasks.Back) end }
    task "Back" { requires = tasks.Cycle, output = "back", sh = "touch ${output}" }
    task "Holds" { lock = "door", output = "holds", run = function(t) await(tasks.Wants) end }
    task "Wants" { lock = "door", output = "wants", sh = "touch ${output}" }
  )lua");
  project.run({"Careful"});
  CHECK_THAT(project.run({"Plain"}, 1).all(), ContainsSubstring("Bad"));
  CHECK_THAT(project.run({"Cycle"}, 1).all(),
             ContainsSubstring("cycle") && ContainsSubstring("Back"));
  CHECK_THAT(project.run({"Holds"}, 1).all(), ContainsSubstring("door"));
}

TEST_CASE("call: all") {
  const SpecProject project(R"lua(
    task "Order" { output = "order", run = function(t)
      local list = all{
        function() sh "touch a; until [ -e b ]; do sleep 0.01; done" return "first" end,
        function() sh "touch b; until [ -e a ]; do sleep 0.01; done" return "second" end,
        function() return "third" end,
      }
      t.output:write(table.concat(list, " "))
    end }
    task "Error" { output = "error", run = function(t)
      local ok, err = pcall(all, {
        function() sh "echo $$ > pid; exec sleep 1000" end,
        function()
          while not file("pid"):exists() or file("pid"):size() == 0 do sleep(0.01) end
          error "the first one"
        end,
      })
      assert(not ok and tostring(err):find "the first one")
      local gone = sh("kill -0 $(cat pid)", { check = false, capture = true })
      assert(gone.code ~= 0, "it was not waited for")
      t.output:write "x"
    end }
  )lua");
  project.run({"Order"});
  CHECK(project.read("order") == "first second third");
  project.run({"Error"});
}

TEST_CASE("call: suspends across pcall, iterators, metamethods and coroutines") {
  const SpecProject project(R"lua(
    task "A" { output = "a", run = function(t)
      local function say(text) return (sh{ "echo", text, capture = true }.stdout:gsub("\n", "")) end
      local said = {}
      local _, protected = pcall(say, "pcall")
      said[#said + 1] = protected
      for text in function(_, last) if not last then return say "iterator" end end do said[#said + 1] = text end
      local proxy = setmetatable({}, { __index = function(_, key) return say(key) end,
                                       __add = function() return say "added" end })
      said[#said + 1] = proxy.index
      said[#said + 1] = proxy + 1
      local own = coroutine.wrap(function() coroutine.yield(say "mine") end)
      said[#said + 1] = own()
      t.output:write(table.concat(said, " "))
    end }
    task "Sort" { run = function() table.sort({ 3, 1, 2 }, function(a, b) sleep(0.001) return a < b end) end }
    task "Gsub" { run = function() string.gsub("x", "x", function() sleep(0.001) end) end }
    task "Text" { run = function() return tostring(setmetatable({}, { __tostring = function() sleep(0.001) return "" end })) end }
  )lua");
  project.run({"A"});
  CHECK(project.read("a") == "pcall iterator index added mine");
  CHECK_THAT(project.run({"Sort"}, 1).all(), ContainsSubstring("sort"));
  CHECK_THAT(project.run({"Gsub"}, 1).all(), ContainsSubstring("gsub"));
  CHECK_THAT(project.run({"Text"}, 1).all(), ContainsSubstring("tostring"));
}

TEST_CASE("call: cancel and timeout are no errors that pcall sees") {
  const SpecProject project(R"lua(
    local function stubborn(t)
      local closed <close> = setmetatable({}, { __close = function() file("closed-" .. t.name):write "x" end })
      file("begun-" .. t.name):write "x"
      while true do pcall(sleep, "1h") end
    end
    task "Late" { timeout = 0.1, run = stubborn }
    task "Cancelled" { run = stubborn }
  )lua");
  CHECK_THAT(project.run({"Late"}, 1).all(), ContainsSubstring("timed out"));
  CHECK(project.exists("closed-Late"));
  Running run = project.start({"run", "Cancelled"});
  wait_until("it runs", [&] { return project.exists("begun-Cancelled"); });
  run.signal(SIGINT);
  CHECK(run.finish().code == 130);
  CHECK(project.exists("closed-Cancelled"));
}

TEST_CASE("call: math.random is seeded per task") {
  const SpecProject project(R"lua(
    task "R" { params = { n = param.int }, output = "r/${n}", run = function(t) t.output:write(math.random(1 << 40)) end }
  )lua");
  project.run({"R", "n=1"});
  project.run({"R", "n=2"});
  const std::string first = project.read("r/1");
  CHECK(project.read("r/2") != first);
  project.run({"R", "n=1", "--force"});
  CHECK(project.read("r/1") == first);
}

}  // namespace
}  // namespace moondial::e2e::spec_run_waits_test
