// The daemon: schedules that fire, and what people do about them.
#include <signal.h>

#include <algorithm>
#include <optional>

#include "tests/catch.h"
#include "tests/e2e/daemon.h"

namespace moondial::e2e::serve_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kTicks = R"lua(
  task "Tick" { params = { at = param.time }, output = "ticks/${at}",
    sh = "echo $PATH > ${output}" }
  schedule "tick" { cron = "* * * * * *", tz = "UTC",
    start = function(at) return tasks.Tick{ at = at.time } end }
  schedule "nightly" { cron = "30 1 * * *", tz = "Asia/Shanghai", doc = "Everything", sla = "06:00",
    start = function(at) return tasks.Tick{ at = at.time } end }
)lua";

size_t ticks(const Project& project) {
  if (!project.exists("ticks")) return 0;
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(project / "ticks")) {
    if (!entry.path().filename().string().starts_with(".")) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("serve fires schedules, is asked like any engine, and ends when it is told to") {
  const SpecProject project(kTicks);
  Daemon daemon(project);
  wait_until("two firings", [&] { return ticks(project) >= 2; });

  const Json schedules = project.json({"schedules", "--next", "2"});
  REQUIRE(schedules.size() == 2);
  CHECK(schedules[0]["name"] == "nightly");
  CHECK(schedules[0]["meaning"] == "at 01:30 every day, Asia/Shanghai");
  CHECK(schedules[0]["next"].size() == 2);
  CHECK(schedules[0]["next"][0].get<std::string>().ends_with("T01:30:00.000+08:00"));
  CHECK(schedules[0]["last"].is_null());
  CHECK(schedules[1]["last"]["at"].is_string());
  const Json runs = project.json({"runs"});
  CHECK(runs[0]["kind"] == "schedule");

  // A second one says who it is.
  const Finished second = project.command({"serve"}, 1);
  CHECK_THAT(second.err, ContainsSubstring("this project is served already, by process " +
                                           std::to_string(daemon.process().pid())));

  const Finished out = daemon.end();
  CHECK(out.code == 0);
  CHECK_THAT(out.err, ContainsSubstring("what runs is left to the next engine"));
  CHECK(project.engine_pid() == 0);
  CHECK(project.integrity() == "ok\n");
  // Its log is there for those who look later, too.
  CHECK_THAT(project.read(".moondial/engine.log"), ContainsSubstring(" serves "));
}

TEST_CASE("the log of a daemon is five files of 10 MB at most") {
  const SpecProject project(kTicks);
  (void)project.command({"check"});
  project.wait_for_engine_end();
  const auto file = [](int number) {
    return ".moondial/engine" + (number > 0 ? "." + std::to_string(number) : "") + ".log";
  };
  for (int i = 1; i <= 4; ++i) project.write(file(i), "old " + std::to_string(i) + "\n");
  const std::string full(size_t{10} << 20, 'x');
  project.write(file(0), full);
  Daemon daemon(project);
  // Standard error has a line first.
  wait_until("its line",
             [&] { return project.read(file(0)).find(" serves ") != std::string::npos; });
  CHECK(project.read(file(0)).size() < 4096);
  CHECK(project.read(file(1)) == full);
  for (int i = 2; i <= 4; ++i) {
    CHECK(project.read(file(i)) == "old " + std::to_string(i - 1) + "\n");
  }
  CHECK_FALSE(project.exists(file(5)));
  daemon.end();
}

TEST_CASE("a schedule is paused, resumed and triggered by its name") {
  const SpecProject project(kTicks);
  Daemon daemon(project);
  wait_until("a firing", [&] { return ticks(project) >= 1; });
  CHECK_THAT(project.command({"pause", "tick"}).out, ContainsSubstring("moondial resume tick"));
  CHECK(project.json({"schedules"})[1]["paused"] == true);
  CHECK_THAT(project.command({"schedules"}).out, ContainsSubstring("paused"));
  CHECK_THAT(project.command({"pause", "tik"}, 2).err,
             ContainsSubstring("there is no schedule \"tik\"; did you mean \"tick\"?"));
  const Json run = project.json({"trigger", "nightly"});
  wait_until("its end", [&] {
    return project.json({"show", std::to_string(run["run"].get<int>())})["state"] == "done";
  });
  const size_t before = ticks(project);
  (void)project.command({"resume", "tick"});
  wait_until("a firing", [&] { return ticks(project) > before; });
  daemon.end();
}

TEST_CASE("a schedule is looked at, paused and triggered without a daemon, too") {
  const SpecProject project(kTicks);
  CHECK_THAT(project.command({"schedules"}).out, ContainsSubstring("has not fired yet"));
  (void)project.command({"pause", "tick"});
  const Json run = project.json({"trigger", "nightly"});
  project.wait_for_engine_end();
  CHECK(project.json({"show", std::to_string(run["run"].get<int>())})["state"] == "done");
  CHECK(ticks(project) == 1);
  CHECK_THAT(project.command({"schedules"}).out, ContainsSubstring("run 1 done"));
  // The daemon knows of it.
  Daemon daemon(project);
  CHECK(project.json({"schedules"})[1]["paused"] == true);
  daemon.end();
}

TEST_CASE("serve waits for the engine of a run, and takes over when that ends") {
  const SpecProject project(R"lua(
    task "Long" { sh = "touch begun; until [ -e go ]; do sleep 0.02; done" }
    task "Tick" { params = { at = param.time }, output = "ticks/${at}", sh = "touch ${output}" }
    schedule "tick" { every = 1, start = function(at) return tasks.Tick{ at = at.time } end }
  )lua");
  Running run = project.start({"run", "Long"});
  wait_until("its work", [&] { return project.exists("begun"); });
  Running serve = project.start({"serve"});
  serve.wait_for_output("taking over when it ends");
  CHECK(ticks(project) == 0);
  project.write("go", "");
  CHECK(run.finish().code == 0);
  serve.wait_for_output(" serves ");
  wait_until("a firing", [&] { return ticks(project) >= 1; });
  ::kill(serve.pid(), SIGTERM);
  CHECK(serve.finish().code == 0);
}

TEST_CASE("serve says so when the engine that it waits for does not answer") {
  const SpecProject project(
      R"lua(task "Long" { sh = "touch begun; until [ -e go ]; do sleep 0.02; done" })lua");
  Running run = project.start({"run", "Long"});
  wait_until("its work", [&] { return project.exists("begun"); });
  const pid_t engine = project.engine_pid();
  ::kill(engine, SIGSTOP);
  Running serve = project.start({"serve"});
  serve.wait_for_output("does not answer: taking over when it ends");
  ::kill(engine, SIGCONT);
  project.write("go", "");
  CHECK(run.finish().code == 0);
  serve.wait_for_output(" serves ");
  ::kill(serve.pid(), SIGTERM);
  CHECK(serve.finish().code == 0);
}

TEST_CASE("run, and its output, are the same with a daemon and without") {
  const SpecProject project(R"lua(
    task "A" { output = "a", sh = "echo hello; touch ${output}" }
    task "B" { requires = tasks.A, run = function() fail "no" end }
  )lua");
  const auto shown = [&] {
    std::filesystem::remove(project / "a");
    Finished out = project.run({"B", "--json"}, 1);
    Json json = out.json();
    json.erase("run");
    json.erase("seconds");
    return json;
  };
  const Json alone = shown();
  project.wait_for_engine_end();
  Daemon daemon(project);
  CHECK(shown() == alone);
  daemon.end();
}

TEST_CASE("kill -9 of the daemon loses no firing and doubles none") {
  const SpecProject project(R"lua(
    task "Tick" { params = { at = param.time }, sh = "echo ${at} >> fired" }
    schedule "tick" { cron = "* * * * * *", tz = "UTC", catchup = "all", overlap = "queue",
      start = function(at) return tasks.Tick{ at = at.time } end }
  )lua");
  for (int round = 0; round < 6; ++round) {
    Daemon daemon(project);
    const size_t before = project.exists("fired") ? project.lines("fired").size() : 0;
    wait_until("firings",
               [&] { return project.exists("fired") && project.lines("fired").size() > before; });
    daemon.kill();
  }
  Daemon daemon(project);
  daemon.process().wait_for_output(" serves ");
  (void)project.command({"pause", "tick"});
  wait_until("what was missed", [&] {
    const Json schedule = project.json({"schedules"})[0];
    return schedule["waiting"] == 0 && schedule["running"].empty() &&
           schedule["last"]["state"] == "started";
  });
  daemon.end();
  project.wait_for_engine_end();
  // Every second from the first to the last has one firing in the record.
  const Finished gaps =
      run_program({"sqlite3", (project / ".moondial/moondial.db").string(),
                   "SELECT count(*) = 1 + (max(instant) - min(instant)) / 1000000 FROM firings;"
                   "SELECT count(*) FROM firings WHERE state = 0;"
                   "SELECT count(*) - count(DISTINCT run) FROM firings WHERE state = 1"},
                  project.root());
  CHECK(gaps.out == "1\n0\n0\n");
}

TEST_CASE("runs outlive a daemon that is killed: the next engine goes on with them") {
  const SpecProject project(R"lua(
    task "First" { output = "first", sh = "echo first >> log; touch ${output}" }
    task "Long" { requires = tasks.First,
      run = function() sh "echo long >> log; until [ -e go ]; do sleep 0.02; done" end }
    task "Flaky" { retry = { times = 1, delay = "3s" }, run = function() sh "echo flaky >> log; false" end }
    task "All" { requires = { tasks.Long, tasks.Flaky } }
    schedule "s" { cron = "@yearly", start = function(at) return tasks.All end }
  )lua");
  const bool by_daemon = GENERATE(true, false);
  {
    Daemon daemon(project);
    (void)project.command({"trigger", "s"});
    wait_until("the work", [&] {
      return project.exists("log") && project.states()["Flaky"] == "retrying" &&
             project.states()["Long"] == "running";
    });
    daemon.kill();
  }
  // An edit in between is for later runs.
  project.write("pipelines/p.lua", "task \"Other\" { run = print }");
  project.write("go", "");
  std::optional<Daemon> daemon;
  if (by_daemon) daemon.emplace(project);
  wait_until("its end", [&] { return project.json({"show", "1"})["state"] == "failed"; });
  CHECK(project.states() ==
        std::map<std::string, std::string>{
            {"All", "upstream_failed"}, {"First", "done"}, {"Flaky", "failed"}, {"Long", "done"}});
  CHECK(project.attempts("Long").size() == 2);
  CHECK(project.attempts("Long")[0]["state"] == "lost");
  CHECK(project.attempts("Flaky").size() == 2);
  CHECK(std::ranges::count(project.lines("log"), "first") == 1);
  if (daemon) daemon->end();
}

TEST_CASE(
    "a command outlives the daemon that started it: its attempt goes on, and so does its log") {
  const SpecProject project(R"lua(
    task "Long" { output = "long",
      sh = "echo $$ >> begun; echo one; until [ -e go ]; do sleep 0.02; done; echo two; touch ${output}" }
    schedule "s" { cron = "@yearly", start = function() return tasks.Long end }
  )lua");
  const bool killed = GENERATE(true, false);
  {
    Daemon daemon(project);
    (void)project.command({"trigger", "s"});
    wait_until("its work", [&] { return project.has_line("begun"); });
    if (killed) {
      daemon.kill();
    } else {
      CHECK(daemon.end().code == 0);
    }
  }
  CHECK(is_alive(std::stoi(project.lines("begun").at(0))));
  Daemon daemon(project);
  CHECK(project.states()["Long"] == "running");
  project.write("go", "");
  wait_until("its end", [&] { return project.json({"show", "1"})["state"] == "done"; });
  CHECK(project.lines("begun").size() == 1);
  CHECK(project.attempts("Long").size() == 1);
  CHECK(project.exists("long"));
  const std::string log = project.command({"logs", "1", "Long"}).out;
  CHECK_THAT(log, ContainsSubstring(" one\n"));
  CHECK_THAT(log, ContainsSubstring(" two\n"));
  daemon.end();
}

TEST_CASE("an engine that goes on with a daemon's runs makes way for the next daemon") {
  const SpecProject project(R"lua(
    task "Long" { output = "long",
      sh = "echo $$ >> begun; until [ -e go ]; do sleep 0.02; done; touch ${output}" }
    schedule "s" { cron = "@yearly", start = function() return tasks.Long end }
  )lua");
  {
    Daemon daemon(project);
    (void)project.command({"trigger", "s"});
    wait_until("its work", [&] { return project.has_line("begun"); });
    daemon.kill();
  }
  CHECK(project.states()["Long"] == "running");  // by an engine that was started to look
  CHECK(project.engine_pid() > 0);
  Daemon daemon(project);
  project.write("go", "");
  wait_until("its end", [&] { return project.json({"show", "1"})["state"] == "done"; });
  CHECK(project.lines("begun").size() == 1);
  daemon.end();
}

TEST_CASE("Ctrl-C of a daemon cancels what runs") {
  const SpecProject project(R"lua(
    task "Long" { sh = "echo $$ > pid; exec sleep 1000" }
    schedule "s" { cron = "@yearly", start = function() return tasks.Long end }
  )lua");
  Daemon daemon(project);
  (void)project.command({"trigger", "s"});
  wait_until("its work", [&] { return project.has_line("pid"); });
  const int pid = std::stoi(project.lines("pid").at(0));
  CHECK(daemon.interrupt().code == 0);
  CHECK_FALSE(is_alive(pid));
  CHECK(project.json({"show", "1"})["state"] == "cancelled");
}

TEST_CASE("on.sla is told when what a schedule has started is not done in time") {
  const SpecProject project(R"lua(
    task "Slow" { run = function() sleep "1h" end }
    schedule "slow" { cron = "* * * * * *", sla = 1, start = function() return tasks.Slow end }
    on.sla(function(e) sh{ "touch", "late." .. e.schedule .. "." .. e.run_id } end)
  )lua");
  Daemon daemon(project);
  wait_until("the hook", [&] { return project.exists("late.slow.1"); });
  daemon.end();
}

}  // namespace moondial::e2e::serve_test
