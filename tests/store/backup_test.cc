// Copies of the record: of one moment, complete, or not there at all.
#include "store/backup.h"

#include <sys/stat.h>

#include <filesystem>

#include "fixture.h"
#include "tests/catch.h"

namespace moondial::backup_test {
namespace {

using namespace test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

}  // namespace

TEST_CASE("A copy is of one moment, and a record like any other") {
  StoreFixture fixture;
  const TempDir elsewhere;
  const std::string to = elsewhere.database() + ".copy";
  REQUIRE(fixture.write({run_started(RunId(1)), planned(RunId(1), "t.A")}));
  std::optional<Status> answer;
  fixture.store().back_up(to, [&](const Status& status) { answer = status; });
  fixture.loop.run_until([&] { return answer.has_value(); });
  REQUIRE(answer->ok());
  REQUIRE(fixture.write({run_started(RunId(2))}));
  for (const char* pragma : {"PRAGMA user_version", "PRAGMA application_id"}) {
    CHECK(query(to, pragma) == fixture.query(pragma));
  }
  CHECK(query(to, "PRAGMA integrity_check") == "ok");
  struct stat info {};
  REQUIRE(::stat(to.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK_FALSE(fs::exists(to + "-wal"));
  PostLoop loop;
  auto copy = SqliteStore::open(loop, to);
  REQUIRE(copy.ok());
  CHECK((*copy)->run(RunId(1)).value()->tasks.size() == 1);
  CHECK_FALSE((*copy)->run(RunId(2)).value());
}

TEST_CASE("A copy that cannot be made leaves nothing, and nothing is overwritten") {
  StoreFixture fixture;
  const TempDir elsewhere;
  const std::string there = elsewhere.database();
  REQUIRE(store::back_up(fixture.path(), there).ok());
  const auto size = fs::file_size(there);
  const Status again = store::back_up(fixture.path(), there);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code == Code::kConflict);
  CHECK(fs::file_size(there) == size);
  const Status nowhere = store::back_up(fixture.path(), there + ".d/x/copy.db");
  REQUIRE_FALSE(nowhere.ok());
  CHECK_THAT(nowhere.error().message, ContainsSubstring("copy.db"));
  const Status none = store::back_up(there + ".none", there + ".copy");
  CHECK_FALSE(none.ok());
  CHECK_FALSE(fs::exists(there + ".copy"));
  CHECK_FALSE(fs::exists(there + ".copy.part"));
}

}  // namespace moondial::backup_test
