// A process that writes is killed with SIGKILL, again and again, on one database.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "fixture.h"
#include "tests/catch.h"

namespace moondial::durability_test {

using namespace moondial::test;  // NOLINT

namespace {

/// Attempts from start to end, several under way at once; the number of each goes to `fd` when its
/// success is durable. Never returns.
[[noreturn]] void write_for_ever(const std::string& path, int fd) {
  PostLoop loop;
  auto opened = SqliteStore::open(loop, path);
  if (!opened.ok()) _exit(2);
  Store& store = **opened;
  store.on_fatal([](const Status&) { _exit(3); });
  const RunId run = store.next_run();
  store.write({run_started(run)}, {});
  int under_way = 0;
  const auto start_one = [&] {
    const AttemptId attempt = store.next_attempt();
    const std::string id = "t.A(n=" + std::to_string(attempt.value) + ")";
    AttemptStarted start = started(attempt, run, id);
    start.outputs = {"/p/a"};
    store.write({planned(run, id), start}, [&store, &under_way, run, attempt, id, fd] {
      store.write({PublishIntent{attempt, {{"/p/a", "/p/~"}}}}, {});
      AttemptEnded end = ended(attempt);
      end.emitted = {{"n", std::to_string(attempt.value)}};
      store.write({end, ended(run, id)}, [&under_way, attempt, fd] {
        --under_way;
        if (::write(fd, &attempt.value, sizeof attempt.value) != sizeof attempt.value) _exit(4);
      });
    });
    ++under_way;
  };
  for (;;) {
    while (under_way < 16) start_one();
    loop.run_until([&] { return under_way < 16; });
  }
}

/// Kills the writer when it has reported `count` successes; returns all that it reported.
std::vector<uint64_t> write_and_kill(const std::string& path, size_t count) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(pipe[0]);
    write_for_ever(path, pipe[1]);
  }
  ::close(pipe[1]);
  std::vector<uint64_t> reported;
  uint64_t attempt = 0;
  while (reported.size() < count && ::read(pipe[0], &attempt, sizeof attempt) == sizeof attempt) {
    reported.push_back(attempt);
  }
  ::kill(child, SIGKILL);
  while (::read(pipe[0], &attempt, sizeof attempt) == sizeof attempt) reported.push_back(attempt);
  ::close(pipe[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  return reported;
}

}  // namespace

TEST_CASE("What was reported before a kill is there after it") {
  const TempDir dir;
  const std::string path = dir.database();
  std::set<uint64_t> reported;
  for (size_t round = 0; round < 24; ++round) {
    // Every third one is killed while it makes, opens or recovers the database.
    const size_t count = round % 3 == 0 ? 0 : 1 + round * 13 % 60;
    for (const uint64_t attempt : write_and_kill(path, count)) {
      CHECK(reported.insert(attempt).second);  // no id is used twice
    }
    PostLoop loop;
    auto store = SqliteStore::open(loop, path);
    REQUIRE(store.ok());
    CHECK(query(path, "PRAGMA integrity_check") == "ok");
    CHECK(query(path, "PRAGMA foreign_key_check").empty());
    // Ends that nobody reported may be there; open attempts have no end, and ended ones no intent.
    CHECK(query(path,
                "SELECT count(*) FROM open_outputs o JOIN attempts a ON a.id = o.attempt "
                "WHERE a.ended IS NOT NULL") == "0");
    CHECK(query(path,
                "SELECT count(*) FROM tasks t JOIN attempts a ON a.task = t.id "
                "WHERE (a.ended IS NULL) <> (t.ended IS NULL)") == "0");
    const std::string missing =
        query(path,
              "SELECT count(*) FROM attempts a JOIN emitted e ON e.attempt = a.id "
              "WHERE a.state = 5 AND e.value = a.id");
    CHECK(std::stoull(missing) >= reported.size());
    for (const uint64_t attempt : reported) {
      CHECK(query(path, "SELECT state FROM attempts WHERE id = " + std::to_string(attempt)) == "5");
    }
    const uint64_t last = reported.empty() ? 0 : *reported.rbegin();
    CHECK((*store)->next_attempt().value > last);
  }
  CHECK(reported.size() > 300);
}

}  // namespace moondial::durability_test
