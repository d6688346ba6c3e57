// rerun = "stale": from outside, and beside GNU make on the same graph.
#include <algorithm>
#include <sstream>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::stale_test {
namespace {

using Catch::Matchers::ContainsSubstring;

const char* const kTasks = R"(
  local Src = external "Src" { params = { src = param.string }, output = "src/${src}" }
  local Obj = task "Obj" { params = { obj = param.enum{ "a", "b", "c" } }, rerun = "stale",
    requires = function(t)
      return t.obj == "c" and { Src{ src = "c" } } or { Src{ src = t.obj }, Src{ src = "common" } }
    end,
    output = "out/${obj}.o", sh = "echo ${obj}.o >> made; cat ${input} > ${output}" }
  local Lib = task "Lib" { rerun = "stale", requires = { Obj{ obj = "b" }, Obj{ obj = "c" } },
    output = "out/lib", sh = "echo lib >> made; cat ${input} > ${output}" }
  task "Prog" { rerun = "stale", requires = { Obj{ obj = "a" }, Lib },
    output = "out/prog", sh = "echo prog >> made; cat ${input} > ${output}" }
)";

const char* const kMakefile =
    "out/prog: out/a.o out/lib\n\techo prog >> made; cat $^ > $@\n"
    "out/lib: out/b.o out/c.o\n\techo lib >> made; cat $^ > $@\n"
    "out/a.o: src/a src/common\n\techo a.o >> made; cat $^ > $@\n"
    "out/b.o: src/b src/common\n\techo b.o >> made; cat $^ > $@\n"
    "out/c.o: src/c\n\techo c.o >> made; cat $^ > $@\n";

/// What was made since the last call, sorted.
std::vector<std::string> take_made(const Project& project) {
  std::vector<std::string> made;
  if (!project.exists("made")) return made;
  std::istringstream lines(project.read("made"));
  for (std::string line; std::getline(lines, line);) made.push_back(line);
  std::filesystem::remove(project / "made");
  std::ranges::sort(made);
  return made;
}

/// The same sources for both.
struct Both {
  Both() {
    ours.write("pipelines/p.lua", kTasks);
    theirs.write("Makefile", kMakefile);
    for (const char* name : {"a", "b", "c", "common"}) write(name, name);
    std::filesystem::create_directory(theirs / "out");
  }
  void write(const std::string& name, const std::string& text) const {
    ours.write("src/" + name, text);
    theirs.write("src/" + name, text);
  }
  void remove(const std::string& path) const {
    std::filesystem::remove(ours / path);
    std::filesystem::remove(theirs / path);
  }
  /// Both make the program; what was made must be the same, and the result.
  [[nodiscard]] std::vector<std::string> make() const {
    const Finished out = ours.moondial({"run", "Prog"});
    INFO(out.all());
    REQUIRE(out.code == 0);
    const Finished made = run_program({"make", "-s"}, theirs.root());
    INFO(made.all());
    REQUIRE(made.code == 0);
    std::vector<std::string> names = take_made(ours);
    CHECK(names == take_made(theirs));
    CHECK(ours.read("out/prog") == theirs.read("out/prog"));
    return names;
  }
  Project ours, theirs;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("rerun = \"stale\" remakes what make remakes") {
  const Both both;
  CHECK(both.make() == Names{"a.o", "b.o", "c.o", "lib", "prog"});
  CHECK(both.make().empty());
  both.write("common", "changed");
  CHECK(both.make() == Names{"a.o", "b.o", "lib", "prog"});
  both.write("c", "changed");
  CHECK(both.make() == Names{"c.o", "lib", "prog"});
  both.remove("out/a.o");
  CHECK(both.make() == Names{"a.o", "prog"});
  both.remove("out/prog");
  CHECK(both.make() == Names{"prog"});
  CHECK(both.make().empty());
}

TEST_CASE("rerun = \"stale\" sees that the declaration or a file it reads has changed") {
  const Project project;
  const auto declare = [&](const std::string& command, const std::string& comment) {
    project.write("pipelines/p.lua",
                  "-- " + comment + "\n\ntask \"A\" { rerun = \"stale\", reads = { \"x.sql\" }, " +
                      "output = \"a.txt\", -- " + comment + "\n  sh = \"" + command +
                      "; cat x.sql >> ${output}; echo A >> made\" }\n" +
                      "task \"B\" { output = \"b.txt\", sh = \"touch ${output}\" }\n");
  };
  const auto run = [&] {
    const Finished out = project.moondial({"run", "A"});
    INFO(out.all());
    REQUIRE(out.code == 0);
    return take_made(project);
  };
  project.write("x.sql", "select 1");
  declare("echo 1 > ${output}", "first");
  CHECK(run() == Names{"A"});
  CHECK(run().empty());
  declare("echo 1 > ${output}", "only a comment");
  CHECK(run().empty());
  declare("echo 2 > ${output}", "first");
  CHECK_THAT(project.moondial({"plan", "A"}).out, ContainsSubstring("declaration"));
  CHECK(run() == Names{"A"});
  CHECK(project.read("a.txt") == "2\nselect 1");
  project.write("x.sql", "select 2");
  CHECK(run() == Names{"A"});
  CHECK(run().empty());
  std::filesystem::remove(project / "x.sql");
  const Finished out = project.moondial({"run", "A"});
  CHECK(out.code == 2);
  CHECK_THAT(out.err, ContainsSubstring("pipelines/p.lua:3") && ContainsSubstring("x.sql"));
}

TEST_CASE("a stale task is remade after its input, and by the order of publishing, not by clocks") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local A = task "A" { output = "a.txt", sh = "touch ${output}; echo A >> made" }
    local Both = task "Both" { requires = { A } }
    task "B" { requires = Both, rerun = "stale", output = "b.txt",
      sh = "cat ${input} > ${output}; echo B >> made" }
  )");
  REQUIRE(project.moondial({"run", "B"}).code == 0);
  CHECK(take_made(project) == Names{"A", "B"});
  // Remade alone, with a time from long ago: it was published later all the same.
  REQUIRE(project.moondial({"run", "A", "--force"}).code == 0);
  CHECK(take_made(project) == Names{"A"});
  run_program({"touch", "-d", "2001-01-01", "a.txt"}, project.root());
  REQUIRE(project.moondial({"run", "B"}).code == 0);
  CHECK(take_made(project) == Names{"B"});
  // A time from the future changes nothing: moondial made the file.
  run_program({"touch", "-d", "2040-01-01", "a.txt"}, project.root());
  REQUIRE(project.moondial({"run", "B"}).code == 0);
  CHECK(take_made(project).empty());
  // Without a record there are only the files.
  project.wait_for_engine_end();
  std::filesystem::remove_all(project / ".moondial");
  REQUIRE(project.moondial({"run", "B"}).code == 0);
  CHECK(take_made(project) == Names{"B"});
}

}  // namespace moondial::e2e::stale_test
