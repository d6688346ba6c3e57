// A daemon is killed at random moments over a busy schedule whose commands outlive it.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>

#include "tests/catch.h"
#include "tests/e2e/daemon.h"

namespace moondial::e2e::daemon_kills_test {
namespace {

int number_of(const char* name, int usual) {
  const char* const text = std::getenv(name);
  return text == nullptr ? usual : std::atoi(text);
}

/// One line of what SQL answers about the record.
std::string ask(const Project& project, const std::string& sql) {
  const Finished answer =
      run_program({"sqlite3", (project / ".moondial/moondial.db").string(), sql}, project.root());
  return answer.out.substr(0, answer.out.find('\n'));
}

/// Each line once.
std::vector<std::string> once(const SpecProject& project, const std::string& file) {
  std::vector<std::string> lines = project.lines(file);
  std::ranges::sort(lines);
  const auto twice = std::ranges::adjacent_find(lines);
  if (twice != lines.end()) FAIL_CHECK(*twice << " is twice in " << file);
  return lines;
}

}  // namespace

// MOONDIAL_DAEMON_KILLS=200 for a campaign, with MOONDIAL_SEED for another one.
TEST_CASE("kill -9 of the daemon over a busy schedule: no firing, no command is lost or doubled") {
  const SpecProject project(R"lua(
    task "Tick" { params = { at = param.time },
      sh = "echo ${at} >> begun; sleep 2; echo ${at} >> ended" }
    schedule "tick" { cron = "* * * * * *", tz = "UTC", catchup = "all", catchup_limit = 10000,
      overlap = "parallel", start = function(at) return tasks.Tick{ at = at.time } end }
  )lua");
  project.write("moondial.lua", "return { jobs = 1000 }");
  const int kills = number_of("MOONDIAL_DAEMON_KILLS", 6);
  const int seed = number_of("MOONDIAL_SEED", 1);
  std::mt19937 random(static_cast<unsigned>(seed));
  for (int i = 0; i < kills; ++i) {
    Running daemon = project.start({"serve"});
    // Every third one does not get as far as that.
    if (i % 3 != 2) daemon.wait_for_output(" serves ");
    const auto due = std::chrono::steady_clock::now() + std::chrono::milliseconds(random() % 1500);
    wait_until("the moment", [&] { return std::chrono::steady_clock::now() > due; });
    daemon.signal(SIGKILL);
    (void)daemon.finish();
  }
  Daemon daemon(project);
  (void)project.command({"pause", "tick"});
  wait_until("what is open", [&] {
    return ask(project,
               "SELECT (SELECT count(*) FROM runs WHERE ended IS NULL) + "
               "(SELECT count(*) FROM firings WHERE state = 0)") == "0";
  });
  daemon.end();
  project.wait_for_engine_end();

  // Every second from the first to the last has one firing, and each of them a run of its own.
  CHECK(ask(project,
            "SELECT count(*) = 1 + (max(instant) - min(instant)) / 1000000 FROM firings") == "1");
  CHECK(ask(project, "SELECT count(*) FROM firings WHERE state <> 1") == "0");
  const std::string firings = ask(project, "SELECT count(*) FROM firings");
  CHECK(ask(project, "SELECT count(DISTINCT run) FROM firings") == firings);
  CHECK(ask(project, "SELECT count(*) FROM run_list WHERE state = 'done'") == firings);
  // Every command ran once, and its exit is recorded.
  const auto begun = once(project, "begun"), ended = once(project, "ended");
  CHECK(begun == ended);
  CHECK(std::to_string(ended.size()) == firings);
  CHECK(ask(project, "SELECT count(*) FROM attempt_list WHERE state = 'done' AND exit = 0") ==
        firings);
  CHECK(ask(project, "SELECT count(*) FROM attempt_list WHERE state NOT IN ('done', 'lost')") ==
        "0");
  CHECK(project.integrity() == "ok\n");
  if (kills > 6) std::cout << kills << " daemons killed, " << firings << " firings\n";
}

}  // namespace moondial::e2e::daemon_kills_test
