#include "tests/catch.h"
#include "tests/large.h"
#include "tests/lua_host/fake_state.h"
#include "tests/lua_host/fixture.h"

namespace moondial::host_plan_test {
namespace {

PlanRequest request_of(const std::string& task, const std::string& n = "") {
  return {{{task, {{"n", n}}, ""}}, Force::kNone, false, {}, false, {}, {}};
}

struct PlanFixture : HostFixture {
  explicit PlanFixture(Duration stop_bound = std::chrono::seconds(60))
      : HostFixture([&](LuaHostOptions& o) { o.stop_bound = stop_bound; }) {
    generation = load()->id;
  }
  GenerationId generation;
};

TEST_CASE("a large plan comes in batches, whole") {
  PlanFixture f;
  PlanRecorder plan;
  constexpr int kTasks = large(100'000);
  f.host->plan(f.generation, request_of("many", std::to_string(kTasks)), plan.sink());
  CHECK(plan.tasks == 0);
  REQUIRE(f.run_until([&] { return !plan.ends.empty(); }));
  REQUIRE(plan.ends[0].ok());
  CHECK(*plan.ends[0] == std::vector{fake_instance(0, 2).id});
  CHECK(plan.tasks == kTasks);
  REQUIRE(plan.first.size() == 500);
  CHECK(plan.first[1].id == fake_instance(1, 3).id);
}

TEST_CASE("plans take turns, and one that fails says why") {
  PlanFixture f;
  PlanRecorder large, small, wrong;
  f.host->plan(f.generation, request_of("many", "50000"), large.sink());
  f.host->plan(f.generation, request_of("many", "10"), small.sink());
  f.host->plan(f.generation, request_of("error"), wrong.sink());
  REQUIRE(f.run_until([&] { return !small.ends.empty() && !wrong.ends.empty(); }));
  CHECK(large.ends.empty());
  CHECK(wrong.ends[0].error().diagnostics.at(0).line == 3);
  REQUIRE(f.run_until([&] { return !large.ends.empty(); }));
  CHECK(large.tasks == 50'000);
}

TEST_CASE("a cancelled plan is heard of no more") {
  PlanFixture f;
  PlanRecorder cancelled, next;
  const uint64_t endless = f.host->plan(f.generation, request_of("loop"), cancelled.sink());
  const uint64_t ended = f.host->plan(f.generation, request_of("many", "1"), next.sink());
  REQUIRE(f.run_until([&] { return !next.ends.empty(); }));
  f.host->cancel_plan(endless);
  f.host->cancel_plan(endless);
  f.host->cancel_plan(ended);
  PlanRecorder last;
  f.host->plan(f.generation, request_of("many", "1"), last.sink());
  REQUIRE(f.run_until([&] { return !last.ends.empty(); }));
  CHECK(cancelled.ends.empty());
}

TEST_CASE("planning that crashes its lane is an error that names the task") {
  PlanFixture f;
  PlanRecorder crashing, next;
  f.host->plan(f.generation, request_of("crash"), crashing.sink());
  REQUIRE(f.run_until([&] { return !crashing.ends.empty(); }));
  REQUIRE_FALSE(crashing.ends[0].ok());
  CHECK(crashing.ends[0].error().message == "planning crash: lane ended by signal 11 (SIGSEGV)");
  f.host->plan(f.generation, request_of("many", "10"), next.sink());
  REQUIRE(f.run_until([&] { return !next.ends.empty(); }));
  CHECK(next.tasks == 10);
}

TEST_CASE("a lane whose planning hangs is ended when that is cancelled") {
  PlanFixture f(std::chrono::milliseconds(50));
  PlanRecorder hanging, beside, next;
  f.host->plan(f.generation, request_of("loop"), beside.sink());
  const uint64_t ticket = f.host->plan(f.generation, request_of("stuck"), hanging.sink());
  f.host->cancel_plan(ticket);
  REQUIRE(f.run_until([&] { return !beside.ends.empty(); }));
  CHECK(beside.ends[0].error().message ==
        "planning loop: lane was ended: planning stuck did not stop within 50ms");
  CHECK(hanging.ends.empty());
  f.host->plan(f.generation, request_of("many", "10"), next.sink());
  REQUIRE(f.run_until([&] { return !next.ends.empty(); }));
  CHECK(next.ends[0].ok());
}

TEST_CASE("planning for an unknown generation is refused, later") {
  PlanFixture f;
  PlanRecorder refused, cancelled;
  f.host->plan(GenerationId(99), request_of("many", "1"), refused.sink());
  f.host->cancel_plan(f.host->plan(GenerationId(99), request_of("many", "1"), cancelled.sink()));
  CHECK(refused.ends.empty());
  REQUIRE(f.run_until([&] { return !refused.ends.empty(); }));
  CHECK_FALSE(refused.ends[0].ok());
  CHECK(cancelled.ends.empty());
}

TEST_CASE("a plan of a generation that nobody keeps ends with an error") {
  PlanFixture f;
  PlanRecorder plan;
  f.host->plan(f.generation, request_of("loop"), plan.sink());
  f.project.write("pipelines/new.lua", "task New");
  REQUIRE(f.load() != nullptr);
  REQUIRE(f.run_until([&] { return !plan.ends.empty(); }));
  CHECK_FALSE(plan.ends[0].ok());
}

}  // namespace
}  // namespace moondial::host_plan_test
