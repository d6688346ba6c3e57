// Mistakes: each names its place, the thing and the way out, and costs nothing.
#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::errors_test {
namespace {

using Catch::Matchers::ContainsSubstring;

/// Checks a project of one file, which must not run.
Finished refused(Project& project, std::string_view text,
                 const std::vector<std::string>& command = {"check"}) {
  project.write("pipelines/p.lua", text);
  const Finished out = project.moondial(command);
  INFO(out.all());
  CHECK(out.code == 2);
  CHECK_FALSE(project.exists("a.txt"));
  return out;
}

void check_says(const Finished& out, const std::vector<std::string>& parts) {
  INFO(out.all());
  for (const std::string& part : parts) {
    INFO(part);
    CHECK(out.all().find(part) != std::string::npos);
  }
}

TEST_CASE("a wrong field names the nearest one") {
  Project project;
  check_says(refused(project, "task \"A\" {\n  ouput = \"a.txt\", sh = \"true\" }"),
             {"pipelines/p.lua:", "ouput", "output"});
}

TEST_CASE("a wrong parameter names the nearest one") {
  Project project;
  check_says(refused(project, R"(
task "A" { params = { date = param.date }, output = "a.txt", sh = ": > ${output}" })",
                     {"run", "A", "dat=2015-01-01"}),
             {"dat", "date", "A"});
}

TEST_CASE("an unknown global names the nearest one") {
  Project project;
  check_says(refused(project, "\ntaks \"A\" {}"), {"pipelines/p.lua:2", "taks", "task"});
}

TEST_CASE("an unknown placeholder names the nearest one") {
  Project project;
  check_says(refused(project, R"(
task "A" { params = { date = param.date }, output = "a-${dat}.txt", sh = ": > ${output}" })"),
             {"pipelines/p.lua:2", "dat", "date"});
}

TEST_CASE("a placeholder inside quotes is refused") {
  Project project;
  check_says(refused(project, R"(
task "A" { params = { x = param.string }, output = "a.txt", sh = "echo '${x}' > ${output}" })"),
             {"pipelines/p.lua:2", "${x}"});
}

TEST_CASE("an unknown task, command or option names the nearest one") {
  Project project;
  project.write("pipelines/p.lua",
                R"(task "sem.Report" { output = "a.txt", sh = ": > ${output}" })");
  check_says(project.moondial({"run", "sem.Reprot"}), {"sem.Report"});
  CHECK(project.moondial({"run", "sem.Reprot"}).code == 2);
  check_says(project.moondial({"rnu", "sem.Report"}), {"rnu", "run"});
  CHECK(project.moondial({"rnu"}).code == 2);
  CHECK(project.moondial({"run", "sem.Report", "--jbos", "2"}).code == 2);
  CHECK_FALSE(project.exists("a.txt"));
}

TEST_CASE("all errors of all files are told together, also as JSON") {
  Project project;
  project.write("pipelines/a.lua", "task \"A\" { ouput = \"a.txt\" }\n");
  project.write("pipelines/b.lua", "local x = = 1\n");
  project.write("pipelines/c.lua", "\n\nx = 1\n");
  const Finished out = project.moondial({"check", "--json"});
  CHECK(out.code == 2);
  const auto errors = out.json();
  REQUIRE(errors.size() == 3);
  CHECK(errors[0]["file"] == "pipelines/a.lua");
  CHECK(errors[1]["file"] == "pipelines/b.lua");
  CHECK(errors[1]["line"] == 1);
  CHECK(errors[2]["file"] == "pipelines/c.lua");
  CHECK(errors[2]["line"] == 3);
}

TEST_CASE("two tasks of one name name both places") {
  Project project;
  project.write("pipelines/a.lua", "task \"A\" { output = \"a.txt\", sh = \": > ${output}\" }\n");
  project.write("pipelines/b.lua", "\ntask \"A\" { output = \"b.txt\", sh = \": > ${output}\" }\n");
  const Finished out = project.moondial({"check"});
  CHECK(out.code == 2);
  check_says(out, {"pipelines/a.lua:1", "pipelines/b.lua:2"});
}

TEST_CASE("a cycle is printed as a path and nothing runs") {
  Project project;
  check_says(refused(project, R"(
task "A" { requires = function(t) return tasks.B(t) end, output = "a.txt", sh = ": > ${output}" }
task "B" { requires = function(t) return tasks.C(t) end, output = "b.txt", sh = ": > ${output}" }
task "C" { requires = function(t) return tasks.A(t) end, output = "c.txt", sh = ": > ${output}" })",
                     {"run", "A"}),
             {"A -> B -> C -> A"});
}

TEST_CASE("two claimants of a path are both named") {
  Project project;
  check_says(refused(project, R"(
task "A" { params = { n = param.int }, output = "a.txt", sh = ": > ${output}" }
task "All" { requires = function() return { tasks.A{ n = 1 }, tasks.A{ n = 2 } } end })",
                     {"run", "All"}),
             {"A(n=1)", "A(n=2)", "a.txt"});
}

TEST_CASE("more units than a pool has is an error before anything runs") {
  Project project;
  check_says(refused(project, R"(
pool "db" { size = 2 }
task "A" { uses = { db = 3 }, output = "a.txt", sh = ": > ${output}" })",
                     {"run", "A"}),
             {"db", "3", "2"});
}

TEST_CASE("an error in requires names the task and the line") {
  Project project;
  check_says(refused(project, R"(
task "A" { output = "a.txt", sh = ": > ${output}",
  requires = function(t)
    return nil .. "x"
  end })",
                     {"run", "A"}),
             {"pipelines/p.lua:4", "A"});
}

TEST_CASE("a wrong value of a parameter says what was expected") {
  Project project;
  check_says(refused(project, R"(
task "A" { params = { date = param.date }, output = "a.txt", sh = ": > ${output}" })",
                     {"run", "A", "date=2015-02-30"}),
             {"A", "date", "2015-02-30"});
}

TEST_CASE("a file that never ends loading is told") {
  Project project;
  check_says(refused(project, "while true do end"), {"pipelines/p.lua"});
}

}  // namespace
TEST_CASE("an error tells the values at its line, the same in the summary, show and logs") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    task "T" { params = { key = param.string{ secret = true } }, run = function(t)
      local row, key = { cost = 3 }, t.key
      local total = row.cost + row.price
    end }
  )");
  const std::string expected =
      "pipelines/p.lua:4: attempt to perform arithmetic on a nil value (field 'price')\n"
      "  4 | local total = row.cost + row.price\n"
      "      t = T\n"
      "      row = {cost = 3}\n"
      "      key = \"***\"\n"
      "  at pipelines/p.lua:4";
  const Finished out = project.moondial({"run", "T", "key=hush hush"});
  INFO(out.all());
  CHECK(out.code == 1);
  for (const std::string& line : {std::string("4 | local total"), std::string("row = {cost = 3}"),
                                  std::string("key = \"***\"")}) {
    CHECK_THAT(out.out, ContainsSubstring(line));
    CHECK_THAT(project.moondial({"show", "1"}).out, ContainsSubstring(line));
    CHECK_THAT(project.moondial({"logs", "1"}).out, ContainsSubstring(line));
  }
  const auto shown = project.moondial({"show", "1", "--json"}).json();
  CHECK(shown["tasks"][0]["attempts"][0]["error"] == expected);
}

}  // namespace moondial::e2e::errors_test
