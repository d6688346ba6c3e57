// Copies of the record from outside, while a daemon works.
#include "tests/catch.h"
#include "tests/e2e/daemon.h"

namespace moondial::e2e::backup_test {

using Catch::Matchers::ContainsSubstring;

TEST_CASE("command: backup") {
  const SpecProject project(R"lua(
task "Quick" { output = "q", sh = "echo > ${output}" }
task "Slow" { run = function() sleep "1h" end })lua");
  (void)project.run({"Quick"});
  const auto ask = [&](const std::string& file, const std::string& query) {
    return run_program({"sqlite3", (project / file).string(), query}, project.root()).out;
  };
  CHECK(project.json({"backup", "alone.db"}).empty());  // without a daemon
  Daemon daemon(project);
  CHECK(project.moondial({"run", "Slow", "--detach"}).code == 0);
  CHECK_THAT(project.command({"backup", "copy.db"}).out, ContainsSubstring("copy.db is made\n"));
  CHECK(ask("copy.db", "PRAGMA integrity_check; SELECT run, state FROM run_list") ==
        "ok\n1|done\n2|running\n");
  CHECK(ask("alone.db", "SELECT count(*) FROM runs") == "1\n");
  CHECK_THAT(project.command({"backup", "copy.db"}, 2).err, ContainsSubstring("is there already"));
  CHECK_THAT(project.command({"backup", "no/such/folder"}, 1).err, ContainsSubstring("no/such"));
  daemon.interrupt();
  // It is put in the place of the record.
  std::filesystem::remove_all(project / ".moondial");
  std::filesystem::create_directory(project / ".moondial");
  std::filesystem::rename(project / "alone.db", project / ".moondial/moondial.db");
  CHECK(project.json({"runs"}).size() == 1);
}

}  // namespace moondial::e2e::backup_test
