// Looking: tasks, pools, runs, show, logs, cancel.
#include <cstdlib>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::look_test {
namespace {

using Catch::Matchers::ContainsSubstring;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kMixed = R"(
local Good = task "Good" { output = "good.txt", sh = "echo well; : > ${output}" }
local Bad = task "Bad" { output = "bad.txt", retry = 1, sh = "echo no luck >&2; exit 3" }
task "Both" { requires = { Good, Bad }, output = "both.txt", sh = ": > ${output}" }
)";

TEST_CASE("tasks are listed with parameters, defaults and what they are for") {
  Project project;
  CHECK(has(project.moondial({"tasks"}).out, "no tasks are declared"));
  project.write("pipelines/p.lua", R"(
task "sem.Fetch" {
  doc = "One engine's cost",
  params = { engine = param.enum{ "baidu", "so360" }, n = param.int{ default = 3, doc = "pages" } },
  output = "${engine}-${n}", sh = ": > ${output}" })");
  const Finished out = project.moondial({"tasks"});
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(out.out ==
        "sem.Fetch engine=baidu|so360 [n=<int>]\n    One engine's cost\n"
        "    n: pages (3 unless given)\n");
  const auto json = project.moondial({"tasks", "--json"}).json();
  CHECK(json[0]["params"][0]["choices"][1] == "so360");
  CHECK(json[0]["file"] == "pipelines/p.lua");
}

TEST_CASE("tasks --tag lists those that have the tag") {
  Project project;
  project.write("pipelines/p.lua", R"(
task "A" { tags = { "nightly", "a b&c" }, output = "a", sh = ": > ${output}" }
external "B" { tags = { "nightly" }, output = file "b" }
task "C" { output = "c", sh = ": > ${output}" })");
  CHECK(project.moondial({"tasks", "--tag", "nightly"}).out ==
        "A\n    tags: nightly, a b&c\nB\n    tags: nightly\n");
  CHECK(project.moondial({"tasks", "--tag", "a b&c"}).out == "A\n    tags: nightly, a b&c\n");
  CHECK(project.moondial({"tasks", "--tag", "a b&c", "--json"}).json()[0]["tags"] ==
        Json{"nightly", "a b&c"});
  const Finished none = project.moondial({"tasks", "--tag", "Nightly"});
  CHECK(none.code == 0);
  CHECK(has(none.out, "no task has the tag 'Nightly'"));
}

TEST_CASE("pools are listed with their sizes") {
  Project project;
  project.write("pipelines/p.lua", "pool \"db\" { size = 2 }\npool \"the-api\" { size = 10 }");
  CHECK(project.moondial({"pools"}).out == "db       2\nthe-api  10\n");
  CHECK(project.moondial({"pools", "--json"}).json() ==
        parse_json(R"([{"name": "db", "size": 2, "declared": 2},
                       {"name": "the-api", "size": 10, "declared": 10}])"));
}

TEST_CASE("sizes of pools are set, those of memory with units, as one document in JSON") {
  const Project project;
  project.write("pipelines/p.lua", R"(pool "db" { size = 2 }
    task "Big" { uses = { memory = "3G" }, output = "big", sh = "touch ${output}" })");
  project.write("moondial.lua", "return { memory = \"4G\" }");
  CHECK(project.moondial({"pools", "memory=2G"}).out == "memory  2G  (declared: 4G)\n");
  CHECK(project.moondial({"pools", "memory=declared"}).out == "memory  4G\n");
  CHECK_THAT(project.moondial({"run", "Big", "--pool", "memory=2G"}).err,
             ContainsSubstring("3221225472 of the pool \"memory\", which has 2147483648"));
  CHECK(project.moondial({"run", "Big", "--pool", "memory=3.5G"}).code == 0);
  const Finished both = project.moondial({"pools", "db=1", "memory=declared", "--json"});
  CHECK(both.json() == parse_json(R"([{"name": "db", "size": 1, "declared": 2},
      {"name": "memory", "size": 4294967296, "declared": 4294967296}])"));
  const Finished wrong = project.moondial({"pools", "db=1G"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, ContainsSubstring("'db=1G' is to be NAME=SIZE"));
}

TEST_CASE("output that cannot be written is an error, whatever else went well") {
  const Project project;
  project.write("pipelines/p.lua", "task \"A\" { run = print }");
  const std::string binary = std::getenv("MOONDIAL_BIN");
  const Finished full = run_program({"sh", "-c", binary + " tasks > /dev/full"}, project.root());
  CHECK(full.code == 1);
  CHECK_THAT(full.err, ContainsSubstring("the output could not be written: No space left"));
  CHECK(run_program({"sh", "-c", binary + " tasks >&-"}, project.root()).code == 0);
}

TEST_CASE("a failed run is shown with its error and the command that tells more") {
  Project project;
  project.write("pipelines/p.lua", kMixed);
  CHECK(project.moondial({"run", "Both"}).code == 1);
  const Finished runs = project.moondial({"runs"});
  CHECK(has(runs.out, "    1  failed "));
  CHECK(has(runs.out, "Both  1 done, 1 failed, 1 upstream_failed"));

  const Finished show = project.moondial({"show", "1"});
  INFO(show.all());
  CHECK(show.code == 0);
  CHECK(has(show.out, "run 1  failed  Both\n"));
  CHECK(has(show.out, "Bad  (2 attempts)\n"));
  CHECK(has(show.out, "what it said:  moondial logs 1 Bad\n"));

  const Finished some = project.moondial({"show", "1", "--state", "done"});
  CHECK(has(some.out, "Good"));
  CHECK_FALSE(has(some.out, "Bad"));
  const auto json = project.moondial({"show", "1", "--state", "failed", "--json"}).json();
  REQUIRE(json["tasks"].size() == 1);
  CHECK(json["tasks"][0]["attempts"].size() == 2);
  CHECK(json["tasks"][0]["attempts"][1]["exit"] == 3);
  const Finished wrong = project.moondial({"show", "1", "--state", "faild"});
  CHECK(wrong.code == 2);
  CHECK(has(wrong.err, "upstream_failed"));
}

TEST_CASE("errors are listed by what went wrong, and one of them with its tasks") {
  Project project;
  project.write("pipelines/p.lua", R"lua(
    task "Bad" { params = { n = param.int }, run = function(t) error("no rows in " .. t.n) end }
    task "Other" { run = function() if not file("good"):exists() then error("why not") end end }
  )lua");
  CHECK(has(project.moondial({"errors"}).out, "no error is open"));
  for (int n = 1; n <= 5; ++n) {
    CHECK(project.moondial({"run", "Bad", "n=" + std::to_string(n)}).code == 1);
  }
  CHECK(project.moondial({"run", "Other"}).code == 1);
  const Finished all = project.moondial({"errors"});
  INFO(all.all());
  CHECK(has(all.out, "  no rows in …\n"));
  CHECK(has(all.out, "5 times, first "));
  CHECK(has(all.out, "5 of 5 tasks open\n"));
  CHECK(all.out.find("Other") < all.out.find("Bad"));  // the newest first
  const Json groups = project.moondial({"errors", "--task", "Bad", "--json"}).json();
  REQUIRE(groups.size() == 1);
  CHECK(groups[0]["tasks"].size() == 3);
  CHECK(groups[0]["open_count"] == 5);
  const Finished one = project.moondial({"errors", groups[0]["id"]});
  INFO(one.all());
  CHECK(has(one.out, "Bad(n=5) said last:\n  pipelines/p.lua:2: no rows in 5\n"));
  CHECK(has(one.out, "  Bad(n=1)\n"));
  CHECK(project.moondial({"errors", "none"}).code == 2);

  project.write("good", "");
  CHECK(project.moondial({"run", "Other"}).code == 0);
  CHECK_FALSE(has(project.moondial({"errors"}).out, "Other"));
  CHECK(has(project.moondial({"errors", "--state", "resolved"}).out, "0 of 1 task open"));
  CHECK(has(project.moondial({"errors", "--text", "why ROWS"}).out, "there are no such errors"));
}

TEST_CASE("a run shows what its tasks needed that was complete before it") {
  Project project;
  project.write("pipelines/p.lua", R"lua(
    local Day = task "Day" { params = { n = param.int }, output = "day${n}", sh = "touch ${output}" }
    local Days = task "Days" { requires = function() return each(1, 3, function(n) return Day{ n = n } end) end }
    local Sum = task "Sum" { requires = { Day{ n = 1 }, Day{ n = 2 } }, output = "sum", sh = "touch ${output}" }
    task "Report" { requires = { Sum, Day{ n = 1 }, Day{ n = 3 } }, output = "report", sh = "touch ${output}" }
    task "Many" { requires = function() return each(1, 30, function(n) return Day{ n = n } end) end,
                  output = "many", sh = "touch ${output}" }
  )lua");
  REQUIRE(project.moondial({"run", "Days"}).code == 0);
  REQUIRE(project.moondial({"run", "Report"}).code == 0);
  const Json shown = project.moondial({"show", "2", "--json"}).json();
  CHECK(shown["complete_before"] == Json({"Day(n=1)", "Day(n=2)", "Day(n=3)"}));
  REQUIRE(shown["tasks"].size() == 2);
  CHECK(shown["tasks"][0]["id"] == "Sum");
  CHECK(shown["tasks"][0]["requires"] == Json::array());
  CHECK(shown["tasks"][0]["requires_complete"] == Json({0, 1}));
  CHECK(shown["tasks"][1]["requires"] == Json({0}));
  CHECK(shown["tasks"][1]["requires_complete"] == Json({0, 2}));
  CHECK(shown["tasks"][1]["more_complete"] == 0);
  CHECK(has(project.moondial({"show", "2"}).out, "complete                   Day(n=3)\n"));
  CHECK_FALSE(has(project.moondial({"show", "2", "--state", "done"}).out, "Day"));

  // Nothing to do: nobody looks at what was needed once. Of very many the first ones are listed.
  REQUIRE(project.moondial({"run", "Report"}).code == 0);
  CHECK(project.moondial({"show", "3", "--json"}).json()["complete_before"].empty());
  for (int n = 4; n <= 30; ++n) project.write("day" + std::to_string(n), "");
  REQUIRE(project.moondial({"run", "Many"}).code == 0);
  const std::string many = project.moondial({"show", "4"}).out;
  CHECK(has(many, "Day(n=20)\n"));
  CHECK_FALSE(has(many, "Day(n=21)"));
  CHECK(has(many, "and 10 more that were complete: --state complete lists them\n"));
  CHECK(has(project.moondial({"show", "4", "--state", "complete"}).out, "Day(n=30)\n"));
}

TEST_CASE("a run that joins a task of another has the edges that this one was made with") {
  Project project;
  project.write("pipelines/p.lua", R"lua(
    local Wait = task "Wait" { output = "wait", sh = "until [ -e go ]; do sleep 0.05; done; touch ${output}" }
    local Mid = task "Mid" { requires = Wait, output = "mid", sh = "touch ${output}" }
    task "Top" { requires = Mid, output = "top", sh = "touch ${output}" }
  )lua");
  for (const char* name : {"wait", "mid", "top"}) project.write(name, "");
  REQUIRE(project.moondial({"run", "Top", "--force-all", "--detach"}).code == 0);
  // On disk Top is there, so that what it needs is not even asked.
  REQUIRE(project.moondial({"run", "Top", "--detach"}).code == 0);
  std::map<std::string, std::string> edges;
  const Json tasks = project.moondial({"show", "2", "--json"}).json()["tasks"];
  for (const Json& task : tasks) {
    for (const Json& need : task["requires"]) {
      edges[task["id"]] += tasks[need.get<size_t>()]["id"].get<std::string>();
    }
  }
  CHECK(edges == std::map<std::string, std::string>{{"Mid", "Wait"}, {"Top", "Mid"}});
  project.write("go", "");
  CHECK(project.moondial({"run", "Top"}).code == 0);
}

TEST_CASE("logs tell each attempt by itself, of one task or of all, also as JSON") {
  Project project;
  project.write("pipelines/p.lua", kMixed);
  CHECK(project.moondial({"run", "Both"}).code == 1);
  const Finished all = project.moondial({"logs", "1"});
  INFO(all.all());
  CHECK(has(all.out, "== Good, attempt 1, done\n"));
  CHECK(has(all.out, "== Bad, attempt 2, failed\n"));
  const Finished one = project.moondial({"logs", "1", "Good"});
  CHECK(has(one.out, "well"));
  CHECK_FALSE(has(one.out, "no luck"));

  const auto json = project.moondial({"logs", "1", "Bad", "--json"}).json();
  REQUIRE(json.size() == 2);
  CHECK(json[1]["id"] == "Bad");
  CHECK(json[1]["attempt"] == 2);
  CHECK(has(json[1]["text"].get<std::string>(), "no luck"));
}

TEST_CASE("logs that cannot be told say why") {
  Project project;
  project.write("pipelines/p.lua", kMixed);
  CHECK(project.moondial({"run", "Good"}).code == 0);
  const Finished unknown = project.moondial({"logs", "1", "God"});
  CHECK(unknown.code == 2);
  CHECK(has(unknown.err, "did you mean 'Good'?"));
  const Finished absent = project.moondial({"logs", "1", "Both"});
  CHECK(absent.code == 2);
  CHECK(has(absent.err, "`moondial show 1` lists those that it did"));
  const Finished run = project.moondial({"logs", "9"});
  CHECK(run.code == 2);
  CHECK(has(run.err, "there is no run 9"));
  const Finished both = project.moondial({"logs", "1", "-f", "--json"});
  CHECK(both.code == 2);
  for (const char* command : {"logs", "show", "retry"}) {
    const Finished named = project.moondial({command, "Good"});
    CHECK(named.code == 2);
    CHECK(has(named.err, "'Good' is no number of a run; `moondial runs` lists them"));
  }
}

TEST_CASE("a run that said nothing says so, apart from its logs") {
  Project project;
  project.write("pipelines/p.lua", R"(task "Mute" { output = "a.txt", sh = ": > ${output}" })");
  CHECK(project.moondial({"run", "Mute"}).code == 0);
  const Finished out = project.moondial({"logs", "1", "Mute"});
  CHECK(out.code == 0);
  CHECK(out.out.empty());
  CHECK(out.err == "nothing was said in run 1 by Mute\n");
  CHECK(project.moondial({"logs", "1", "--json"}).json()[0]["text"] == "");
}

TEST_CASE("logs -f prints what comes until the run has ended") {
  Project project;
  project.write("pipelines/p.lua", R"(
task "Slow" { output = "a.txt",
  sh = "echo one; while [ ! -e go ]; do sleep 0.02; done; echo two; : > ${output}" })");
  CHECK(project.moondial({"run", "Slow", "--detach"}).out == "1\n");
  Running logs = project.start({"logs", "1", "-f"});
  logs.wait_for_output("one");
  project.write("go", "");
  const Finished out = logs.finish();
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(has(out.out, "two\n"));
  CHECK(out.out.find("one") == out.out.rfind("one"));
}

TEST_CASE("cancel stops a run, and says so of one that has ended") {
  Project project;
  project.write("pipelines/p.lua", R"(
task "Slow" { output = "a.txt", sh = "while :; do sleep 0.02; done" })");
  CHECK(project.moondial({"run", "Slow", "--detach"}).code == 0);
  CHECK(project.moondial({"cancel", "1", "--json"}).json()["run"] == 1);
  project.wait_for_engine_end();
  CHECK(project.moondial({"show", "1", "--json"}).json()["state"] == "cancelled");
  const Finished again = project.moondial({"cancel", "1"});
  CHECK(again.code == 2);
  CHECK(has(again.err, "run 1 has ended"));
}

}  // namespace
}  // namespace moondial::e2e::look_test
