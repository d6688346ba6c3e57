// Each write, sync and truncation of the database fails in turn: what was reported as durable is
// there afterwards, the rest is there whole or not at all, and the store says that it has failed.
#include <set>

#include "fault_vfs.h"
#include "fixture.h"
#include "tests/catch.h"
#include "tests/large.h"

namespace moondial::fault_test {

using namespace moondial::test;  // NOLINT

namespace {

constexpr uint64_t kWrites = 6;

/// A call whose records only make sense together.
std::vector<Record> records_of(uint64_t n) {
  const RunId run(n);
  const AttemptId attempt(n);
  std::vector<Record> records = {run_started(run),
                                 planned(run, "t.A"),
                                 started(attempt, run, "t.A"),
                                 PublishIntent{attempt, {{"/a", "/b"}}},
                                 ended(attempt),
                                 ended(run, "t.A"),
                                 RunFinished{run, RunState::kDone, at(5), {}}};
  // Enough to need several pages.
  for (int i = 0; i < 40; ++i) records.emplace_back(planned(run, "t.B" + std::to_string(i)));
  return records;
}

struct Outcome {
  std::set<uint64_t> durable;
  bool opened = false;
  int fatal = 0;
};

Outcome use_store(const std::string& path) {
  Outcome outcome;
  PostLoop loop;
  auto store = SqliteStore::open(loop, path);
  outcome.opened = store.ok();
  if (!outcome.opened) {
    CHECK_THAT(store.error().message, Catch::Matchers::ContainsSubstring(path));
    return outcome;
  }
  (*store)->on_fatal([&](const Status& status) {
    ++outcome.fatal;
    CHECK_THAT(status.error().message, Catch::Matchers::ContainsSubstring(path));
  });
  for (uint64_t n = 1; n <= kWrites; ++n) {
    (*store)->write(records_of(n), [&, n] {
      CHECK(outcome.fatal == 0);
      outcome.durable.insert(n);
    });
    // Every second one joins the group of the one before, if that has not begun.
    if (n % 2 == 0) {
      loop.run_until([&] { return outcome.fatal > 0 || outcome.durable.contains(n); });
    }
  }
  (*store)->close();
  loop.run_posted();
  return outcome;
}

void check_database(const std::string& path, const std::set<uint64_t>& durable) {
  PostLoop loop;
  auto store = SqliteStore::open(loop, path);
  REQUIRE(store.ok());
  CHECK(query(path, "PRAGMA integrity_check") == "ok");
  CHECK(query(path, "PRAGMA foreign_key_check").empty());
  for (uint64_t n = 1; n <= kWrites; ++n) {
    auto found = (*store)->run(RunId(n));
    REQUIRE(found.ok());
    if (durable.contains(n)) REQUIRE(found->has_value());
    if (!*found) continue;
    CHECK((*found)->run.state == RunState::kDone);
    CHECK((*found)->tasks.size() == 41);
    CHECK((*found)->tasks[0].attempts.at(0).state == TaskState::kDone);
  }
  CHECK((*store)->open_attempts().value().empty());
}

}  // namespace

TEST_CASE("Each file operation of a database fails in turn") {
  using Tear = FaultVfs::Tear;
  const auto [code, repeat, tear] = GENERATE(table<int, FaultVfs::Repeat, Tear>({
      {SQLITE_FULL, FaultVfs::Repeat::kForEver, Tear::kNo},
      {SQLITE_FULL, FaultVfs::Repeat::kOnce, Tear::kNo},
      {SQLITE_IOERR_WRITE, FaultVfs::Repeat::kOnce, Tear::kYes},
      {SQLITE_IOERR_FSYNC, FaultVfs::Repeat::kOnce, Tear::kNo},
  }));
  FaultVfs vfs;
  int64_t faults = 0;
  for (int64_t nth = 0;; nth += kSanitized ? 5 : 1) {
    const TempDir dir;
    vfs.fail(nth, code, repeat, tear);
    const Outcome outcome = use_store(dir.database());
    const bool faulted = vfs.operations() > nth;
    vfs.heal();
    CAPTURE(code, tear == Tear::kYes, repeat == FaultVfs::Repeat::kOnce, nth,
            outcome.durable.size());
    // All is well, or somebody is told.
    if (outcome.opened && outcome.durable.size() < kWrites) CHECK(outcome.fatal == 1);
    check_database(dir.database(), outcome.durable);
    if (!faulted) {
      CHECK(outcome.durable.size() == kWrites);
      break;
    }
    ++faults;
  }
  CHECK(faults > (kSanitized ? 10 : 50));
}

TEST_CASE("A full disk is said to be full, and what is recorded stays readable") {
  FaultVfs vfs;
  StoreFixture fixture;
  REQUIRE(fixture.write(records_of(1)));
  vfs.fail(0, SQLITE_FULL, FaultVfs::Repeat::kForEver);
  CHECK_FALSE(fixture.write(records_of(2)));
  REQUIRE(fixture.fatal.size() == 1);
  CHECK(fixture.fatal[0].error().code == Code::kUnavailable);
  CHECK_THAT(fixture.fatal[0].error().message,
             Catch::Matchers::ContainsSubstring("no space is left"));
  CHECK(fixture.store().run(RunId(1)).value().has_value());
  CHECK(fixture.store().runs(10, RunId(), {}).value().size() == 1);
  vfs.heal();
  fixture.reopen();
  REQUIRE(fixture.write(records_of(3)));
}

}  // namespace moondial::fault_test
