// The coming hours, played: what runs, what will fire, and what an SLA comes to.
#include "tests/catch.h"
#include "tests/e2e/daemon.h"

namespace moondial::e2e::forecast_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kPipeline = R"lua(
pool "api" { size = 1 }
task "Fetch" { params = { d = param.date, n = param.int }, output = "a/${d}-${n}", takes = "40m",
  uses = { api = 1 }, sh = "while ! test -e go; do sleep 0.02; done; echo > ${output}" }
task "Report" { params = { d = param.date }, output = "r/${d}", takes = "5m", sh = "echo > ${output}",
  requires = function(t) return each(1, 4, function(i) return tasks.Fetch(t, { n = i }) end) end }
task "Unknown" { params = { h = param.hour }, output = "q/${h}", sh = "echo > ${output}" }
schedule "daily" { every = "1d", sla = "2h", start = function(at) return tasks.Report{ d = at.date } end }
schedule "hourly" { every = "1h", start = function(at) return tasks.Unknown{ h = at.hour } end }
schedule "broken" { every = "1d", sla = "1h", start = function(at) error "no luck" end }
schedule "asleep" { every = "1h", paused = true, start = function(at) error "not asked" end }
)lua";

std::vector<Json> of(const Json& forecast, const std::string& name) {
  std::vector<Json> rows;
  for (const Json& run : forecast["runs"]) {
    if (run["name"] == name) rows.push_back(run);
  }
  return rows;
}

}  // namespace

TEST_CASE("command: forecast") {
  const SpecProject project(kPipeline);
  const Json night = project.json({"forecast", "--until", "24h"});
  CHECK(night["cut"] == false);
  CHECK(night["assumed"] == 60);
  CHECK(of(night, "hourly").size() == 24);
  CHECK(of(night, "hourly")[0]["unknown"] == 1);
  CHECK(of(night, "asleep").empty());
  const auto daily = of(night, "daily");
  REQUIRE(daily.size() == 1);
  CHECK(daily[0]["fate"] == "ends");
  CHECK(daily[0]["at_risk"] == true);
  CHECK(daily[0]["slack"] == -45 * 60);  // four times 40 minutes and 5
  CHECK(daily[0]["held_up"][0] == Json{{"kind", "pool"}, {"name", "api"}, {"seconds", 7200}});
  const auto broken = of(night, "broken");
  REQUIRE(broken.size() == 1);
  CHECK(broken[0]["fate"] == "refused");
  CHECK(broken[0]["at_risk"] == true);
  CHECK_THAT(broken[0]["why"].get<std::string>(), ContainsSubstring("no luck"));
  const std::string text = project.command({"forecast", "--until", "24h"}).out;
  CHECK_THAT(text, ContainsSubstring(", late by 45m 00s\n    takes its time: waiting for pool api "
                                     "(2h 00m), Fetch("));
  CHECK_THAT(text, ContainsSubstring("24 tasks have never run and have no `takes`: 1m 00s"));
  CHECK_THAT(project.command({"forecast", "--until", "soon"}, 2).err,
             ContainsSubstring("'soon' is no time of day"));
  CHECK(project.json({"runs"}).empty());
}

TEST_CASE("a forecast knows what runs, what is done of it, and how long tasks took before") {
  const SpecProject project(kPipeline);
  project.write("a/2015-09-18-1", "done");
  Daemon daemon(project);
  CHECK(project.moondial({"run", "Report", "d=2015-09-18", "--detach"}).code == 0);
  wait_until("a task of it", [&] {
    const Json states = project.states();
    return std::ranges::any_of(states, [](const Json& state) { return state == "running"; });
  });
  const auto runs = of(project.json({"forecast", "--until", "1s"}), "Report(d=2015-09-18)");
  REQUIRE(runs.size() == 1);
  CHECK(runs[0]["run"] == 1);
  // Two more wait for the pool while the first one takes what is left of its 40 minutes.
  const double waits = runs[0]["held_up"][0]["seconds"];
  CHECK(waits <= 4800);
  CHECK(waits > 4000);
  project.write("go", "");
  wait_until("its end", [&] { return project.json({"show", "1"})["state"] == "done"; });
  CHECK(of(project.json({"forecast", "--until", "1s"}), "Report(d=2015-09-18)").empty());
  // They took next to nothing: by that the next day is in time.
  const auto daily = of(project.json({"forecast", "--until", "24h"}), "daily");
  REQUIRE(daily.size() == 1);
  CHECK(daily[0]["at_risk"] == false);
  daemon.end();
}

}  // namespace moondial::e2e::forecast_test
