// `run --wait`: waiting for what others make.
#include <csignal>

#include "tests/catch.h"
#include "tests/e2e/spec_project.h"

namespace moondial::e2e::wait_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kPipeline = R"lua(
  local Drop = external "Drop" { output = "drop.csv", poll = "100ms" }
  local Never = external "Never" { output = "never.csv", poll = "100ms", timeout = "300ms" }
  local Approved = external "Approved" { params = { by = param.string }, output = mark(), poll = "1h" }
  task "Use" { requires = Drop, output = "used.txt", sh = "cat ${input} > ${output}" }
  task "UseNever" { requires = Never, output = "never.txt", sh = "cat ${input} > ${output}" }
  task "Send" { params = { by = param.string }, requires = { Approved }, output = mark(), sh = "echo sent >> sent" }
  task "Found" { output = "found.txt", run = function(t)
    t.output:write(await(Drop):read())
  end }
)lua";

TEST_CASE("run --wait waits for an external, and goes on when it comes") {
  const SpecProject project(kPipeline);
  Running run = project.start({"run", "Use", "--wait"});
  run.wait_for_output("waiting Drop: output drop.csv is missing; others produce it");
  const Finished why = project.command({"why", "Use"});
  CHECK_THAT(why.out, ContainsSubstring("Drop") && ContainsSubstring("waiting") &&
                          ContainsSubstring("others make it"));
  CHECK(project.states()["Drop"] == "waiting");
  CHECK(project.json({"plan", "Use"})["tasks"][0]["state"] == "waiting");
  project.write("drop.csv", "dropped");
  const Finished out = run.finish();
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK_THAT(out.out, ContainsSubstring("2 done"));
  CHECK(project.read("used.txt") == "dropped");
}

TEST_CASE("run --wait: a mark is noticed at once, whatever poll says") {
  const SpecProject project(kPipeline);
  Running run = project.start({"run", "Send", "by=ann", "--wait"});
  run.wait_for_output("waiting Approved(by=ann)");
  project.command({"mark", "Approved", "by=ann"});
  CHECK(run.finish().code == 0);
  CHECK(project.read("sent") == "sent\n");
}

TEST_CASE("run --wait: after its timeout an external has failed") {
  const SpecProject project(kPipeline);
  const Finished out = project.run({"UseNever", "--wait"}, 1);
  CHECK_THAT(out.all(), ContainsSubstring("never.csv is missing") &&
                            ContainsSubstring("waited for 300ms") &&
                            ContainsSubstring("run UseNever --wait"));
  CHECK(project.states()["UseNever"] == "upstream_failed");
}

TEST_CASE("run --wait: Ctrl-C ends it, and without --wait the same is blocked at once") {
  const SpecProject project(kPipeline);
  Running run = project.start({"run", "Use", "--wait"});
  run.wait_for_output("waiting Drop");
  run.signal(SIGINT);
  CHECK(run.finish().code == 130);
  project.run({"Use"}, 3);
}

TEST_CASE("run --wait: what is awaited while running is waited for too") {
  const SpecProject project(kPipeline);
  Running run = project.start({"run", "Found", "--wait"});
  run.wait_for_output("waiting Drop");
  project.write("drop.csv", "late");
  CHECK(run.finish().code == 0);
  CHECK(project.read("found.txt") == "late");
}

}  // namespace
}  // namespace moondial::e2e::wait_test
