// The example pipelines on their real data.
#include <cstdlib>
#include <regex>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::pipelines_test {
namespace {

void copy_pipelines(const Project& project) {
  const char* source = std::getenv("MOONDIAL_SOURCE_DIR");
  REQUIRE(source != nullptr);
  std::filesystem::remove(project / "pipelines");
  project.copy_in(std::filesystem::path(source) / "pipelines", "pipelines");
  project.copy_in(std::filesystem::path(source) / "lib", "lib");
}

TEST_CASE("a month of flights becomes a report, once") {
  Project project;
  copy_pipelines(project);
  const Finished run =
      project.moondial({"run", "flights.MonthReport", "month=2001-01", "-j", "2", "--json"});
  INFO(run.all());
  REQUIRE(run.code == 0);
  CHECK(run.json()["counts"] == Json{{"done", 69}});
  const std::string report = project.read("data/flights/report/2001-01.md");
  CHECK(report.find("6,937") != std::string::npos);
  CHECK(report.find("SLC") != std::string::npos);
  CHECK(project.read("data/flights/report/2001-01.svg").find("<svg") != std::string::npos);

  const Finished again =
      project.moondial({"run", "flights.MonthReport", "month=2001-01", "--json"});
  CHECK(again.json()["counts"] == Json{{"complete", 1}});

  // One clean day gone, with the month's report: the plan says what is remade, and why.
  std::filesystem::remove(project / "data/flights/clean/2001-01-07.csv");
  std::filesystem::remove(project / "data/flights/report/2001-01.md");
  const auto plan =
      project.moondial({"plan", "flights.MonthReport", "month=2001-01", "--json"}).json();
  int pending = 0;
  for (const auto& task : plan["tasks"]) pending += task["state"] == "pending" ? 1 : 0;
  CHECK(pending == 1);  // everything else that the report needs is there
}

TEST_CASE("the search-marketing report: a retry saves one engine") {
  Project project;
  copy_pipelines(project);
  const auto run = project.moondial({"run", "sem.Report", "date=2015-09-18", "--json"}).json();
  CHECK(run["counts"] == Json{{"done", 10}});
  CHECK(project.read("data/sem/report/2015-09-18.md").find("5368.99") != std::string::npos);
}

TEST_CASE("the search-marketing report: a truncated file is never published") {
  Project project;
  copy_pipelines(project);
  const Finished run = project.moondial({"run", "sem.Report", "date=2015-09-20"});
  INFO(run.all());
  CHECK(run.code == 1);
  CHECK(run.all().find("cut off") != std::string::npos);
  CHECK_FALSE(project.exists("data/sem/report/2015-09-20.md"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(project / "data/sem")) {
    if (entry.path().string().find("sogou") == std::string::npos) continue;
    CHECK(entry.path().string().find("2015-09-20") == std::string::npos);
  }
}

TEST_CASE("the examples give what they say") {
  Project project;
  copy_pipelines(project);
  const auto run = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"run"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.emplace_back("--json");
    return project.moondial(all);
  };
  const Finished words = run({"examples.WordCount", "dates=2015-09-18..2015-09-19"});
  INFO(words.all());
  CHECK(words.code == 0);
  CHECK(project.read("data/examples/words/2015-09-18..2015-09-19.tsv") ==
        "is\t3\nthe\t3\nmoon\t2\ndown\t1\nlong\t1\nnight\t1\nup\t1\n");
  CHECK(run({"examples.WordCount", "dates=2015-09-18..2015-09-20"}).code == 3);  // no text yet

  CHECK(run({"examples.TopArtists", "dates=2015-W38", "top=3"}).json()["counts"] ==
        Json{{"done", 9}});
  CHECK(project.read("data/examples/top/2015-W38-3.csv").starts_with("artist,plays\nAdrian,"));
  CHECK(run({"examples.TopArtists", "dates=2015-W38", "top=2"}).json()["counts"] ==
        Json{{"done", 1}, {"complete", 1}});

  CHECK(run({"examples.Dynamic", "seed=7"}).code == 0);
  CHECK(project.read("data/examples/dynamic/7.txt") == "300\n");

  const auto retries = run({"examples.Retries"}).json();
  CHECK(retries["counts"] == Json{{"done", 2}, {"failed", 1}, {"upstream_failed", 1}});
  CHECK(retries["failed"][0]["id"] == "examples.Hopeless");
  CHECK(project.read("data/examples/retry/flaky.txt") == "attempt 3\n");
  CHECK(run({"examples.Cleanup"}).code == 0);
  CHECK(project.exists("data/examples/retry/cleaned.txt"));
}

}  // namespace
}  // namespace moondial::e2e::pipelines_test
