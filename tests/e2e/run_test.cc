// A run from outside: what is done, what is not done again, what is told.
#include <algorithm>
#include <csignal>
#include <sstream>

#include "tests/catch.h"
#include "tests/e2e/harness.h"
#include "tests/large.h"

namespace moondial::e2e::run_test {
namespace {

constexpr const char* kChain = R"(
local Raw = task "Raw" {
  params = { date = param.date },
  output = "data/raw/${date}.csv",
  sh = "printf 'name,n\na,1\nb,2\n' > ${output}",
}
local Sum = task "Sum" {
  doc = "The sum of a day",
  params = { date = param.date },
  requires = { raw = Raw },
  output = "data/sum/${date}.txt",
  run = function(t)
    local sum = 0
    for row in t.input.raw:rows() do sum = sum + tonumber(row.n) end
    print("summed up to " .. sum)
    emit{ sum = sum }
    t.output:write(sum .. "\n")
  end,
  check = function(t) assert(t.output:read() == "3\n", "wrong sum") end,
}
task "Report" {
  params = { date = param.date },
  requires = function(t) return { Sum(t), Sum(t, { date = t.date - 1 }) } end,
  output = "data/report/${date}.txt",
  sh = "cat ${input} > ${output}",
}
)";

TEST_CASE("a run makes what is missing and a second one does nothing") {
  Project project;
  project.write("pipelines/chain.lua", kChain);
  const Finished first = project.moondial({"run", "Report", "date=2015-09-18", "-j", "2"});
  INFO(first.all());
  REQUIRE(first.code == 0);
  CHECK(project.read("data/report/2015-09-18.txt") == "3\n3\n");
  CHECK(first.out.find("\x1b") == std::string::npos);  // plain: not a terminal

  const Finished second = project.moondial({"run", "Report", "date=2015-09-18", "--json"});
  REQUIRE(second.code == 0);
  const auto json = second.json();
  CHECK(json["state"] == "done");
  CHECK(json["counts"] == Json{{"complete", 1}});
  CHECK(json["failed"].empty());
}

TEST_CASE("only what is missing and what was asked for is remade") {
  Project project;
  project.write("pipelines/chain.lua", kChain);
  REQUIRE(project.moondial({"run", "Report", "date=2015-09-18"}).code == 0);
  std::filesystem::remove(project / "data/sum/2015-09-17.txt");

  // The report is there, so that nothing is to be done for it …
  CHECK(project.moondial({"run", "Report", "date=2015-09-18", "--json"}).json()["counts"] ==
        Json{{"complete", 1}});
  // … until it is missing as well: then only the one sum is remade for it.
  std::filesystem::remove(project / "data/report/2015-09-18.txt");
  const auto plan = project.moondial({"plan", "Report", "date=2015-09-18", "--json"}).json();
  std::map<std::string, std::string> states;
  std::map<std::string, std::string> reasons;
  for (const auto& task : plan["tasks"]) {
    states[task["id"]] = task["state"];
    reasons[task["id"]] = task["why"];
  }
  CHECK(states == std::map<std::string, std::string>{{"Raw(date=2015-09-17)", "complete"},
                                                     {"Sum(date=2015-09-17)", "pending"},
                                                     {"Sum(date=2015-09-18)", "complete"},
                                                     {"Report(date=2015-09-18)", "pending"}});
  CHECK(reasons["Sum(date=2015-09-17)"].find("data/sum/2015-09-17.txt") != std::string::npos);
  const auto run = project.moondial({"run", "Report", "date=2015-09-18", "--json"}).json();
  CHECK(run["counts"] == Json{{"complete", 2}, {"done", 2}});
}

TEST_CASE("what a run did can be looked up after its engine has gone") {
  Project project;
  project.write("pipelines/chain.lua", kChain);
  const auto run = project.moondial({"run", "Sum", "date=2015-09-18", "--json"}).json();
  project.wait_for_engine_end();

  const auto runs = project.moondial({"runs", "--json"}).json();
  REQUIRE(runs.size() == 1);
  CHECK(runs[0]["run"] == run["run"]);
  CHECK(runs[0]["state"] == "done");
  CHECK(runs[0]["roots"] == Json{"Sum(date=2015-09-18)"});

  const std::string id = std::to_string(run["run"].get<int>());
  const auto shown = project.moondial({"show", id, "--json"}).json();
  REQUIRE(shown["tasks"].size() == 2);
  for (const auto& task : shown["tasks"]) {
    CHECK(task["state"] == "done");
    REQUIRE(task["attempts"].size() == 1);
    const auto& attempt = task["attempts"][0];
    CHECK(attempt["attempt"] == 1);
    CHECK(attempt["state"] == "done");
    if (task["id"] == "Sum(date=2015-09-18)") CHECK(attempt["emitted"]["sum"] == 3);
    if (task["id"] == "Raw(date=2015-09-18)") CHECK(attempt["exit"] == 0);
  }
  const Finished logs = project.moondial({"logs", id, "Sum"});
  CHECK(logs.code == 0);
  CHECK(logs.out.find("summed up to 3") != std::string::npos);
  CHECK(project.integrity() == "ok\n");
}

TEST_CASE("a failure stops what needs it and nothing else, and says how to go on") {
  Project project;
  project.write("pipelines/p.lua", R"(
    local Bad = task "Bad" { output = "bad.txt", sh = "echo half > ${output}; echo no luck >&2; exit 3" }
    local Good = task "Good" { output = "good.txt", sh = "echo > ${output}" }
    local Needs = task "Needs" { requires = Bad, output = "needs.txt", sh = "echo > ${output}" }
    task "All" { requires = { Needs, Good } }
  )");
  const Finished run = project.moondial({"run", "All"});
  INFO(run.all());
  CHECK(run.code == 1);
  CHECK(project.exists("good.txt"));
  CHECK_FALSE(project.exists("bad.txt"));
  CHECK_FALSE(project.exists("needs.txt"));
  CHECK(run.all().find("no luck") != std::string::npos);
  CHECK(run.all().find("moondial run All") != std::string::npos);
  for (const auto& entry : std::filesystem::directory_iterator(project.root())) {
    CHECK(entry.path().filename().string().find("moondial~") == std::string::npos);
  }
  const auto json = project.moondial({"run", "All", "--json"}).json();
  CHECK(json["state"] == "failed");
  CHECK(json["counts"] == Json{{"complete", 1}, {"failed", 1}, {"upstream_failed", 2}});
  REQUIRE(json["failed"].size() == 1);
  CHECK(json["failed"][0]["id"] == "Bad");
}

TEST_CASE("a retry saves a flaky task, and each attempt is kept") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "Flaky" {
      output = "out.txt",
      retry = { times = 2, delay = 0.05, backoff = 2 },
      run = function(t)
        if t.attempt < 3 then error("not yet") end
        t.output:write("attempt " .. t.attempt)
      end,
    }
    task "Hopeless" { retry = 5, output = "never", run = function() fail "for good" end }
  )");
  const auto run = project.moondial({"run", "Flaky", "--json"}).json();
  CHECK(run["state"] == "done");
  CHECK(project.read("out.txt") == "attempt 3");
  const auto shown =
      project.moondial({"show", std::to_string(run["run"].get<int>()), "--json"}).json();
  REQUIRE(shown["tasks"][0]["attempts"].size() == 3);
  CHECK(shown["tasks"][0]["attempts"][0]["state"] == "failed");
  CHECK(shown["tasks"][0]["attempts"][0]["error"].get<std::string>().find("pipelines/p.lua:6") !=
        std::string::npos);

  const auto hopeless = project.moondial({"run", "Hopeless", "--json"}).json();
  const auto shown2 =
      project.moondial({"show", std::to_string(hopeless["run"].get<int>()), "--json"}).json();
  CHECK(shown2["tasks"][0]["attempts"].size() == 1);
}

TEST_CASE("a hostile value arrives as data") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "Say" { params = { what = param.string }, output = "said.txt",
                 sh = "printf %s ${what} > ${output}" }
    task "Say2" { params = { what = param.string }, output = "said2.txt",
                  run = function(t) sh "printf %s ${what} > ${output}" end }
  )");
  const std::string value = "x'; touch pwned; '\"$(touch pwned)`touch pwned`\n-n \\";
  REQUIRE(project.moondial({"run", "Say", "what=" + value}).code == 0);
  REQUIRE(project.moondial({"run", "Say2", "what=" + value}).code == 0);
  CHECK(project.read("said.txt") == value);
  CHECK(project.read("said2.txt") == value);
  CHECK_FALSE(project.exists("pwned"));
}

TEST_CASE("a check that fails publishes nothing") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "T" { output = { a = "a.csv", b = "b.csv" },
      sh = "echo x > ${output.a}; echo x > ${output.b}",
      check = function(t) assert(t.output.a:count_rows() > 0, "no rows") end }
  )");
  const Finished run = project.moondial({"run", "T"});
  CHECK(run.code == 1);
  CHECK(run.all().find("no rows") != std::string::npos);
  CHECK_FALSE(project.exists("a.csv"));
  CHECK_FALSE(project.exists("b.csv"));
}

TEST_CASE("a task that does not make its output has failed and is told which") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "T" { output = { "a.txt", "b.txt" }, sh = "echo > ${output.1}" }
  )");
  const Finished run = project.moondial({"run", "T"});
  CHECK(run.code == 1);
  CHECK(run.all().find("b.txt") != std::string::npos);
  CHECK_FALSE(project.exists("a.txt"));
}

TEST_CASE("numbers from a command's $MOONDIAL_EMIT are kept") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "T" { output = "a.txt", sh = "echo rows=12 >> $MOONDIAL_EMIT; echo 'who=a b' >> $MOONDIAL_EMIT; : > ${output}" }
  )");
  const auto run = project.moondial({"run", "T", "--json"}).json();
  const auto shown =
      project.moondial({"show", std::to_string(run["run"].get<int>()), "--json"}).json();
  CHECK(shown["tasks"][0]["attempts"][0]["emitted"] == Json{{"rows", 12}, {"who", "a b"}});
}

TEST_CASE("the processor's time of Lua is kept with the attempt, and that of its commands") {
  Project project;
  project.write("pipelines/a.lua", R"(
    task "Idle" { run = function() sleep(0.05) end }
    task "Lua" { run = function() local x = 0; for i = 1, 1e7 do x = x + i end end }
    task "Shell" { run = function() sh "i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done" end }
    task "All" { requires = { tasks.Idle, tasks.Lua, tasks.Shell } })");
  REQUIRE(project.moondial({"run", "All"}).code == 0);
  std::map<std::string, double> seconds;
  const Json run = project.moondial({"show", "1", "--json"}).json();
  for (const auto& task : run["tasks"]) {
    for (const auto& one : task["attempts"]) seconds[task["id"]] = one["cpu_seconds"];
  }
  CHECK(seconds["Idle"] < 0.02);
  CHECK(seconds["Lua"] > 0.02);
  CHECK(seconds["Shell"] > 0.02);
}

TEST_CASE("priorities reach upstream and pools bound what runs") {
  Project project;
  project.write("pipelines/p.lua", R"(
    pool "one" { size = 1 }
    local function job(name, more)
      more.output = name .. ".txt"
      more.sh = "echo " .. name .. " >> order.log; : > ${output}"
      return task(name)(more)
    end
    local Low = job("Low", { priority = 1 })
    local Deep = job("Deep", {})
    local Top = job("Top", { priority = 9, requires = Deep })
    task "All" { requires = { Low, Top } }
  )");
  REQUIRE(project.moondial({"run", "All", "-j", "1"}).code == 0);
  // Low has its turn before or after Top: while Deep is being published, Top is not ready yet.
  CHECK(project.read("order.log").starts_with("Deep\n"));
}

TEST_CASE("the project is found from below and by -C, and paths are the root's") {
  Project project;
  project.write("pipelines/p.lua", R"(task "T" { output = "out/t.txt", sh = "pwd > ${output}" })");
  project.write("deep/er/x", "");
  const Finished run = run_program({std::getenv("MOONDIAL_BIN"), "run", "T"}, project / "deep/er");
  INFO(run.all());
  REQUIRE(run.code == 0);
  CHECK(project.read("out/t.txt") == project.root().string() + "\n");
  CHECK(run_program({std::getenv("MOONDIAL_BIN"), "-C", project.root().string(), "run", "T"}, "/")
            .code == 0);
  const Finished lost = run_program({std::getenv("MOONDIAL_BIN"), "run", "T"}, "/");
  CHECK(lost.code == 2);
}

TEST_CASE(
    "commands see the client's environment, the configuration's over it, the task's over that") {
  Project project;
  project.write("moondial.lua", R"(return { env = { A = "config", B = "config" } })");
  project.write("pipelines/p.lua", R"(
    task "T" { output = "t.txt", env = { B = "task" }, sh = "echo $A $B $C > ${output}" }
  )");
  REQUIRE(
      project.moondial({"run", "T"}, {{"A", "client"}, {"B", "client"}, {"C", "client"}}).code ==
      0);
  CHECK(project.read("t.txt") == "config task client\n");
}

TEST_CASE("two terminals share one engine, and nothing runs twice") {
  Project project;
  project.write("pipelines/p.lua", R"(
    local parts = {}
    local Part = task "Part" { params = { n = param.int }, output = "part/${n}",
                               sh = "echo x >> ran.${n}; sleep 0.02; : > ${output}" }
    task "All" { requires = function() return each(1, 40, function(n) return Part{ n = n } end) end }
  )");
  for (int round = 0; round < 5; ++round) {
    project.remove_tree("part");
    Running a = project.start({"run", "All", "-j", "4", "--json"});
    Running b = project.start({"run", "All", "-j", "4", "--json"});
    const Finished first = a.finish();
    const Finished second = b.finish();
    INFO(first.all() << second.all());
    REQUIRE(first.code == 0);
    REQUIRE(second.code == 0);
  }
  for (int n = 1; n <= 40; ++n) {
    CHECK(project.read("ran." + std::to_string(n)) == "x\nx\nx\nx\nx\n");
  }
}

/// Rounds of two terminals with one plan; in every third one is killed. Each task runs once.
void run_in_two_terminals(int first) {
  for (int round = first; round < first + large(10); ++round) {
    const bool kills = round % 3 == 2;
    const Project project;
    project.write("pipelines/p.lua", R"(
      local Leaf = task "Leaf" { params = { n = param.int }, output = "leaf/${n}",
        sh = "echo leaf${n} >> count; sleep 0.01; touch ${output}" }
      local Mid = task "Mid" { params = { n = param.int }, output = "mid/${n}",
        requires = function(t) return each(1, 3, function(i) return Leaf{ n = t.n * 3 + i } end) end,
        run = function(t) sh "echo mid${n} >> count"; t.output:write "x" end }
      task "All" { requires = each(0, 3, function(n) return Mid{ n = n } end), output = "all",
        sh = "echo all >> count; touch ${output}" }
    )");
    Running one = project.start({"run", "All", "-j", "3"});
    Running other = project.start({"run", "All", "-j", "3"});
    if (kills) {
      wait_until("some are done", [&] { return project.exists("leaf"); });
      one.signal(SIGKILL);
    }
    const int code = one.finish().code;
    CHECK(code == (kills ? 128 + SIGKILL : 0));
    const Finished rest = other.finish();
    INFO(rest.all());
    CHECK(rest.code == 0);
    std::istringstream lines(project.read("count"));
    std::vector<std::string> counted;
    for (std::string line; std::getline(lines, line);) counted.push_back(line);
    std::ranges::sort(counted);
    CHECK(counted.size() == 17);
    CHECK(std::ranges::adjacent_find(counted) == counted.end());
  }
}

TEST_CASE("two terminals run one plan at once, each task once: 1 to 10 of 50 times") {
  run_in_two_terminals(0);
}

TEST_CASE("two terminals run one plan at once, each task once: 11 to 20 of 50 times") {
  run_in_two_terminals(10);
}

TEST_CASE("two terminals run one plan at once, each task once: 21 to 30 of 50 times") {
  run_in_two_terminals(20);
}

TEST_CASE("two terminals run one plan at once, each task once: 31 to 40 of 50 times") {
  run_in_two_terminals(30);
}

TEST_CASE("two terminals run one plan at once, each task once: 41 to 50 of 50 times") {
  run_in_two_terminals(40);
}

}  // namespace
}  // namespace moondial::e2e::run_test
