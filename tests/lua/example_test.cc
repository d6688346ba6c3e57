// The example pipelines of the repository load and plan.
#include <cstdlib>
#include <sstream>

#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::example_test {
namespace {

void add_folder(ScriptFixture* project, const std::string& folder, bool modules) {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(std::getenv("MOONDIAL_SOURCE_DIR"));
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    if (entry.path().extension() != ".lua") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    const std::string path = fs::relative(entry.path(), root).string();
    if (!modules) {
      project->pipeline(text.str(), path);
      continue;
    }
    std::string name = path.substr(folder.size() + 1, path.size() - folder.size() - 5);
    for (char& c : name) c = c == '/' ? '.' : c;
    project->module(name, text.str());
  }
}

}  // namespace

TEST_CASE("the example pipelines plan a month and a night") {
  ScriptFixture project;
  add_folder(&project, "lib", true);
  add_folder(&project, "pipelines", false);
  project.load_well();

  const auto month = project.plan("flights.MonthReport", {{"month", "2001-01"}});
  REQUIRE(month.ok());
  CHECK(*month == std::vector<std::string>{"flights.MonthReport(month=2001-01)"});
  // 1 report, 1 rank, 1 rollup, 31 days + the days of the first week of the year, 4 weeks
  CHECK(project.sink.task("flights.RankAirports(min_flights=50,month=2001-01)").argv.size() == 6);
  CHECK(project.sink.task("flights.CleanDay(date=2001-01-31)").outputs ==
        std::vector<std::string>{project.dir.path() + "/data/flights/clean/2001-01-31.csv",
                                 project.dir.path() + "/data/flights/rejects/2001-01-31.csv"});

  REQUIRE(project.plan("sem.Report", {{"date", "2015-09-18"}}).ok());
  const TaskInstance& fetch = project.sink.task("sem.FetchCost(date=2015-09-18,engine=baidu)");
  CHECK(fetch.work == WorkKind::kScript);
  CHECK(fetch.uses == std::vector<PoolUse>{{"cpu", 1}, {"sem-api", 1}});
  CHECK(fetch.retry.times == 3);
  CHECK(fetch.priority == 10);
  CHECK(fetch.has_check);
}

TEST_CASE("a day of flights is cleaned and checked") {
  ScriptFixture project;
  add_folder(&project, "lib", true);
  add_folder(&project, "pipelines", false);
  project.load_well();
  const std::string source = std::getenv("MOONDIAL_SOURCE_DIR");
  std::filesystem::create_directory_symlink(source + "/pipelines",
                                            project.dir.path() + "/pipelines");
  std::filesystem::create_directory(project.dir.path() + "/stage");
  const std::vector<std::string> staging = {"stage/clean.csv", "stage/rejects.csv"};
  const Params day{{"date", "2001-01-05"}};
  CHECK(project.run("flights.CleanDay", day, staging).text == "");
  CHECK(project.sink.emitted.size() == 2);
  CHECK(project.dir.read("stage/clean.csv")
            .starts_with("date,time,delay,distance,origin,destination\n"));
  CHECK(project.run("flights.CleanDay", day, staging, ScriptStep::kCheck).text == "");

  const ScriptOutcome outcome = project.run("flights.CleanDay", {{"date", "2001-05-01"}}, staging);
  CHECK(outcome.kind == ScriptOutcome::Kind::kFailedForGood);
  CHECK(outcome.text.starts_with(
      "no records of 2001-05-01: pipelines/flights/source/2001-05-01.csv"));
}

}  // namespace moondial::example_test
