#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>

#include <SQLiteCpp/SQLiteCpp.h>

#include "fixture.h"
#include "store/connection.h"
#include "store/migrations.h"
#include "store/network_filesystem.h"
#include "tests/catch.h"

namespace moondial::open_test {

using namespace moondial::test;  // NOLINT
using Catch::Matchers::ContainsSubstring;

namespace {

Error open_error(const std::string& path) {
  PostLoop loop;
  auto opened = SqliteStore::open(loop, path);
  REQUIRE_FALSE(opened.ok());
  CHECK_THAT(opened.error().message, ContainsSubstring(path));
  return opened.error();
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void execute(const std::string& path, const std::string& sql) {
  SQLite::Database db(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 1000);
  db.exec(sql);
}

/// A database with a few hundred pages, closed.
void fill(const std::string& path) {
  PostLoop loop;
  auto store = SqliteStore::open(loop, path);
  REQUIRE(store.ok());
  std::vector<Record> records = {run_started(RunId(1))};
  for (int i = 0; i < 5000; ++i)
    records.emplace_back(planned(RunId(1), "t.A(n=" + std::to_string(i) + ")"));
  (*store)->write(std::move(records), {});
  (*store)->close();
}

mode_t mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

}  // namespace

TEST_CASE("The database and what belongs to it are private") {
  const mode_t before = ::umask(0);
  StoreFixture fixture;
  REQUIRE(fixture.write({run_started(RunId(1))}));
  ::umask(before);
  CHECK(mode_of(fixture.path()) == 0600);
  CHECK(mode_of(fixture.path() + "-wal") == 0600);
  CHECK(mode_of(fixture.path() + "-shm") == 0600);
}

TEST_CASE("A new database has our mark, version and settings") {
  StoreFixture fixture;
  CHECK(fixture.query("PRAGMA application_id") == std::to_string(store::kApplicationId));
  CHECK(fixture.query("PRAGMA user_version") == std::to_string(store::steps().size()));
  CHECK(fixture.query("PRAGMA journal_mode") == "wal");
  CHECK(fixture.query("PRAGMA foreign_key_check").empty());
}

TEST_CASE("The words in the database are the words of the program") {
  StoreFixture fixture;
  const auto word = [&](const std::string& table, int id) {
    return fixture.query("SELECT word FROM " + table + " WHERE id = " + std::to_string(id));
  };
  for (int i = 0; i <= static_cast<int>(TaskState::kLost); ++i) {
    CHECK(word("task_states", i) == to_string(static_cast<TaskState>(i)));
  }
  for (int i = 0; i <= static_cast<int>(RunState::kLost); ++i) {
    CHECK(word("run_states", i) == to_string(static_cast<RunState>(i)));
  }
}

TEST_CASE("An empty file is a new database") {
  const TempDir dir;
  write_file(dir.database(), "");
  PostLoop loop;
  CHECK(SqliteStore::open(loop, dir.database()).ok());
}

TEST_CASE("What cannot be a database is refused") {
  const TempDir dir;
  SECTION("a directory") {
    std::filesystem::create_directory(dir.database());
    CHECK(open_error(dir.database()).code == Code::kInvalid);
  }
  SECTION("no directory to be in") {
    CHECK(open_error(dir.path() + "/missing/moondial.db").code == Code::kIo);
  }
  SECTION("some other file") {
    const std::string text(10'000, 'x');
    write_file(dir.database(), text);
    const Error error = open_error(dir.database());
    CHECK(error.code == Code::kCorrupt);
    CHECK_THAT(error.message, ContainsSubstring("not a database"));
    CHECK(std::filesystem::file_size(dir.database()) == text.size());
  }
  SECTION("another program's database") {
    execute(dir.database(), "CREATE TABLE theirs(x)");
    const Error error = open_error(dir.database());
    CHECK(error.code == Code::kCorrupt);
    CHECK_THAT(error.message, ContainsSubstring("another program"));
    CHECK(query(dir.database(), "PRAGMA journal_mode") == "delete");
  }
  SECTION("another program's database with a mark of its own") {
    execute(dir.database(), "PRAGMA application_id = 77");
    CHECK(open_error(dir.database()).code == Code::kCorrupt);
  }
}

TEST_CASE("A newer database is refused and stays as it is") {
  const TempDir dir;
  fill(dir.database());
  execute(dir.database(), "PRAGMA user_version = 99");
  const Error error = open_error(dir.database());
  CHECK(error.code == Code::kConflict);
  CHECK_THAT(error.message, ContainsSubstring("newer moondial"));
  CHECK_THAT(error.message, ContainsSubstring("99"));
  CHECK(query(dir.database(), "PRAGMA user_version") == "99");
  CHECK(query(dir.database(), "SELECT count(*) FROM tasks") == "5000");
}

TEST_CASE("A damaged database is refused or said to be damaged when the damage is met") {
  const TempDir dir;
  fill(dir.database());
  const auto size = std::filesystem::file_size(dir.database());
  SECTION("cut off") {
    std::filesystem::resize_file(dir.database(), size / 2);
    CHECK(open_error(dir.database()).code == Code::kCorrupt);
  }
  SECTION("its first page is gone") {
    std::fstream file(dir.database(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(3996, '\xa5');
    file.close();
    CHECK(open_error(dir.database()).code == Code::kCorrupt);
  }
  SECTION("holes in the middle") {
    REQUIRE(size > 130 * 4096);
    std::fstream file(dir.database(), std::ios::in | std::ios::out | std::ios::binary);
    for (size_t page = 100; page < 120; ++page) {  // beyond the roots of all tables
      file.seekp(static_cast<std::streamoff>(page * 4096));
      file << std::string(64, '\xa5');
    }
    file.close();
    PostLoop loop;
    auto store = SqliteStore::open(loop, dir.database());
    REQUIRE(store.ok());
    auto found = (*store)->run(RunId(1));
    REQUIRE_FALSE(found.ok());
    CHECK(found.error().code == Code::kCorrupt);
    CHECK_THAT(found.error().message, ContainsSubstring(dir.database() + " is damaged"));
  }
  SECTION("a table is missing") {
    execute(dir.database(), "PRAGMA foreign_keys = OFF; DROP TABLE emitted");
    const Error error = open_error(dir.database());
    CHECK(error.code == Code::kCorrupt);
    CHECK_THAT(error.message, ContainsSubstring("no such table: emitted"));
  }
  SECTION("a state that does not exist") {
    execute(dir.database(), "UPDATE tasks SET state = 77 WHERE id = 9");
    PostLoop loop;
    auto store = SqliteStore::open(loop, dir.database());
    REQUIRE(store.ok());
    auto found = (*store)->run(RunId(1));
    REQUIRE_FALSE(found.ok());
    CHECK(found.error().code == Code::kCorrupt);
  }
}

TEST_CASE("Rows that make no sense are damage, and no reason to crash") {
  const TempDir dir;
  PostLoop loop;
  {
    auto store = SqliteStore::open(loop, dir.database());
    REQUIRE(store.ok());
    (*store)->write({run_started(RunId(1)), planned(RunId(1), "t.A"), planned(RunId(1), "t.B"),
                     started(AttemptId(1), RunId(1), "t.A"), ended(AttemptId(1)),
                     started(AttemptId(2), RunId(1), "t.B")},
                    {});
    (*store)->close();
    loop.run_posted();
  }
  const auto succeed_once_more = [&] {
    auto store = SqliteStore::open(loop, dir.database());
    REQUIRE(store.ok());
    (*store)->write({started(AttemptId(9), RunId(1), "t.A"), ended(AttemptId(9))}, {});
    const Status flushed = (*store)->flush();
    (*store)->close();
    loop.run_posted();
    return flushed;
  };
  SECTION("the ids are used up") {
    const char* const table = GENERATE("runs", "tasks", "attempts", "events");
    CAPTURE(table);
    execute(dir.database(), std::string("PRAGMA foreign_keys = OFF; UPDATE ") + table +
                                " SET id = 9223372036854775807 WHERE id = (SELECT max(id) FROM " +
                                table + ")");
    const Error error = open_error(dir.database());
    CHECK(error.code == Code::kCorrupt);
    CHECK_THAT(error.message, ContainsSubstring("no further id"));
  }
  SECTION("the usual duration of a task is of no samples") {
    execute(dir.database(), "UPDATE durations SET samples = -1");
    CHECK(succeed_once_more().ok());
    CHECK(query(dir.database(), "SELECT samples FROM durations") == "1");
  }
  SECTION("the usual duration of a task is beyond all measure") {
    execute(dir.database(), "UPDATE durations SET mean_us = -9223372036854775807, samples = 3");
    {
      auto store = SqliteStore::open(loop, dir.database());
      REQUIRE(store.ok());
      CHECK((*store)->usual_durations().value().empty());
    }
    CHECK(succeed_once_more().ok());
    CHECK(query(dir.database(), "SELECT mean_us >= 0 FROM durations") == "1");
  }
  SECTION("a count of tasks is beyond all measure") {
    execute(dir.database(), "UPDATE run_counts SET count = 9223372036854775807");
    const Status flushed = succeed_once_more();
    REQUIRE_FALSE(flushed.ok());
    CHECK(flushed.error().code == Code::kCorrupt);
  }
  SECTION("an attempt began before all time") {
    execute(dir.database(), "UPDATE attempts SET started = -9223372036854775807, ended = 1");
    auto store = SqliteStore::open(loop, dir.database());
    REQUIRE(store.ok());
    CHECK((*store)->run(RunId(1)).error().code == Code::kCorrupt);
  }
  SECTION("an open attempt is of no task") {
    execute(dir.database(), "PRAGMA foreign_keys = OFF; UPDATE attempts SET task = 99");
    auto store = SqliteStore::open(loop, dir.database());
    REQUIRE(store.ok());
    const auto open = (*store)->open_attempts();
    REQUIRE_FALSE(open.ok());
    CHECK(open.error().code == Code::kCorrupt);
    CHECK_THAT(open.error().message, ContainsSubstring("attempt 2"));
  }
  SECTION("parameters are no bytes") {
    execute(dir.database(), "UPDATE tasks SET params = '{\"n\": {\"hex\": \"zz\"}}'");
    auto store = SqliteStore::open(loop, dir.database());
    REQUIRE(store.ok());
    CHECK((*store)->run(RunId(1)).error().code == Code::kCorrupt);
  }
}

TEST_CASE("A database migrates forward, a step at a time") {
  const TempDir dir;
  fill(dir.database());
  const auto migrate = [&](std::span<const char* const> steps) {
    return store::at_seam(dir.database(), [&]() -> Status {
      SQLite::Database db = store::connect(dir.database(), 1000);
      return store::migrate(db, dir.database(), steps);
    });
  };
  std::vector<const char*> steps(store::steps().begin(), store::steps().end());
  const std::string version = std::to_string(steps.size() + 1);
  steps.push_back("ALTER TABLE runs ADD COLUMN note TEXT; UPDATE runs SET note = 'kept'");
  SECTION("one step") {
    REQUIRE(migrate(steps).ok());
    CHECK(query(dir.database(), "PRAGMA user_version") == version);
    CHECK(query(dir.database(), "SELECT note FROM runs") == "kept");
    CHECK(migrate(steps).ok());
    CHECK(open_error(dir.database()).code == Code::kConflict);  // this program is older now
  }
  SECTION("a step that fails leaves the one before it") {
    steps.push_back("CREATE TABLE extra(x); UPDATE nowhere SET x = 1");
    const Status status = migrate(steps);
    REQUIRE_FALSE(status.ok());
    CHECK_THAT(status.error().message, ContainsSubstring("nowhere"));
    CHECK(query(dir.database(), "PRAGMA user_version") == version);
    CHECK(query(dir.database(), "SELECT count(*) FROM sqlite_schema WHERE name = 'extra'") == "0");
    steps.back() = "CREATE TABLE extra(x)";
    CHECK(migrate(steps).ok());
  }
}

TEST_CASE(
    "A database of version 8 keeps its runs, and learns what was complete before later ones") {
  const TempDir dir;
  {
    SQLite::Database db(dir.database(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 1000);
    REQUIRE(store::migrate(db, dir.database(), store::steps().first(8)).ok());
    db.exec(
        "INSERT INTO runs(id, kind, state, started) VALUES (7, 'run', 0, 1);"
        "INSERT INTO run_counts VALUES (7, 0, 2);"
        "INSERT INTO tasks(id, run, identity, name, params, state, why, requires, sla, "
        "sla_state) VALUES (1, 7, 't.A', 't.A', '{}', 0, '', NULL, 5, 3), "
        "(2, 7, 't.B', 't.B', '{}', 0, '', '[1]', NULL, 0)");
  }
  PostLoop loop;
  auto store = SqliteStore::open(loop, dir.database());
  REQUIRE(store.ok());
  CHECK(query(dir.database(), "PRAGMA user_version") == std::to_string(store::steps().size()));
  RunDetail old = (*store)->run(RunId(7)).value().value();
  CHECK(old.complete_before.empty());
  CHECK(old.tasks[1].requires_ == std::vector<size_t>{0});
  CHECK(old.tasks[1].more_complete == 0);
  CHECK((*store)->history().missed(at(0), 10).value().size() == 1);  // by the new index

  TaskPlanned more = planned(RunId(7), "t.C");
  more.requires_ = {"t.B", "t.Before"};
  (*store)->write({std::move(more)}, {});
  REQUIRE((*store)->flush().ok());
  old = (*store)->run(RunId(7)).value().value();
  CHECK(old.complete_before == std::vector<std::string>{"t.Before"});
  CHECK(old.tasks[2].requires_ == std::vector<size_t>{1});
  CHECK(old.tasks[2].complete_needs == std::vector<size_t>{0});
  (*store)->close();
}

TEST_CASE("A database of version 9 keeps which text each run used, each set of them once") {
  const TempDir dir;
  {
    SQLite::Database db(dir.database(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 1000);
    REQUIRE(store::migrate(db, dir.database(), store::steps().first(9)).ok());
    db.exec(
        "INSERT INTO sources(id, sha256, text) VALUES (1, 'aa', 'a'), (2, 'bb', 'b'), (3, 'cc', "
        "'c');"
        "INSERT INTO runs(id, kind, state, started, ended) VALUES (4, 'run', 1, 1, 2), "
        "(5, 'run', 1, 3, 4), (6, 'run', 1, 5, 6), (7, 'run', 1, 7, 8);"
        "INSERT INTO run_sources VALUES (4, 'p/a.lua', 1), (4, 'p/b.lua', 2), (5, 'p/a.lua', 1), "
        "(5, 'p/b.lua', 2), (6, 'p/a.lua', 3), (6, 'p/b.lua', 2)");
  }
  PostLoop loop;
  auto store = SqliteStore::open(loop, dir.database());
  REQUIRE(store.ok());
  using Sources = std::map<std::string, std::string>;
  const auto sources_of = [&](uint64_t run) { return (*store)->run(RunId(run)).value()->sources; };
  CHECK(sources_of(4) == Sources{{"p/a.lua", "aa"}, {"p/b.lua", "bb"}});
  CHECK(sources_of(5) == sources_of(4));
  CHECK(sources_of(6) == Sources{{"p/a.lua", "cc"}, {"p/b.lua", "bb"}});
  CHECK(sources_of(7).empty());
  CHECK(query(dir.database(), "SELECT count(*) FROM source_set_files") == "4");
  const auto versions = (*store)->history().versions("p/a.lua").value();
  REQUIRE(versions.size() == 2);
  CHECK(versions[0].sha256 == "cc");
  CHECK(versions[1].runs == 2);
  (*store)->close();
}

TEST_CASE("Network file systems are refused by name") {
  CHECK(network_filesystem_name(0x6969) == "NFS");
  CHECK(network_filesystem_name(0xFF534D42) == "CIFS");
  CHECK(network_filesystem_name(0xFFFFFFFFFF534D42) == "CIFS");
  CHECK(network_filesystem_name(0xEF53).empty());      // ext4
  CHECK(network_filesystem_name(0x01021994).empty());  // tmpfs
  const TempDir dir;
  CHECK(refuse_network_filesystem(dir.path()).ok());
  CHECK(refuse_network_filesystem(dir.database()).ok());
  CHECK_FALSE(refuse_network_filesystem(dir.path() + "/missing/moondial.db").ok());
}

TEST_CASE("What SQLite once counted of the tables misleads no query") {
  const TempDir dir;
  fill(dir.database());
  // As an older moondial left it: counted when there was one row.
  execute(dir.database(), "CREATE TABLE IF NOT EXISTS x(a); ANALYZE;");
  execute(dir.database(),
          "DELETE FROM sqlite_stat1; INSERT INTO sqlite_stat1 VALUES('attempts', 'attempts_task', "
          "'1 1');");
  const auto counted = [&] {
    SQLite::Database db(dir.database(), SQLite::OPEN_READONLY);
    return db.execAndGet("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'")
        .getInt();
  };
  REQUIRE(counted() > 0);
  PostLoop loop;
  auto store = SqliteStore::open(loop, dir.database());
  REQUIRE(store.ok());
  CHECK(counted() == 0);
  (*store)->close();
  CHECK(counted() == 0);
}

}  // namespace moondial::open_test
