#include "core/plan.h"

#include "tests/catch.h"
#include "tests/core/graph.h"

namespace moondial {
namespace {

const std::map<std::string, int64_t> kPools = {{"cpu", 2}, {"sem-api", 2}};

TEST_CASE("a plan that can be run has no diagnostics") {
  Graph graph;
  graph.add("a");
  graph.add("b", {"a"});
  graph.root("b");
  CHECK(validate(graph.plan, kPools).empty());
}

TEST_CASE("a cycle is told as a path with its place") {
  Graph graph;
  graph.add("outside");
  graph.add("a");
  graph.add("b", {"a"});
  graph.add("c", {"b", "outside"});
  graph.plan.tasks[1].requires_ = {3};
  graph.plan.tasks[1].file = "pipelines/p.lua";
  graph.plan.tasks[1].line = 4;
  graph.root("a");
  const auto problems = validate(graph.plan, kPools);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text().find("pipelines/p.lua:4: a cycle: a -> c -> b -> a") == 0);
}

TEST_CASE("a cycle among complete tasks harms nobody, a long chain is no problem") {
  Graph graph;
  graph.add("a");
  graph.plan.tasks[0].requires_ = {0};
  graph.plan.tasks[0].complete = true;
  graph.root("a");
  CHECK(validate(graph.plan, kPools).empty());

  Graph chain;
  chain.add("0");
  for (int i = 1; i < 300'000; ++i) chain.add(std::to_string(i), {std::to_string(i - 1)});
  chain.root("299999");
  CHECK(validate(chain.plan, kPools).empty());
}

TEST_CASE("two claimants of one path, and pools that cannot be: all are told") {
  Graph graph;
  graph.add("a").claims = {"/x/out", "/x/out"};
  graph.add("b").claims = {"/x/out"};
  graph.add("c").uses = {{"cpu", 3}};
  graph.add("d").uses = {{"sem-ap", 1}};
  graph.add("e").uses = {{"warehouse", 1}};
  const auto problems = validate(graph.plan, kPools);
  REQUIRE(problems.size() == 4);
  CHECK(problems[0].message == "a and b both publish /x/out");
  CHECK(problems[1].message == "c uses 3 of the pool \"cpu\", which has 2");
  CHECK(problems[1].hint == "raise -j, or lower what it uses");
  CHECK(problems[2].hint == "did you mean \"sem-api\"?");
  CHECK(problems[3].hint == "declare it: pool \"warehouse\" { size = 1 }");
}

}  // namespace
}  // namespace moondial
