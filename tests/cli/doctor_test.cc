// What `doctor` says of values, of a .moondial, and of what attempts left.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "base/text.h"
#include "cli/machine_checks.h"
#include "cli/shell_check.h"
#include "cli/staging_scan.h"
#include "cli/state_checks.h"
#include "tests/catch.h"

namespace moondial::doctor_test {
using Catch::Matchers::ContainsSubstring;
using Grade = Finding::Grade;
using std::chrono::hours;
using std::chrono::seconds;
namespace fs = std::filesystem;

namespace {

const UtcTime kNow{seconds(1'800'000'000)};

struct Folder {
  Folder() {
    char name[] = "/tmp/moondial-cli-XXXXXX";
    path = fs::canonical(::mkdtemp(name));
    state = (path / ".moondial").string();
  }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name) << "x";
  }
  [[nodiscard]] Project project() const {
    return {path.string(), state, state + "/engine.sock", state + "/engine.log"};
  }
  fs::path path;
  std::string state;
};

void check_finding(const Finding& finding, Grade grade, const std::string& part) {
  INFO(finding.message << " / " << finding.hint);
  CHECK(finding.grade == grade);
  CHECK_THAT(finding.message, ContainsSubstring(part));
  if (grade == Grade::kWarning || grade == Grade::kProblem) CHECK_FALSE(finding.hint.empty());
}

}  // namespace

TEST_CASE("a clock that is wrong, went back or is not kept") {
  check_finding(clock_finding(kNow, kNow - hours(1), true), Grade::kOk, "2027-01-15");
  check_finding(clock_finding(kNow, kNow + seconds(5), true), Grade::kOk, "");
  check_finding(clock_finding(kNow, std::nullopt, true), Grade::kOk, "");
  check_finding(clock_finding(kNow, std::nullopt, false), Grade::kWarning, "time service");
  check_finding(clock_finding(kNow, kNow + hours(1), true), Grade::kProblem, "backward");
  check_finding(clock_finding(UtcTime{}, std::nullopt, true), Grade::kProblem, "1970-01-01");
}

TEST_CASE("a time zone that is not known") {
  check_finding(zone_finding("Asia/Shanghai", kNow), Grade::kOk, "+08:00");
  check_finding(zone_finding("local", kNow), Grade::kOk, "own");
  check_finding(zone_finding("Asia/Shanghia", kNow), Grade::kProblem, "Asia/Shanghia");
  // The files of today end in 2037.
  const UtcTime later = std::chrono::sys_days{std::chrono::year(2600) / 1 / 1};
  check_finding(zone_finding("UTC", later), Grade::kWarning, "no clock changes to come");
}

TEST_CASE("a locale that is not there, or cannot hold all texts") {
  check_finding(locale_finding("C.UTF-8", "UTF-8"), Grade::kOk, "C.UTF-8");
  check_finding(locale_finding("xx_YY.UTF-8", std::nullopt), Grade::kWarning, "xx_YY.UTF-8");
  check_finding(locale_finding("", "ANSI_X3.4-1968"), Grade::kWarning, "none is set");
}

TEST_CASE("too few descriptors, and how far they can be raised") {
  check_finding(descriptors_finding(4096, 4096), Grade::kOk, "4096");
  check_finding(descriptors_finding(512, 1'000'000), Grade::kWarning, "512");
  CHECK(descriptors_finding(512, 1'000'000).hint == "ulimit -n 4096");
  CHECK(descriptors_finding(512, 2048).hint == "ulimit -n 2048");
  check_finding(descriptors_finding(64, 64), Grade::kProblem, "64");
  CHECK_THAT(descriptors_finding(64, 64).hint, ContainsSubstring("LimitNOFILE"));
}

TEST_CASE("a disk that is full, or has room for no more files") {
  check_finding(disk_finding("/p", uint64_t{5} << 30, 1'000'000), Grade::kOk, "5.0 GiB free at /p");
  check_finding(disk_finding("/p", uint64_t{5} << 30, std::nullopt), Grade::kOk, "");
  check_finding(disk_finding("/p", uint64_t{500} << 20, 1'000'000), Grade::kWarning, "500.0 MiB");
  check_finding(disk_finding("/p", uint64_t{5} << 20, 1'000'000), Grade::kProblem, "only");
  check_finding(disk_finding("/p", uint64_t{5} << 30, 3), Grade::kProblem, "3 more files");
  CHECK(bytes_text(0) == "0 B");
  CHECK(bytes_text(1536) == "1.5 KiB");
  CHECK(look_at_disks({"/tmp", "/tmp", "/nonexistent"}).size() == 1);
}

TEST_CASE("a shell that is not there, does not work, or works") {
  check_finding(look_at_shell({"bash", "-e", "-o", "pipefail", "-c"}), Grade::kOk, "works");
  check_finding(look_at_shell({"no-such-shell", "-c"}), Grade::kProblem, "not found");
  check_finding(look_at_shell({"bash", "-o", "nonsense", "-c"}), Grade::kProblem, "exit 2");
  check_finding(look_at_shell({"/tmp", "-c"}), Grade::kProblem, "ermission");
  check_finding(look_at_shell({}), Grade::kProblem, "none");
}

TEST_CASE("the state folder: absent, ours, open to others, no folder, in parts not ours") {
  Folder folder;
  check_finding(look_at_state(folder.state), Grade::kOk, "nothing was run yet");
  fs::create_directory(folder.state);
  ::chmod(folder.state.c_str(), 0700);
  check_finding(look_at_state(folder.state), Grade::kOk, "yours alone");
  ::chmod(folder.state.c_str(), 0750);
  check_finding(look_at_state(folder.state), Grade::kWarning, "open to other users");
  CHECK(look_at_state(folder.state).hint == "chmod 700 " + folder.state);
  folder.write("file");
  check_finding(look_at_state((folder.path / "file").string()), Grade::kProblem, "no folder");
  if (::geteuid() != 0) return;
  ::chmod(folder.state.c_str(), 0700);
  folder.write(".moondial/moondial.db");
  REQUIRE(::lchown((folder.state + "/moondial.db").c_str(), 12345, 12345) == 0);
  check_finding(look_at_state(folder.state), Grade::kProblem, "moondial.db belongs to another");
  REQUIRE(::lchown(folder.state.c_str(), 12345, 12345) == 0);
  check_finding(look_at_state(folder.state), Grade::kProblem, "uid 12345");
}

TEST_CASE("no engine: the lock is held against one, and a socket that is left is told") {
  Folder folder;
  Session session(folder.project());
  CHECK_FALSE(look_for_engine(session).hold);  // no state: nothing to hold
  folder.write(".moondial/moondial.db");
  const EngineLook look = look_for_engine(session);
  CHECK(look.kind == EngineLook::Kind::kNone);
  REQUIRE(look.hold);
  const OwnedFd other(::open((folder.state + "/engine.lock").c_str(), O_RDWR));
  CHECK(::flock(other.get(), LOCK_EX | LOCK_NB) != 0);

  auto findings = engine_findings(folder.project(), look);
  REQUIRE(findings.size() == 1);
  check_finding(findings[0], Grade::kOk, "none is at work");
  folder.write(".moondial/engine.sock");
  findings = engine_findings(folder.project(), look);
  REQUIRE(findings.size() == 2);
  check_finding(findings[1], Grade::kWarning, "engine.sock");
}

TEST_CASE("an engine that holds the project but does not answer is a problem") {
  Folder folder;
  folder.write(".moondial/moondial.db");
  const OwnedFd held(
      ::open((folder.state + "/engine.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(::write(held.get(), "4711\n", 5) == 5);
  REQUIRE(::flock(held.get(), LOCK_EX) == 0);
  Session session(folder.project());
  const EngineLook look = look_for_engine(session);
  CHECK(look.kind == EngineLook::Kind::kSilent);
  CHECK(look.pid == "4711");
  check_finding(engine_findings(folder.project(), look)[0], Grade::kProblem, "pid 4711");
}

TEST_CASE("the newest time of the state's files") {
  Folder folder;
  CHECK_FALSE(newest_file(folder.state));
  folder.write(".moondial/a");
  folder.write(".moondial/b");
  const utimbuf early{1'500'000'000, 1'500'000'000};
  const utimbuf late{1'900'000'000, 1'900'000'000};
  ::utime((folder.state + "/a").c_str(), &late);
  ::utime((folder.state + "/b").c_str(), &early);
  CHECK(newest_file(folder.state) == UtcTime{seconds(1'900'000'000)});
}

TEST_CASE("staging folders are found, and nothing that only looks like one") {
  Folder folder;
  for (const char* name :
       {"data/.moondial~17/out.csv", "data/deep/er/.moondial~3/x",
        ".moondial~18446744073709551615/x", "data/.moondial~x/y", "data/.moondial~/y",
        "data/.moondial~3x/y", "data/.moondial~99999999999999999999/y", ".git/.moondial~5/x",
        ".moondial/tmp/.moondial~6/x", "data/.moondial~7"}) {
    folder.write(name);
  }
  fs::create_directory_symlink(folder.path / "data", folder.path / "link");
  const StagingScan scan = find_staging({folder.path.string(), folder.path.string()}, 1000);
  CHECK(scan.whole);
  std::vector<std::string> found;
  for (const StagingFolder& one : scan.folders) {
    found.push_back(fs::relative(one.path, folder.path).string());
  }
  CHECK(found == std::vector<std::string>{".moondial~18446744073709551615", "data/.moondial~17",
                                          "data/deep/er/.moondial~3"});
  CHECK(scan.folders[1].attempt == 17);
  CHECK_FALSE(find_staging({folder.path.string()}, 2).whole);
  CHECK(find_staging({"/nonexistent"}, 10).folders.empty());
}

TEST_CASE("findings for people and as JSON") {
  const std::vector<Finding> findings = {
      {"disk", Grade::kOk, "5 GiB free", ""},
      {"record", Grade::kSkipped, "an engine is at work", ""},
      {"clock", Grade::kWarning, "not kept", "keep it"},
      {"shell", Grade::kProblem, "not \x1b[31mfound", "install"}};
  CHECK(findings_text(findings, Terminal{1, false, false}) ==
        "ok       disk         5 GiB free\n"
        "skipped  record       an engine is at work\n"
        "warning  clock        not kept\n"
        "                      hint: keep it\n"
        "problem  shell        not \\x1b[31mfound\n"
        "                      hint: install\n"
        "1 problem, 1 warning\n");
  CHECK(findings_text({findings[0], findings[1]}, Terminal{1, false, false})
            .ends_with("all is well\n"));
  CHECK(has_problem(findings));
  CHECK_FALSE(has_problem({findings[0], findings[1], findings[2]}));
  const auto json = parse_json(findings_json(findings));
  CHECK(json["problems"] == 1);
  CHECK(json["warnings"] == 1);
  CHECK(json["checks"][1] == parse_json(R"({"check": "record", "grade": "skipped",
    "message": "an engine is at work", "hint": null})"));
}

}  // namespace moondial::doctor_test
