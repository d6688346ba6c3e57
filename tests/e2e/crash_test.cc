// kill -9 of the engine: what was announced stays, what was not is done by the next run.
#include <csignal>
#include <random>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::crash_test {
namespace {

TEST_CASE("after kill -9 of the engine a second run finishes the rest and repeats nothing") {
  Project project;
  project.write("pipelines/p.lua", R"(
    local Part = task "Part" { params = { n = param.int }, output = "part/${n}.txt",
      sh = "echo x >> ran.${n}; echo $$ >> pids; [ ${n} -le 5 ] || while [ ! -e go ]; do sleep 0.02; done; echo ${n} > ${output}" }
    task "All" { requires = function() return each(1, 8, function(n) return Part{ n = n } end) end }
  )");
  Running first = project.start({"run", "All", "-j", "8"});
  wait_until("five parts", [&] {
    for (int n = 1; n <= 5; ++n) {
      if (!project.exists("part/" + std::to_string(n) + ".txt")) return false;
    }
    for (int n = 6; n <= 8; ++n) {
      if (!project.exists("ran." + std::to_string(n))) return false;
    }
    return true;
  });
  // All five are announced, not only published.
  wait_until("five recorded", [&] {
    const auto shown = project.moondial({"show", "1", "--json"}).json();
    int done = 0;
    for (const auto& task : shown["tasks"]) done += task["state"] == "done" ? 1 : 0;
    return done == 5;
  });
  ::kill(project.engine_pid(), SIGKILL);
  const Finished lost = first.finish();
  CHECK(lost.code == 1);
  CHECK(lost.all().find("ended unexpectedly") != std::string::npos);

  project.write("go", "");
  const Finished second = project.moondial({"run", "All", "-j", "8", "--json"});
  INFO(second.all());
  REQUIRE(second.code == 0);
  for (int n = 1; n <= 5; ++n) CHECK(project.read("ran." + std::to_string(n)) == "x\n");
  for (int n = 6; n <= 8; ++n) CHECK(project.read("ran." + std::to_string(n)) == "x\nx\n");
  CHECK(project.moondial({"show", "1", "--json"}).json()["state"] == "lost");
  CHECK(project.integrity() == "ok\n");
}

TEST_CASE("the children of a killed engine are ended before their tasks run again") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "Slow" { output = "slow.txt",
      sh = "echo $$ >> pids; if [ -e go ]; then : > ${output}; else while :; do sleep 0.05; done; fi" }
  )");
  Running first = project.start({"run", "Slow"});
  wait_until("the child", [&] { return project.has_line("pids"); });
  const pid_t child = std::stoi(project.read("pids"));
  ::kill(project.engine_pid(), SIGKILL);
  (void)first.finish();
  project.write("go", "");
  REQUIRE(project.moondial({"run", "Slow"}).code == 0);
  CHECK_FALSE(is_alive(child));
  // Nothing staged is left behind.
  for (const auto& entry : std::filesystem::directory_iterator(project.root())) {
    CHECK(entry.path().filename().string().find("moondial~") == std::string::npos);
  }
}

TEST_CASE("kill -9 of the engine at random moments never leaves half a result") {
  // The same small pipeline undisturbed, and killed again and again: the same bytes.
  const std::string pipeline = R"(
    local Day = task "Day" { params = { n = param.int }, output = { a = "day/${n}.a", b = "day/${n}.b" },
      sh = "seq 1 2000 > ${output.a}; seq 1 ${n} > ${output.b}" }
    local Sum = task "Sum" { params = { n = param.int }, requires = function(t) return Day(t) end,
      output = "sum/${n}.txt",
      run = function(t)
        local sum = 0
        for line in t.input.a:lines() do sum = sum + tonumber(line) end
        for line in t.input.b:lines() do sum = sum + tonumber(line) end
        t.output:write(tostring(sum))
      end }
    task "All" { requires = function() return each(1, 30, function(n) return Sum{ n = n } end) end,
      output = "all.txt", sh = "cat ${input} > ${output}" }
  )";
  Project calm;
  calm.write("pipelines/p.lua", pipeline);
  REQUIRE(calm.moondial({"run", "All"}).code == 0);

  Project stormy;
  stormy.write("pipelines/p.lua", pipeline);
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    Running run = stormy.start({"run", "All", "-j", "2"});
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(random() % 400);
    wait_until("the moment", [&] { return std::chrono::steady_clock::now() > deadline; });
    if (const pid_t engine = stormy.engine_pid(); engine > 0) ::kill(engine, SIGKILL);
    (void)run.finish();
    // A published pair is whole.
    for (int n = 1; n <= 30; ++n) {
      const std::string name = "day/" + std::to_string(n);
      if (stormy.exists(name + ".a")) CHECK(stormy.read(name + ".a") == calm.read(name + ".a"));
      if (stormy.exists(name + ".b")) CHECK(stormy.read(name + ".b") == calm.read(name + ".b"));
    }
  }
  const Finished last = stormy.moondial({"run", "All"});
  INFO(last.all());
  REQUIRE(last.code == 0);
  CHECK(stormy.read("all.txt") == calm.read("all.txt"));
  CHECK(stormy.integrity() == "ok\n");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(stormy.root())) {
    CHECK(entry.path().filename().string().find("moondial~") == std::string::npos);
  }
}

}  // namespace
TEST_CASE("the lock of a killed engine's task is free at once") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    task "Long" { lock = "db", output = "long", sh = "echo $$ > pid; sleep 60; touch ${output}" }
    task "Other" { lock = "db", output = "other", sh = "touch ${output}" }
  )");
  Running run = project.start({"run", "Long"});
  wait_until("it holds the lock", [&] { return project.has_line("pid"); });
  const pid_t pid = std::stoi(project.read("pid"));
  ::kill(project.engine_pid(), SIGKILL);
  (void)run.finish();
  const Finished other = project.moondial({"run", "Other"});
  INFO(other.all());
  CHECK(other.code == 0);
  CHECK_FALSE(is_alive(pid));
  CHECK(project.moondial({"show", "1", "--json"}).json()["tasks"][0]["attempts"][0]["state"] ==
        "lost");
}

}  // namespace moondial::e2e::crash_test
