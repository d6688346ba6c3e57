// What a run would do, in each form that `plan` has.
#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::plan_test {
namespace {

constexpr const char* kPair = R"(
local A = task "A" { params = { s = param.string }, output = "a.txt", sh = ": > ${output}" }
task "B" { params = { s = param.string }, requires = A, output = "b.txt", sh = ": > ${output}" }
)";

TEST_CASE("plan --format dot is a graph that Graphviz reads") {
  Project project;
  project.write("pipelines/p.lua", kPair);
  project.write("a.txt", "");
  const Finished out = project.moondial({"plan", "B", "s=[\"x\"]&<", "--format", "dot"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(out.err.empty());
  CHECK(out.out.find("digraph plan {") != std::string::npos);
  CHECK(out.out.find(R"(label="A(s=\"[\\\"x\\\"]&amp;<\")", 0) != std::string::npos);
  CHECK(out.out.find("tooltip=\"complete") != std::string::npos);
  CHECK(out.out.find("  n0 -> n1;\n}\n") != std::string::npos);
  if (!has_program("dot")) return;
  project.write("p.dot", out.out);
  const Finished drawn = run_program({"dot", "-Tsvg", "p.dot"}, project.root());
  INFO(drawn.all());
  CHECK(drawn.code == 0);
  CHECK(drawn.err.find("rror") == std::string::npos);
}

TEST_CASE("plan --format mermaid is a flowchart") {
  Project project;
  project.write("pipelines/p.lua", kPair);
  const Finished out = project.moondial({"plan", "B", "s=[\"x\"]", "--format", "mermaid"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(out.out.starts_with("flowchart LR\n"));
  CHECK(out.out.find("  n0[\"A(s=#34;[#92;#34;x#92;#34;]#34;)\"]:::pending\n") !=
        std::string::npos);
  CHECK(out.out.find("  n0 --> n1\n") != std::string::npos);
}

TEST_CASE("plan --json is --format json and nothing else") {
  Project project;
  project.write("pipelines/p.lua", kPair);
  const auto plain = project.moondial({"plan", "B", "s=x", "--json"});
  CHECK(plain.json()["tasks"].size() == 2);
  CHECK(project.moondial({"plan", "B", "s=x", "--format", "json"}).out == plain.out);
  CHECK(project.moondial({"plan", "B", "s=x", "--format", "json", "--json"}).out == plain.out);
  const Finished both = project.moondial({"plan", "B", "s=x", "--format", "dot", "--json"});
  CHECK(both.code == 2);
  CHECK(both.out.empty());
  CHECK(both.err.find("--json is --format json, not dot") != std::string::npos);
  const Finished wrong = project.moondial({"plan", "B", "s=x", "--format", "svg"});
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("mermaid") != std::string::npos);
}

TEST_CASE("a plan that cannot be made is an error in every format") {
  Project project;
  project.write("pipelines/p.lua", kPair);
  for (const char* format : {"tree", "dot", "mermaid", "json"}) {
    const Finished out = project.moondial({"plan", "B", "s=x", "t=1", "--format", format});
    INFO(out.all());
    CHECK(out.code == 2);
    CHECK(out.err.find("'t'") != std::string::npos);
    CHECK(out.out.find("digraph") == std::string::npos);
  }
}

}  // namespace
}  // namespace moondial::e2e::plan_test
