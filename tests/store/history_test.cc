// Runs that are looked for, and the attempts of a task over time.
#include "fixture.h"
#include "tests/catch.h"

namespace moondial::history_test {
namespace {

using namespace test;
using Numbers = std::vector<uint64_t>;

/// Run n, of a kind, began at n seconds, with one task that failed where n is even.
std::vector<Record> run_of(uint64_t n, const std::string& kind, const std::string& task) {
  const RunId run(n);
  const bool fails = n % 2 == 0;
  RunStarted begun = run_started(run);
  begun.kind = kind;
  begun.at = at(static_cast<int64_t>(n) * 1'000'000);
  AttemptEnded attempt = ended(AttemptId(n), fails ? TaskState::kFailed : TaskState::kDone);
  attempt.emitted["rows"] = std::to_string(n);
  RunFinished end;
  end.run = run;
  end.state = fails ? RunState::kFailed : RunState::kDone;
  end.at = begun.at;
  return {begun,
          planned(run, task),
          started(AttemptId(n), run, task),
          attempt,
          ended(run, task, fails ? TaskState::kFailed : TaskState::kDone),
          end};
}

Numbers runs_of(StoreFixture& fixture, const RunFilter& filter, size_t limit = 100,
                RunId before = {}) {
  Numbers out;
  const auto rows = fixture.store().runs(limit, before, filter).value();
  for (const RunRow& row : rows) out.push_back(row.run.value);
  return out;
}

Numbers attempts_of(StoreFixture& fixture, const std::string& name, size_t limit,
                    AttemptId before = {}) {
  Numbers out;
  const auto attempts = fixture.store().history().attempts_of(name, limit, before).value();
  for (const PastAttempt& past : attempts) out.push_back(past.attempt.attempt.value);
  return out;
}

}  // namespace

TEST_CASE("Runs are found by state, kind, task and time, in pages") {
  StoreFixture fixture;
  for (uint64_t n = 1; n <= 8; ++n) {
    REQUIRE(fixture.write(run_of(n, n < 5 ? "run" : "schedule", n < 7 ? "t.A(n=1)" : "t.B")));
  }
  CHECK(runs_of(fixture, {}).size() == 8);
  CHECK(runs_of(fixture, {.state = RunState::kFailed}) == Numbers{8, 6, 4, 2});
  CHECK(runs_of(fixture, {.state = RunState::kFailed}, 2, RunId(8)) == Numbers{6, 4});
  CHECK(runs_of(fixture, {.kind = "schedule"}) == Numbers{8, 7, 6, 5});
  CHECK(runs_of(fixture, {.task = "t.B"}) == Numbers{8, 7});
  CHECK(runs_of(fixture, {.task = "t.A(n=1)"}, 2) == Numbers{6, 5});
  CHECK(runs_of(fixture, {.task = "t.A"}, 1) == Numbers{6});
  CHECK(runs_of(fixture, {.task = "t"}).empty());
  CHECK(runs_of(fixture, {.since = at(3'000'000), .until = at(5'000'000)}) == Numbers{4, 3});
  CHECK(runs_of(fixture,
                {.state = RunState::kDone, .kind = "run", .task = "t.A", .since = at(2'000'000)}) ==
        Numbers{3});
}

TEST_CASE("The attempts of a task come newest first, with what they emitted, in pages") {
  StoreFixture fixture;
  for (uint64_t n = 1; n <= 6; ++n) {
    REQUIRE(
        fixture.write(run_of(n, "run", n % 3 == 0 ? "t.B" : "t.A(n=" + std::to_string(n) + ")")));
  }
  CHECK(attempts_of(fixture, "t.A", 100) == Numbers{5, 4, 2, 1});
  CHECK(attempts_of(fixture, "t.A", 2) == Numbers{5, 4});
  CHECK(attempts_of(fixture, "t.A", 2, AttemptId(4)) == Numbers{2, 1});
  CHECK(attempts_of(fixture, "t.A", 2, AttemptId(99)).empty());
  CHECK(attempts_of(fixture, "t", 2).empty());
  const auto past = fixture.store().history().attempts_of("t.B", 1, AttemptId()).value();
  REQUIRE(past.size() == 1);
  CHECK(past[0].run == RunId(6));
  CHECK(past[0].task == "t.B");
  CHECK(past[0].attempt.state == TaskState::kFailed);
  CHECK(past[0].attempt.emitted.at("rows") == "6");
}

}  // namespace moondial::history_test
