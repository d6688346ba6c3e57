// The rows of "Fields of a task" that say what a task is, needs and makes, by their own names.
// Those that say how it runs: spec_fields_running_test.cc.
#include "tests/catch.h"
#include "tests/e2e/spec_project.h"

namespace moondial::e2e::spec_fields_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using States = std::map<std::string, std::string>;

/// What a task requires, as its plan has it.
Json required_by(const SpecProject& project, const std::string& task) {
  const Json plan = project.json({"plan", task});
  for (const auto& one : plan["tasks"]) {
    if (one["id"] == task) return one["requires"];
  }
  return {};
}

TEST_CASE("field: doc") {
  const SpecProject project(R"lua(
    task "A" { doc = "One line for people", output = "a", sh = "touch ${output}" }
  )lua");
  CHECK(project.json({"tasks"})[0]["doc"] == "One line for people");
  CHECK_THAT(project.command({"tasks"}).out, ContainsSubstring("One line for people"));
}

TEST_CASE("field: params") {
  const SpecProject project(R"lua(
    task "A" { params = { day = param.date, n = param.int{ default = 2 }, s = param.string{ optional = true } },
      output = "${day}-${n}", run = function(t) t.output:write(tostring(t.s)) end }
    task "B" { output = "b", sh = "touch ${output}" }
  )lua");
  project.run({"A", "day=2015-09-18"});
  CHECK(project.read("2015-09-18-2") == "nil");
  CHECK_THAT(project.run({"A", "day=yes"}, 2).all(),
             ContainsSubstring("A") && ContainsSubstring("day") && ContainsSubstring("yes"));
  CHECK_THAT(project.run({"A"}, 2).all(), ContainsSubstring("day"));
  CHECK_THAT(project.run({"A", "dya=2015-09-18"}, 2).all(),
             ContainsSubstring("did you mean 'day'"));
  project.run({"B", "day=2015-09-18"}, 2);  // it has none
}

TEST_CASE("field: requires") {
  const SpecProject project(R"lua(
    local N = task "N" { params = { n = param.int }, output = "n${n}", sh = "touch ${output}" }
    local function made(name, requires) task(name) { requires = requires, output = name, sh = "touch ${output}" } end
    made("One", N{ n = 1 })
    made("List", { N{ n = 1 }, N{ n = 2 } })
    made("Nested", { a = N{ n = 1 }, b = { N{ n = 2 }, { c = N{ n = 3 } } } })
    made("Asked", function(t) return { N{ n = 4 }, each(5, 6, function(n) return N{ n = n } end) } end)
    made("None", nil)
    task "Wrong" { requires = function(t) return { N{ n = 1 }, "N" } end }
  )lua");
  CHECK(required_by(project, "One") == Json{"N(n=1)"});
  CHECK(required_by(project, "List") == Json{"N(n=1)", "N(n=2)"});
  CHECK(required_by(project, "Nested") == Json{"N(n=1)", "N(n=2)", "N(n=3)"});
  CHECK(required_by(project, "Asked") == Json{"N(n=4)", "N(n=5)", "N(n=6)"});
  CHECK(required_by(project, "None").empty());
  CHECK_THAT(project.run({"Wrong"}, 2).all(),
             ContainsSubstring("Wrong") && ContainsSubstring("pipelines/p.lua:9"));
  project.run({"Nested"});
  CHECK(project.states() ==
        States{{"N(n=1)", "done"}, {"N(n=2)", "done"}, {"N(n=3)", "done"}, {"Nested", "done"}});
}

TEST_CASE("field: when") {
  const SpecProject project(R"lua(
    local Good = task "Good" { output = "good", sh = "touch ${output}" }
    local Bad = task "Bad" { output = "bad", sh = "false" }
    local Before = task "Before" { output = "before", sh = "touch ${output}" }
    local function asks(name, requires, when)
      return task(name) { requires = requires, when = when, output = name, sh = "touch ${output}" }
    end
    local both = { Good, Bad }
    task "Top" { when = "ended", requires = {
      asks("AllOfGood", { Good }, "all"), asks("AllOfBoth", both, "all"),
      asks("AnyOfBoth", both, "any"), asks("AnyOfBad", { Bad }, "any"),
      asks("FailedOfBoth", both, "failed"), asks("FailedOfGood", { Good }, "failed"),
      asks("AllFailedOfBoth", both, "all_failed"), asks("AllFailedOfBad", { Bad }, "all_failed"),
      asks("EndedOfBoth", both, "ended"),
      asks("AskedYes", { g = Good, more = { Bad, Before } }, function(t)
        return t.states.g == "done" and t.states.more[1] == "failed" and t.states.more[2] == "done"
      end),
      asks("AskedNo", both, function(t) return t.states[2] == "done" end),
      asks("AfterSkipped", { asks("Skipped", { Good }, "failed") }),
    } }
  )lua");
  project.write("before", "");  // complete before the run: done, as t.states tells it
  project.run({"Top"});
  const auto states = project.states();
  const States expected = {{"AllOfGood", "done"},          {"AllOfBoth", "upstream_failed"},
                           {"AnyOfBoth", "done"},          {"AnyOfBad", "skipped"},
                           {"FailedOfBoth", "done"},       {"FailedOfGood", "skipped"},
                           {"AllFailedOfBoth", "skipped"}, {"AllFailedOfBad", "done"},
                           {"EndedOfBoth", "done"},        {"AskedYes", "done"},
                           {"AskedNo", "skipped"},         {"Skipped", "skipped"},
                           {"AfterSkipped", "skipped"},    {"Top", "done"}};
  for (const auto& [id, state] : expected) {
    INFO(id);
    REQUIRE(states.contains(id));
    CHECK(states.at(id) == state);
  }
}

TEST_CASE("field: output") {
  const SpecProject project(R"lua(
    task "Text" { output = "text", sh = "echo 1 > ${output}" }
    task "List" { output = { "l1", file "l2" }, sh = "touch ${output.1} ${output.2}" }
    task "Map" { output = { a = "m/a", b = dir "m/b" }, run = function(t)
      t.output.a:write "a"
      t.output.b:file("in"):write "b"
    end }
    task "Asked" { params = { n = param.int }, output = function(t) return file("asked" .. t.n) end,
      sh = "touch ${output}" }
    task "Half" { output = { "h1", "h2" }, sh = "touch ${output.1}" }
  )lua");
  project.run({"Text"});
  project.run({"List"});
  project.run({"Map"});
  project.run({"Asked", "n=7"});
  for (const char* path : {"text", "l1", "l2", "m/a", "m/b/in", "asked7"}) {
    INFO(path);
    CHECK(project.exists(path));
  }
  CHECK_THAT(project.run({"Half"}, 1).all(), ContainsSubstring("h2"));
  CHECK_FALSE(project.exists("h1"));
  project.write("pipelines/q.lua", R"(task "Idle" { output = "idle" })");
  CHECK_THAT(project.command({"check"}, 2).all(),
             ContainsSubstring("pipelines/q.lua:1") && ContainsSubstring("Idle"));
}

TEST_CASE("field: run") {
  const SpecProject project(R"lua(
    task "Work" { params = { n = param.int }, output = "out", run = function(t)
      t.output:write("n is " .. t.n)
    end }
    task "Breaks" { output = "never", run = function(t)
      t.output:write "half"
      local x = nil + 1
    end }
  )lua");
  project.run({"Work", "n=5"});
  CHECK(project.read("out") == "n is 5");
  CHECK_THAT(project.run({"Breaks"}, 1).all(), ContainsSubstring("pipelines/p.lua:7"));
  CHECK_FALSE(project.exists("never"));
}

TEST_CASE("field: sh") {
  const SpecProject project(R"lua(
    task "Text" { params = { s = param.string }, output = "text", sh = "echo ${s} | cat > ${output}" }
    task "Words" { params = { s = param.string }, output = "words", sh = { "cp", "${s}", "${output}" } }
    task "Asked" { params = { s = param.string }, output = "asked",
      sh = function(t) return { "cp", "from-" .. t.s, "${output}" } end }
    task "Piped" { output = "piped", sh = "false | cat > ${output}" }
  )lua");
  project.write("a file; $(rm x)", "content");
  project.run({"Text", "s=a;  b $(c)"});
  CHECK(project.read("text") == "a;  b $(c)\n");
  project.run({"Words", "s=a file; $(rm x)"});
  CHECK(project.read("words") == "content");
  project.write("from-x", "asked");
  project.run({"Asked", "s=x"});
  CHECK(project.read("asked") == "asked");
  project.run({"Piped"}, 1);

  project.write("pipelines/q.lua", R"(task "Both" { sh = "true", run = function() end })");
  CHECK_THAT(project.command({"check"}, 2).all(),
             ContainsSubstring("pipelines/q.lua:1") && ContainsSubstring("Both"));
}

TEST_CASE("field: check") {
  const SpecProject project(R"lua(
    task "Good" { output = "good", sh = "echo rows > ${output}",
      check = function(t) assert(t.output:read() == "rows\n" and not file("good"):exists()) end }
    task "Bad" { output = { "b1", "b2" }, sh = "touch ${output.1} ${output.2}",
      check = function(t) assert(t.output[1]:size() > 0, "it is empty") end }
  )lua");
  project.run({"Good"});
  CHECK(project.read("good") == "rows\n");
  CHECK_THAT(project.run({"Bad"}, 1).all(), ContainsSubstring("it is empty"));
  CHECK(project.states(2).at("Bad") == "failed");
  CHECK_FALSE(project.exists("b1"));
  CHECK_FALSE(project.exists("b2"));
}

TEST_CASE("field: complete") {
  const SpecProject project(R"lua(
    local function there() return file("flag"):exists() end
    task "Sets" { complete = there, sh = "echo set >> work; touch flag" }
    task "Never" { complete = function(t) return false end, sh = "true" }
    task "Output" { complete = function(t) return true end, output = "not-needed", sh = "false" }
  )lua");
  project.run({"Sets"});
  project.run({"Sets"});
  CHECK(project.lines("work").size() == 1);
  CHECK_THAT(project.run({"Never"}, 1).all(), ContainsSubstring("complete"));
  project.run({"Output"});  // in place of "all outputs exist"
  CHECK_FALSE(project.exists("not-needed"));
}

TEST_CASE("field: rerun, reads") {
  const SpecProject project(R"lua(
    local Raw = task "Raw" { output = "raw", sh = "echo raw >> made; touch ${output}" }
    task "Missing" { requires = Raw, reads = "query.sql", output = "missing", sh = "echo missing >> made; touch ${output}" }
    task "Stale" { requires = Raw, reads = { "query.sql" }, rerun = "stale", output = "stale",
      sh = "echo stale >> made; touch ${output}" }
  )lua");
  project.write("query.sql", "select 1");
  using Lines = std::vector<std::string>;
  const auto made = [&] {
    std::filesystem::remove(project / "made");
    project.run({"Missing"});
    project.run({"Stale"});
    return project.lines("made");
  };
  CHECK(made() == Lines{"raw", "missing", "stale"});
  CHECK(made().empty());
  project.write("query.sql", "select 2");
  CHECK(made() == Lines{"stale"});
  project.run({"Raw", "--force"});  // an input published after the outputs
  CHECK(made() == Lines{"stale"});
  CHECK(made().empty());
  std::string text = project.read("pipelines/p.lua");
  for (size_t at = 0; (at = text.find("; touch", at)) != std::string::npos; at += 8) {
    text.replace(at, 7, ";  touch");
  }
  project.write("pipelines/p.lua", text);  // its own source text
  CHECK(made() == Lines{"stale"});
  CHECK(made().empty());
}

TEST_CASE("field: a wrapper, without work, is complete when its requirements are") {
  const SpecProject project(R"lua(
    local A = task "A" { output = "a", sh = "touch ${output}" }
    task "All" { requires = { A } }
  )lua");
  const auto state = [&] { return project.json({"why", "All"})["state"]; };
  CHECK(state() == "pending");
  project.run({"All"});
  CHECK(state() == "complete");
}

TEST_CASE("field: any other is an error that names the nearest one") {
  const SpecProject project("\ntask \"A\" { ouput = \"a\", sh = \"true\" }");
  CHECK_THAT(project.command({"check"}, 2).all(), ContainsSubstring("pipelines/p.lua:2") &&
                                                      ContainsSubstring("'ouput'") &&
                                                      ContainsSubstring("did you mean 'output'"));
}

}  // namespace
}  // namespace moondial::e2e::spec_fields_test
