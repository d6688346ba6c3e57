// Publishing that the system refuses, or in whose middle the engine is killed.
#include <csignal>

#include "tests/catch.h"
#include "tests/e2e/faults/fault_project.h"

namespace moondial::e2e::publish_test {
namespace {

using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

struct PublishProject : Project {
  PublishProject() {
    write("pipelines/p.lua", R"lua(
      task "T" { output = { a = "out/a", b = "other/b", d = dir("out/d") },
        sh = "v=$(cat version); echo $v > ${output.a}; echo $v > ${output.b}; echo $v > ${output.d}/x" }
    )lua");
  }
  /// With a fault of the engine's.
  Finished run(const std::string& version, const std::string& fault) const {
    write("version", version);
    return moondial({"run", "T", "--force"},
                    with_faults({{"FAIL", fault}, {"WHEN", (*this / "version").string()}}));
  }
  [[nodiscard]] std::string versions() const {
    std::string all;
    for (const char* path : {"out/a", "other/b", "out/d/x"}) {
      all += exists(path) ? read(path) : "-";
      all.erase(all.find_last_not_of('\n') + 1);
    }
    return all;
  }
};

}  // namespace

TEST_CASE("of several outputs none is published when the system refuses one") {
  const PublishProject project;
  const std::string call = GENERATE(as<std::string>(), "rename:b", "renameat2:d");
  const Finished first = project.run("1", "rename:" + call.substr(call.find(':') + 1) + ":5");
  INFO(first.all());
  CHECK(first.code == 1);
  CHECK_THAT(first.out, ContainsSubstring("publishing failed: cannot publish '"));
  CHECK_THAT(first.out, ContainsSubstring("Input/output error"));
  CHECK(project.versions() == "---");
  CHECK(project.run("2", "none:none:5").code == 0);
  CHECK(project.versions() == "222");
  CHECK(project.run("3", call + ":5").code == 1);
  CHECK(project.versions() == "222");
  CHECK(staged_in(project.root()).empty());
  CHECK(project.run("4", "none:none:5").code == 0);
  CHECK(project.versions() == "444");
  CHECK(project.integrity() == "ok\n");
}

TEST_CASE("a publishing in whose middle the engine is killed is completed by the next one") {
  const PublishProject project;
  REQUIRE(project.run("1", "none:none:5").code == 0);
  const Finished killed = project.run("2", "rename:b:0:kill");
  INFO(killed.all());
  CHECK(killed.code == 1);
  project.wait_for_engine_end();
  REQUIRE(project.versions() == "211");
  SECTION("at once") {
    CHECK(project.moondial({"runs"}).code == 0);
    CHECK(project.versions() == "222");
    CHECK(project.moondial({"show", "2", "--json"}).json()["tasks"][0]["state"] == "done");
  }
  SECTION("when what is in the way has been moved away") {
    fs::remove(project / "other/b");
    fs::create_directory(project / "other/b");
    for (int times = 0; times < 2; ++times) {
      const Finished stuck = project.moondial({"runs"});
      CHECK(stuck.code == 1);
      CHECK_THAT(stuck.err,
                 ContainsSubstring("an engine died while it published what T had made") &&
                     ContainsSubstring("it is a directory") &&
                     ContainsSubstring("when that is mended, the same command goes on"));
    }
    fs::remove(project / "other/b");
    CHECK(project.moondial({"runs"}).code == 0);
    CHECK(project.versions() == "222");
  }
  SECTION("or given up when a part of it is gone for good") {
    project.remove_tree("other");
    CHECK(project.moondial({"runs"}).code == 0);
    CHECK(project.versions() == "2-2");
    const Json task = project.moondial({"show", "2", "--json"}).json()["tasks"][0];
    CHECK(task["state"] == "lost");
    CHECK_THAT(task["attempts"][0]["error"].get<std::string>(),
               ContainsSubstring("neither it nor what was staged for it exists"));
    project.write("version", "3");
    CHECK(project.moondial({"run", "T"}).code == 0);
    CHECK(project.versions() == "333");
  }
  CHECK(staged_in(project.root()).empty());
  CHECK(project.integrity() == "ok\n");
}

}  // namespace moondial::e2e::publish_test
