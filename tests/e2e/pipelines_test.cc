// The example pipelines on their real data.
#include <cstdlib>
#include <regex>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e {
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
  CHECK(run.json()["counts"] == nlohmann::json{{"done", 69}});
  const std::string report = project.read("data/flights/report/2001-01.md");
  CHECK(report.find("6,937") != std::string::npos);
  CHECK(report.find("SLC") != std::string::npos);
  CHECK(project.read("data/flights/report/2001-01.svg").find("<svg") != std::string::npos);

  const Finished again =
      project.moondial({"run", "flights.MonthReport", "month=2001-01", "--json"});
  CHECK(again.json()["counts"] == nlohmann::json{{"complete", 1}});

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
  CHECK(run["counts"] == nlohmann::json{{"done", 10}});
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

}  // namespace
}  // namespace moondial::e2e
