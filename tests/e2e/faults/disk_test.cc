// Disks that are full, read-only or elsewhere; directories that go or may not be written.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "tests/catch.h"
#include "tests/e2e/faults/disk.h"
#include "tests/e2e/faults/fault_project.h"

namespace moondial::e2e::disk_test {
namespace {

using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

// Big is too much for a disk of 256 KiB.
constexpr const char* kDiskPipeline = R"lua(
  local Big = task "Big" { output = { a = "out/a", b = "other/b" },
    sh = "echo small > ${output.b}; head -c 1000000 /dev/zero > ${output.a}" }
  local Ok = task "Ok" { output = "other/ok", sh = "echo x >> ok-ran; echo ok > ${output}" }
  task "All" { requires = { Big, Ok } }
  local Waits = task "Waits" { params = { n = param.int }, output = "other/w${n}",
    sh = "echo $$ > pid${n}; until [ -e go ]; do sleep 0.02; done; echo ok > ${output}" }
  task "Two" { requires = function() return { Waits{ n = 1 }, Waits{ n = 2 } } end }
)lua";

struct DiskProject : Project {
  DiskProject() { write("pipelines/p.lua", kDiskPipeline); }

  /// Big has failed for that reason and has left nothing; Ok is done.
  void check_big_failed(const std::string& reason) const {
    const Finished out = moondial({"run", "All"});
    INFO(out.all());
    CHECK(out.code == 1);
    CHECK_THAT(out.out, ContainsSubstring(reason));
    CHECK_THAT(out.out, ContainsSubstring("done Ok"));
    CHECK_THAT(out.out, ContainsSubstring("failed Big"));
    CHECK_FALSE(exists("out/a"));
    CHECK_FALSE(exists("other/b"));
    CHECK(staged_in(root()).empty());
  }

  /// Once the reason has gone, the same command makes what is left.
  void check_goes_on() const {
    const Finished out = moondial({"run", "All"});
    INFO(out.all());
    CHECK(out.code == 0);
    CHECK(fs::file_size(*this / "out/a") == 1000000);
    CHECK(read("other/b") == "small\n");
    CHECK(read("ok-ran") == "x\n");
    CHECK(integrity() == "ok\n");
  }
};

/// Fills it up.
void fill(const fs::path& directory) {
  std::ofstream file(directory / "ballast", std::ios::binary);
  const std::string block(4096, 'x');
  while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
  }
}

}  // namespace

TEST_CASE("the disk of an output is full: its task fails, the others go on") {
  if (!SmallDisk::is_possible()) return;
  const DiskProject project;
  SECTION("no room for the bytes") {
    const SmallDisk disk(project / "out", "size=256k");
    project.check_big_failed("No space left on device");
    disk.remount("size=4m");
    project.check_goes_on();
  }
  SECTION("no room for another name") {
    const SmallDisk disk(project / "out", "nr_inodes=1");
    project.check_big_failed("cannot write in directory '" + (project / "out").string() +
                             "': No space left on device");
    disk.remount("nr_inodes=100");
    project.check_goes_on();
  }
}

TEST_CASE("the disk of an output is read-only: its task fails, the others go on") {
  if (!SmallDisk::is_possible()) return;
  const DiskProject project;
  const SmallDisk disk(project / "out", "size=4m");
  disk.remount("ro");
  project.check_big_failed("cannot write in directory '" + (project / "out").string() +
                           "': Read-only file system");
  disk.remount("size=4m");
  project.check_goes_on();
}

TEST_CASE("the disk of an output becomes read-only while its task runs") {
  if (!SmallDisk::is_possible()) return;
  const Project project;
  project.write("pipelines/p.lua", R"lua(
    task "Half" { output = { a = "out/a", b = "other/b" },
      sh = "echo half > ${output.a}; until [ -e go ]; do : > waits; sleep 0.02; done; "
        .. "echo b > ${output.b}; echo whole > ${output.a}" }
  )lua");
  const SmallDisk disk(project / "out", "size=4m");
  Running run = project.start({"run", "Half"});
  wait_until("its work", [&] { return project.exists("waits"); });
  disk.remount("ro");
  project.write("go", "");
  const Finished out = run.finish();
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK_THAT(out.out, ContainsSubstring("Read-only file system"));
  CHECK_FALSE(project.exists("out/a"));
  CHECK_FALSE(project.exists("other/b"));
  disk.remount("size=4m");
  CHECK(project.moondial({"run", "Half"}).code == 0);
  CHECK(project.read("out/a") == "whole\n");
  // What could not be removed then is known.
  const auto left = staged_in(project.root());
  REQUIRE(left.size() == 1);
  CHECK_THAT(project.moondial({"doctor"}).out, ContainsSubstring("rm -r '" + left[0] + "'"));
}

TEST_CASE("the disk of the record becomes full: the engine stops and says so, nothing is lost") {
  if (!SmallDisk::is_possible()) return;
  const DiskProject project;
  const SmallDisk disk(project / ".moondial", "size=2m");
  REQUIRE(project.moondial({"run", "Ok"}).code == 0);
  project.wait_for_engine_end();

  Running run = project.start({"run", "Two", "-j", "2"});
  for (const char* pid : {"pid1", "pid2"}) {
    wait_until(pid, [&] { return project.exists(pid) && project.read(pid).ends_with("\n"); });
  }
  const pid_t child = std::stoi(project.read("pid1"));
  fill(project / ".moondial");
  // What the end of a log takes is more than what is left in the last page of the record's log.
  Running filler = project.start({"run", "Ok", "--force"});
  const Finished out = run.finish();
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK_THAT(out.err,
             ContainsSubstring("the engine ended unexpectedly: no space is left on the disk"));
  CHECK(filler.finish().code == 1);
  project.wait_for_engine_end();
  CHECK_FALSE(project.exists("other/w1"));

  const Finished full = project.moondial({"runs"});
  INFO(full.all());
  CHECK(full.code == 1);
  CHECK_THAT(full.err, ContainsSubstring("no space is left on the disk"));
  CHECK(ask_record(project, "SELECT state FROM run_list WHERE run = 1") ==
        std::vector<std::string>{"done"});

  fs::remove(project / ".moondial/ballast");
  project.write("go", "");
  const Finished again = project.moondial({"run", "Two"});
  INFO(again.all());
  CHECK(again.code == 0);
  CHECK_FALSE(is_alive(child));
  CHECK(project.read("other/w1") == "ok\n");
  CHECK(staged_in(project.root()).empty());
  CHECK(project.moondial({"show", "2", "--json"}).json()["state"] == "lost");
  CHECK(project.integrity() == "ok\n");
}

TEST_CASE("a disk that is full or read-only from the start is told, and left alone") {
  if (!SmallDisk::is_possible()) return;
  const DiskProject project;
  {
    const SmallDisk disk(project / ".moondial", "size=64k");
    const Finished out = project.moondial({"run", "Ok"});
    CHECK(out.code == 1);
    CHECK_THAT(out.err, ContainsSubstring("moondial.db: no space is left on the disk"));
  }
  const SmallDisk disk(project / ".moondial", "size=4m");
  REQUIRE(project.moondial({"run", "Ok"}).code == 0);
  project.wait_for_engine_end();
  disk.remount("ro");
  const Finished out = project.moondial({"run", "Ok", "--force"});
  CHECK(out.code == 1);
  CHECK_THAT(out.err, ContainsSubstring("Read-only file system"));
  CHECK(project.read("ok-ran") == "x\n");
}

TEST_CASE("an output on another file system is staged there, and published whole") {
  if (!SmallDisk::is_possible()) return;
  const Project project;
  const SmallDisk disk(project / "mnt", "size=4m");
  const fs::path far = project / "mnt/far";
  project.write("moondial.lua", "return { output_roots = { \"" + far.string() + "\" } }");
  project.write("pipelines/p.lua", R"lua(
    task "Far" { output = { a = "FAR/a", d = dir("FAR/d"), here = "here" },
      sh = "v=$(cat version); echo $v > ${output.a}; echo $v > ${output.d}/x; echo $v > ${output.here}; "
        .. "stat -c %d ${output.a} ${output.d} > devices; [ ! -e bad ]" }
  )lua");
  std::string pipeline = project.read("pipelines/p.lua");
  for (size_t at = 0; (at = pipeline.find("FAR", at)) != std::string::npos;) {
    pipeline.replace(at, 3, far.string());
  }
  project.write("pipelines/p.lua", pipeline);
  const auto check = [&](const std::string& version) {
    for (const char* path : {"mnt/far/a", "mnt/far/d/x", "here"}) {
      CHECK(project.read(path) == version + "\n");
    }
    CHECK(staged_in(project.root()).empty());
  };
  project.write("version", "1");
  REQUIRE(project.moondial({"run", "Far"}).code == 0);
  check("1");
  struct stat info {};
  REQUIRE(::stat(far.c_str(), &info) == 0);
  const std::string device = std::to_string(info.st_dev);
  CHECK(project.read("devices") == device + "\n" + device + "\n");

  project.write("version", "2");
  project.write("bad", "");
  CHECK(project.moondial({"run", "Far", "--force"}).code == 1);
  check("1");
  fs::remove(project / "bad");
  CHECK(project.moondial({"run", "Far", "--force"}).code == 0);
  check("2");
}

TEST_CASE("an output directory that is removed while its task runs") {
  const Project project;
  project.write("pipelines/p.lua", R"lua(
    task "T" { params = { retries = param.int }, output = { a = "out/a", b = "other/b" },
      retry = function(t) return t.retries end,
      sh = "echo x >> begun; until [ -e go ]; do sleep 0.02; done; echo a > ${output.a}; echo b > ${output.b}" }
  )lua");
  const int retries = GENERATE(0, 1);
  Running run = project.start({"run", "T", "retries=" + std::to_string(retries)});
  wait_until("its work", [&] { return project.exists("begun"); });
  project.remove_tree("out");
  project.write("go", "");
  const Finished out = run.finish();
  INFO(out.all());
  CHECK_THAT(out.out, ContainsSubstring("failed T") || ContainsSubstring("retrying"));
  CHECK(out.code == (retries == 0 ? 1 : 0));
  CHECK(project.exists("out/a") == (retries == 1));
  CHECK(project.exists("other/b") == (retries == 1));
  CHECK(staged_in(project.root()).empty());
}

TEST_CASE("an output directory that is removed in the middle of publishing") {
  const Project project;
  project.write("pipelines/p.lua", R"lua(
    task "T" { output = { a = "out/a", b = "other/b" }, check = function() sh "rm -rf other" end,
      sh = "echo a > ${output.a}; echo b > ${output.b}" }
  )lua");
  const Finished out = project.moondial({"run", "T"});
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK_THAT(out.out, ContainsSubstring("publishing failed: cannot publish '" +
                                        (project / "other/b").string() +
                                        "': neither it nor what was staged for it exists"));
  CHECK_FALSE(project.exists("out/a"));
  CHECK(staged_in(project.root()).empty());
}

TEST_CASE("an output directory that may not be written") {
  const bool is_root = ::geteuid() == 0;
  if (is_root && !has_program("setpriv")) {
    WARN("skipped: without setpriv root cannot run moondial as somebody else");
    return;
  }
  const Project project;
  project.write("pipelines/p.lua", kDiskPipeline);
  fs::create_directory(project / "out");
  std::vector<std::string> command{std::getenv("MOONDIAL_BIN"), "run", "All"};
  if (is_root) {
    REQUIRE(run_program({"chown", "-R", "65534:65534", project.root().string()}, "/").code == 0);
    REQUIRE(::chown((project / "out").c_str(), 0, 0) == 0);
    command.insert(command.begin(),
                   {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    if (run_program({command[0], command[1], command[2], command[3], command[4], "version"},
                    project.root())
            .code != 0) {
      WARN("skipped: nobody may not run " << command[4]);
      return;
    }
  } else {
    fs::permissions(project / "out", fs::perms(0555));
  }
  const Finished out = run_program(command, project.root());
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK_THAT(out.out, ContainsSubstring("cannot write in directory '" + (project / "out").string() +
                                        "': Permission denied"));
  CHECK_THAT(out.out, ContainsSubstring("done Ok"));
  CHECK(staged_in(project.root()).empty());
  fs::permissions(project / "out", fs::perms(0777));
  CHECK(run_program(command, project.root()).code == 0);
}

}  // namespace moondial::e2e::disk_test
