// Who follows a run while the daemon that runs it ends, and another one comes.
#include <algorithm>
#include <optional>

#include "tests/catch.h"
#include "tests/e2e/daemon.h"

namespace moondial::e2e::follow_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kGone = "the engine went away; waiting for the next one";

/// Tasks that work until there is a file `go`; of 3 the task fails. Who follows has heard of Quick.
constexpr const char* kLong = R"lua(
  task "Quick" { params = { n = param.int }, output = "quick/${n}", sh = "touch ${output}" }
  task "Long" { params = { n = param.int }, output = "out/${n}",
    requires = function(t) return tasks.Quick{ n = t.n } end, sh = [[
    echo begun ${n}; echo ${n} >> log
    until [ -e more ]; do sleep 0.02; done; echo more ${n}
    until [ -e go ]; do sleep 0.02; done
    echo said ${n}; [ ${n} != 3 ] && touch ${output}
  ]] }
)lua";

void wait_for_lines(const SpecProject& project, size_t count) {
  wait_until("the work", [&] { return project.lines("log").size() == count; });
}

}  // namespace

TEST_CASE("who follows a run goes on with the next daemon, to the end of the run") {
  const SpecProject project(kLong);
  const bool killed = GENERATE(false, true);
  project.write("moondial.lua", "return { jobs = 10 }");
  std::optional<Daemon> daemon(project);
  std::vector<Running> followers;
  followers.push_back(project.start({"run", "Long", "n=1"}));
  wait_for_lines(project, 1);
  followers.push_back(project.start({"run", "Long", "n=3"}));
  followers.push_back(project.start({"run", "Long", "n=4", "--json"}));
  followers.push_back(project.start({"backfill", "Long", "n=5..6"}));
  wait_for_lines(project, 5);
  followers.push_back(project.start({"logs", "1", "-f"}));
  followers.back().wait_for_output("begun 1");
  project.write("more", "");
  followers.back().wait_for_output("more 1");
  for (const size_t i : {0, 1, 2, 3}) {
    const std::vector<std::string> heard = {"n=1", "n=3", "n=4", "n=6"};
    followers[i].wait_for_output("Quick(" + heard[i] + ")");
  }
  killed ? daemon->kill() : (void)daemon->end();
  for (Running& one : followers) one.wait_for_output(kGone);
  daemon.emplace(project);
  project.write("go", "");
  std::vector<Finished> ends;
  for (Running& one : followers) ends.push_back(one.finish());
  for (size_t i = 0; i < ends.size(); ++i) {
    INFO(i << ": " << ends[i].all());
    CHECK(ends[i].code == (i == 1 ? 1 : 0));
    CHECK_THAT(ends[i].err, ContainsSubstring(kGone));
  }
  CHECK_THAT(ends[1].out, ContainsSubstring("said 3"));  // the end of the failed task's log
  CHECK(ends[2].json()["state"] == "done");
  CHECK_THAT(ends[4].out, ContainsSubstring("said 1"));
  CHECK(std::ranges::count(project.lines("log"), "1") == 1);  // and no task ran twice
  CHECK(project.lines("log").size() == 5);
  daemon->end();
}

TEST_CASE("who follows a run and finds no daemon in time says which run it was") {
  const SpecProject project(kLong);
  Daemon daemon(project);
  const std::map<std::string, std::string> soon = {{"MOONDIAL_ENGINE_WAIT", "1s"}};
  Running run = project.start({"run", "Long", "n=1"}, soon);
  wait_for_lines(project, 1);
  run.wait_for_output("Quick(n=1)");
  Running logs = project.start({"logs", "1", "-f"}, soon);
  logs.wait_for_output("begun 1");
  project.write("more", "");
  logs.wait_for_output("more 1");
  daemon.kill();
  for (Running* one : {&run, &logs}) {
    const Finished end = one->finish();
    INFO(end.all());
    CHECK(end.code == 1);
    CHECK_THAT(end.err, ContainsSubstring(kGone));
    CHECK_THAT(end.err, ContainsSubstring("run 1") && ContainsSubstring("moondial show 1"));
  }
  project.write("go", "");
  // It goes on with the next one.
  Daemon next(project);
  wait_until("its end", [&] { return project.json({"show", "1"})["state"] == "done"; });
  next.end();
}

TEST_CASE("who waits for the next daemon may leave with Ctrl-C") {
  const SpecProject project(kLong);
  Daemon daemon(project);
  Running run = project.start({"run", "Long", "n=1"});
  wait_for_lines(project, 1);
  run.wait_for_output("Quick(n=1)");
  daemon.kill();
  run.wait_for_output(kGone);
  run.signal(SIGINT);
  project.write("more", "");
  const Finished end = run.finish();
  CHECK(end.code == 130);
  CHECK_THAT(end.err, ContainsSubstring("run 1 goes on with the next engine"));
  project.write("go", "");
  (void)project.command({"show", "1"});
}

}  // namespace moondial::e2e::follow_test
