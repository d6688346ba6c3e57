#include "core/plan.h"

#include "tests/catch.h"
#include "tests/core/graph.h"
#include "tests/large.h"

namespace moondial::plan_test {
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
  constexpr int kLength = large(300'000);
  for (int i = 1; i < kLength; ++i) chain.add(std::to_string(i), {std::to_string(i - 1)});
  chain.root(std::to_string(kLength - 1));
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

TEST_CASE("a file and a folder of one path collide, whichever is claimed first") {
  Graph graph;
  graph.add("a").claims = {"/x/out"};
  graph.add("b").claims = {"/x/out/"};
  graph.add("c").claims = {"/y/out/"};
  graph.add("d").claims = {"/y/out"};
  graph.add("e").claims = {"/z/out/"};
  graph.add("f").claims = {"/z/out/"};
  graph.plan.tasks[1].file = "pipelines/p.lua";
  graph.plan.tasks[1].line = 4;
  const auto problems = validate(graph.plan, kPools);
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].text() ==
        "pipelines/p.lua:4: a publishes the file /x/out, and b publishes the folder /x/out/: that "
        "is one path (a path belongs to one task: give one of the two another name)");
  CHECK(problems[1].message ==
        "c publishes the folder /y/out/, and d publishes the file /y/out: that is one path");
  CHECK(problems[2].message == "e and f both publish /z/out/");
}

TEST_CASE("a path within a folder of another task collides with it") {
  Graph graph;
  graph.add("deep").claims = {"/x/a/b/c/d"};
  graph.add("outer").claims = {"/x/a/"};
  graph.add("inner").claims = {"/x/a/b/", "/x/a/b/own"};
  graph.add("beside").claims = {"/x/ab/", "/x/a.b", "/x", "/y/a/b", "/a/b"};
  graph.plan.tasks[0].file = "pipelines/p.lua";
  graph.plan.tasks[0].line = 7;
  const auto problems = validate(graph.plan, kPools);
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].text() ==
        "pipelines/p.lua:7: deep publishes /x/a/b/c/d, which lies in the folder /x/a/b/ that inner "
        "publishes (a folder belongs to one task with all that is in it: move one of the two "
        "elsewhere)");
  CHECK(problems[1].message ==
        "inner publishes /x/a/b/, which lies in the folder /x/a/ that outer publishes");
  CHECK(problems[2].message ==
        "inner publishes /x/a/b/own, which lies in the folder /x/a/ that outer publishes");
}

TEST_CASE("a file around a path is no folder, and the root is one") {
  Graph graph;
  graph.add("a").claims = {"/x/a"};
  graph.add("b").claims = {"/x/a/b"};
  CHECK(validate(graph.plan, kPools).empty());
  graph.add("c").claims = {"/"};
  CHECK(validate(graph.plan, kPools).size() == 2);
}

TEST_CASE("claims of very many tasks are compared at once") {
  Graph graph;
  for (int i = 0; i < large(300'000); ++i) {
    const std::string n = std::to_string(i);
    const std::string path = "/project/data/raw/engine-" + std::to_string(i % 50) + "/2015/" + n;
    graph.add(n).claims = {i % 3 == 0 ? path + "/" : path + ".csv"};
  }
  CHECK(validate(graph.plan, kPools).empty());
  graph.add("late").claims = {"/project/data/raw/engine-0/2015/0/part"};
  CHECK(validate(graph.plan, kPools).size() == 1);
}

}  // namespace
}  // namespace moondial::plan_test
