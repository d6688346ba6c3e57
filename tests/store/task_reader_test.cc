// What the record knows of tasks apart from runs, read as a lane reads it.
#include "store/task_reader.h"

#include <fstream>

#include "fixture.h"
#include "tests/catch.h"

namespace moondial::task_reader_test {

using namespace moondial::test;  // NOLINT

namespace {

const RunId kRun(7);

AttemptEnded success(AttemptId attempt, const std::string& fingerprint) {
  AttemptEnded record = ended(attempt, TaskState::kDone);
  record.fingerprint = fingerprint;
  return record;
}

}  // namespace

TEST_CASE("The last success of a task is known, in the order of publishing") {
  StoreFixture fixture;
  const auto records = open_task_records(fixture.path());
  CHECK_FALSE(records->success("t.A").value());
  REQUIRE(fixture.write({run_started(kRun), planned(kRun, "t.A"), planned(kRun, "t.B"),
                         started(AttemptId(1), kRun, "t.A"), started(AttemptId(2), kRun, "t.B"),
                         success(AttemptId(2), "of B"), success(AttemptId(1), "of A")}));
  const auto a = records->success("t.A").value();
  const auto b = records->success("t.B").value();
  REQUIRE(a);
  REQUIRE(b);
  CHECK(a->position > b->position);
  CHECK(a->fingerprint == "of A");
  CHECK(a->at == at(3'000'000));
  const RunId later(8);
  REQUIRE(fixture.write({run_started(later), planned(later, "t.B"),
                         started(AttemptId(3), later, "t.B"), success(AttemptId(3), "new")}));
  CHECK(records->success("t.B").value()->position > a->position);
  CHECK(records->success("t.B").value()->fingerprint == "new");
  REQUIRE(fixture.write({planned(later, "t.A"), started(AttemptId(4), later, "t.A"),
                         ended(AttemptId(4), TaskState::kFailed)}));
  CHECK(records->success("t.A").value()->fingerprint == "of A");
}

TEST_CASE("What a task emitted is that of its last success") {
  StoreFixture fixture;
  const auto records = open_task_records(fixture.path());
  AttemptEnded one = success(AttemptId(1), "");
  one.emitted = {{"rows", "3"}, {"note", "\"x\""}};
  AttemptEnded failed = ended(AttemptId(2), TaskState::kFailed);
  failed.emitted = {{"rows", "99"}};
  REQUIRE(fixture.write(
      {run_started(kRun), planned(kRun, "t.A"), started(AttemptId(1), kRun, "t.A"), one}));
  REQUIRE(fixture.write({run_started(RunId(8)), planned(RunId(8), "t.A"),
                         started(AttemptId(2), RunId(8), "t.A"), failed}));
  const auto emitted = records->emitted("t.A").value();
  REQUIRE(emitted.size() == 2);
  CHECK(emitted[0] == std::pair<std::string, std::string>("note", "\"x\""));
  CHECK(emitted[1] == std::pair<std::string, std::string>("rows", "3"));
  CHECK(records->emitted("t.B").value().empty());
}

TEST_CASE("A task is marked by a person or by its success") {
  StoreFixture fixture;
  const auto records = open_task_records(fixture.path());
  AttemptEnded done = success(AttemptId(1), "");
  done.marks = true;
  CHECK_FALSE(records->marked("Approved(date=2015-09-18)").value());
  REQUIRE(fixture.write({TaskMarked{"Approved(date=2015-09-18)", "ann", at(5)}, run_started(kRun),
                         planned(kRun, "Load"), started(AttemptId(1), kRun, "Load"), done}));
  CHECK(records->marked("Approved(date=2015-09-18)").value());
  CHECK(records->marked("Load").value());
  CHECK_FALSE(records->marked("Approved").value());
  REQUIRE(fixture.write({TaskMarked{"Load", "ann", at(6)}}));
  CHECK(records->marked("Load").value());
}

TEST_CASE("Where there is no record nothing is known, and a damaged one is an error") {
  const TempDir dir;
  const auto records = open_task_records(dir.database());
  CHECK_FALSE(records->marked("A").value());
  CHECK_FALSE(records->success("A").value());
  CHECK(records->emitted("A").value().empty());
  std::ofstream(dir.database()) << std::string(5000, 'x');
  CHECK(records->marked("A").error().code == Code::kCorrupt);
}

}  // namespace moondial::task_reader_test
