// An engine is killed after a prepared attempt has started, and before its row is durable.
#include "store/start_notes.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "fixture.h"
#include "tests/catch.h"

namespace moondial::start_notes_test {

using namespace moondial::store;  // NOLINT
using namespace moondial::test;   // NOLINT

namespace {

/// Prepares attempts 1 to 3; 1 starts and that is durable, 2 starts and nothing is durable any
/// more.
[[noreturn]] void start_and_die(const std::string& path) {
  PostLoop loop;
  auto opened = SqliteStore::open(loop, path);
  if (!opened.ok()) _exit(2);
  SqliteStore& store = **opened;
  int durable = 0;
  const auto count = [&] { ++durable; };
  const auto start = [&](uint64_t id) {
    AttemptStarted record = started(AttemptId(id), RunId(1), "t." + std::to_string(id));
    record.prepared = true;
    record.at = at(static_cast<int64_t>(id));
    store.write({record}, count);
  };
  std::vector<Record> records{run_started(RunId(1))};
  for (uint64_t id = 1; id <= 3; ++id) {
    records.emplace_back(planned(RunId(1), "t." + std::to_string(id)));
    records.emplace_back(AttemptPrepared{AttemptId(id), "t." + std::to_string(id), {"/p/a"}});
  }
  store.write(records, count);
  start(1);
  loop.run_until([&] { return durable == 2; });
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");  // the writer waits
  start(2);
  ::kill(::getpid(), SIGKILL);
  _exit(3);
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("A prepared attempt that has started is told from one that has not, after a kill") {
  const TempDir dir;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) start_and_die(dir.database());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));

  PostLoop loop;
  const auto found = [&] {
    return (*SqliteStore::open(loop, dir.database()))->prepared_attempts().value();
  };
  auto prepared = found();
  REQUIRE(prepared.size() == 2);
  CHECK(prepared[0].attempt == AttemptId(2));
  CHECK(prepared[0].may_have_started);
  CHECK(prepared[0].started == at(2));
  CHECK(prepared[1].attempt == AttemptId(3));
  CHECK_FALSE(prepared[1].may_have_started);

  SECTION("after the death of the machine all of them may have") {
    const std::string notes = text_of(dir.database() + "-starts");
    std::ofstream(dir.database() + "-starts") << "boot another" << notes.substr(notes.find('\n'));
  }
  SECTION("without notes, too") { REQUIRE(::unlink((dir.database() + "-starts").c_str()) == 0); }
  prepared = found();
  REQUIRE(prepared.size() == 2);
  const bool is_known = prepared[0].started.has_value();
  CHECK(prepared[0].may_have_started);
  CHECK(prepared[1].may_have_started == !is_known);
}

TEST_CASE("Recovery leaves the notes of the dead engine until it is done") {
  const TempDir dir;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) start_and_die(dir.database());
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  const std::string notes = text_of(dir.database() + "-starts");
  PostLoop loop;
  const auto store = std::move(SqliteStore::open(loop, dir.database())).value();
  AttemptStarted record = started(AttemptId(2), RunId(1), "t.2");
  record.prepared = true;
  store->write({record, ended(AttemptId(2), TaskState::kLost), AttemptDropped{AttemptId(3)}}, {});
  REQUIRE(store->flush().ok());
  CHECK(text_of(dir.database() + "-starts") == notes);
  CHECK(store->prepared_attempts().value().empty());
  bool durable = false;
  store->write({AttemptPrepared{AttemptId(4), "t.3", {}}}, [&] { durable = true; });
  loop.run_until([&] { return durable; });
  CHECK(store->prepared_attempts().value().at(0).may_have_started == false);
}

TEST_CASE("Notes of an earlier engine go when something is prepared, and do not grow for ever") {
  const TempDir dir;
  const std::string path = dir.path() + "/starts";
  {
    StartNotes notes(path);
    notes.begin();
    notes.started(AttemptId(1), at(1));
  }
  StartNotes notes(path);
  CHECK(notes.read().value().contains(AttemptId(1)));
  notes.begin();
  CHECK(notes.read().value().empty());
  struct stat info {};
  for (uint64_t id = 1; id < 200'000; ++id) {
    notes.started(AttemptId(id), at(1'000'000'000));
    if (id % 7 == 0) {  // now and then all of them are durable
      for (int i = 0; i < 7; ++i) notes.kept();
      if (id % 7000 == 0) CHECK(notes.read().value().contains(AttemptId(id)));
    }
    REQUIRE(::stat(path.c_str(), &info) == 0);
    REQUIRE(info.st_size < 2 << 20);
  }
}

TEST_CASE("A note that cannot be written makes all of them worthless") {
  const TempDir dir;
  const std::string path = dir.path() + "/starts";
  REQUIRE(::mkdir(path.c_str(), 0700) == 0);
  StartNotes notes(path);
  notes.begin();
  notes.started(AttemptId(1), at(1));
  CHECK_FALSE(notes.read().has_value());
}

}  // namespace moondial::start_notes_test
