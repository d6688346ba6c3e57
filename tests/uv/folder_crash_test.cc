#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>

#include "tests/catch.h"
#include "tests/uv/faulty_calls.h"
#include "tests/uv/targets_fixture.h"

using Catch::Matchers::ContainsSubstring;

namespace moondial::folder_crash_test {
namespace {

namespace fs = std::filesystem;

/// An attempt that is to publish two folders and a file, where others are, and one folder where
/// nothing is, or only the first `count` of these. Old files say "old", new ones "new".
struct Replacement {
  TempDir dir;
  std::optional<AsNobody> nobody;
  std::vector<StagedOutput> outputs;

  explicit Replacement(bool read_only, size_t count = 4) {
    fs::permissions(dir.path(), fs::perms::all);
    if (read_only) nobody.emplace();
    std::vector<std::string> finals{dir / "a/out/", dir / "a/file", dir / "a/fresh/",
                                    dir / "b/out/"};
    finals.resize(count);
    for (size_t i = 0; i < count; ++i) {
      if (i != 2) fill(finals[i], "old", read_only);
    }
    FileTargets targets;
    outputs = targets.stage(AttemptId(5), finals).value();
    for (const StagedOutput& output : outputs) fill(output.staging_path, "new", read_only);
    write_text(dir / "a/.moondial~5/scratch", "left by the work");
  }

  static void fill(const std::string& path, const std::string& version, bool read_only) {
    if (!path.ends_with('/')) {
      fs::create_directories(fs::path(path).parent_path());
      return write_text(path, version);
    }
    fs::create_directories(path + "sub");
    for (const std::string name : {"1", "sub/1"}) write_text(path + name, version);
    write_text(path + version, version);
    if (read_only) fs::permissions(path + "sub", fs::perms(0555));
    if (read_only) fs::permissions(path, fs::perms(0555));
  }

  /// "old", "new", "none", or what else it is.
  static std::string version(const std::string& path) {
    if (!fs::exists(path)) return "none";
    if (!path.ends_with('/')) return read_text(path);
    std::string versions;
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      found.push_back(entry.path().string().substr(path.size()));
      if (entry.is_regular_file()) versions += read_text(entry.path());
    }
    std::sort(found.begin(), found.end());
    for (const char* name : {"old", "new"}) {
      if (found != std::vector<std::string>{"1", name, "sub", "sub/1"}) continue;
      if (versions == std::string(name) + name + name) return name;
    }
    return "mixed: " + versions;
  }

  /// Runs publish() to its end or its crash; whether it ended.
  bool publish(FaultyCalls& calls) const {
    FileTargets targets(calls);
    try {
      const Status status = targets.publish(outputs);
      if (!status.ok()) FAIL(status.error().message);
      return true;
    } catch (const Crash&) {
      return false;
    }
  }

  void check_nothing_staged() const {
    for (const auto& entry : fs::recursive_directory_iterator(dir.path())) {
      INFO(entry.path());
      CHECK_FALSE(entry.path().filename().string().starts_with(".moondial~"));
    }
  }

  void check_whole(bool may_be_absent) const {
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::string now = version(outputs[i].final_path);
      INFO(outputs[i].final_path << " is " << now);
      CHECK((now == "new" || now == (i == 2 ? "none" : "old") || (may_be_absent && now == "none")));
    }
  }

  void check_published(bool read_only) const {
    for (const StagedOutput& output : outputs) {
      INFO(output.final_path);
      CHECK(version(output.final_path) == "new");
      if (!read_only || !output.final_path.ends_with('/')) continue;
      CHECK((fs::status(output.final_path).permissions() & fs::perms::all) == fs::perms(0555));
    }
    check_nothing_staged();
  }
};

/// One crash, then the end; after it once more, which changes nothing.
int crash_once_everywhere(int refuse_exchange, bool read_only) {
  for (int step = 0;; ++step) {
    INFO("step " << step);
    const Replacement world(read_only);
    FaultyCalls calls;
    calls.refuse_exchange = refuse_exchange;
    calls.crash_before = step;
    const bool ended = world.publish(calls);
    world.check_whole(refuse_exchange != 0);
    for (int round = 0; round < 2; ++round) {
      FaultyCalls next;
      next.refuse_exchange = refuse_exchange;
      REQUIRE(world.publish(next));
      world.check_published(read_only);
    }
    if (ended) return step;
  }
}

TEST_CASE("publishing folders is completed after a crash at any step") {
  CHECK(crash_once_everywhere(0, false) > 15);
}

TEST_CASE("so it is where names cannot be exchanged") {
  CHECK(crash_once_everywhere(EINVAL, false) > 15);
  CHECK(crash_once_everywhere(ENOSYS, false) > 15);
}

TEST_CASE("so it is if the old folders and the new ones are read-only, and they stay so") {
  CHECK(crash_once_everywhere(0, true) > 15);
  CHECK(crash_once_everywhere(EINVAL, true) > 15);
}

TEST_CASE("so it is after a second crash, and if names can be exchanged only by one of the two") {
  for (const auto& [refuse_first, refuse_then] :
       {std::pair(0, 0), std::pair(EINVAL, EINVAL), std::pair(0, EINVAL), std::pair(EINVAL, 0)}) {
    bool first_ended = false;
    for (int first = 0; !first_ended; first += 1) {
      bool second_ended = false;
      for (int second = first % 2; !second_ended; second += 2) {
        INFO("steps " << first << " and " << second);
        const Replacement world(false, 2);
        FaultyCalls calls;
        calls.refuse_exchange = refuse_first;
        calls.crash_before = first;
        first_ended = world.publish(calls);
        FaultyCalls again;
        again.refuse_exchange = refuse_then;
        again.crash_before = second;
        second_ended = world.publish(again);
        world.check_whole(true);
        FaultyCalls last;
        REQUIRE(world.publish(last));
        world.check_published(false);
      }
    }
  }
}

TEST_CASE("a publishing that the system refused at any step can be done again or discarded") {
  for (const int refuse_exchange : {0, EINVAL}) {
    bool refused = true;
    for (int step = 0; refused; ++step) {
      INFO("step " << step << (refuse_exchange != 0 ? ", two renames" : ""));
      for (const bool again : {true, false}) {
        const Replacement world(false, 2);
        FaultyCalls calls;
        calls.refuse_exchange = refuse_exchange;
        calls.fail_at = step;
        FileTargets targets(calls);
        const Status status = targets.publish(world.outputs);
        refused = step < calls.steps;
        if (!status.ok())
          CHECK_THAT(status.error().message,
                     ContainsSubstring("cannot publish") || ContainsSubstring("disk is gone"));
        FaultyCalls all_well;
        FileTargets sound(all_well);
        if (again) {
          REQUIRE(sound.publish(world.outputs).ok());
          world.check_published(false);
        } else {
          sound.discard(world.outputs);
          world.check_whole(false);
          world.check_nothing_staged();
        }
      }
    }
  }
}

TEST_CASE("of several outputs all are published or none, whatever the system refuses") {
  for (const int refuse_exchange : {0, EINVAL}) {
    bool refused = true;
    int failures = 0;
    for (int step = 0; refused; ++step) {
      INFO("step " << step << (refuse_exchange != 0 ? ", two renames" : ""));
      const Replacement world(false);
      FaultyCalls calls;
      calls.refuse_exchange = refuse_exchange;
      calls.fail_at = step;
      FileTargets targets(calls);
      if (!targets.publish(world.outputs).ok()) ++failures;
      refused = step < calls.steps;
      targets.discard(world.outputs);
      std::set<std::string> versions;
      for (size_t i = 0; i < world.outputs.size(); ++i) {
        const std::string now = Replacement::version(world.outputs[i].final_path);
        versions.insert(i == 2 && now == "none" ? "old" : now);
      }
      CAPTURE(versions);
      CHECK(versions.size() == 1);
    }
    CHECK(failures > 5);
  }
}

TEST_CASE("what is published of several and taken back can be published again") {
  for (const int step : {7, 8, 9}) {  // after the first swap
    const Replacement world(false);
    FaultyCalls calls;
    calls.fail_at = step;
    REQUIRE_FALSE(FileTargets(calls).publish(world.outputs).ok());
    for (const size_t i : {size_t{0}, size_t{1}, size_t{3}}) {
      CHECK(Replacement::version(world.outputs[i].final_path) == "old");
    }
    FaultyCalls well;
    REQUIRE(world.publish(well));
    world.check_published(false);
  }
}

TEST_CASE("a crash while a refused publishing is discarded leaves no half folder to be published") {
  // Two notes of two steps each, a sync, a refused exchange, the old folder moved aside.
  constexpr int kSecondRename = 7;
  for (int step = 0;; ++step) {
    INFO("step " << step);
    const Replacement world(false);
    FaultyCalls full;
    full.refuse_exchange = EINVAL;
    full.fail_at = kSecondRename;
    REQUIRE_FALSE(FileTargets(full).publish(world.outputs).ok());
    REQUIRE_FALSE(fs::exists(world.outputs[0].final_path));
    FaultyCalls calls;
    calls.crash_before = step;
    bool ended = true;
    try {
      FileTargets(calls).discard(world.outputs);
    } catch (const Crash&) {
      ended = false;
    }
    FileTargets targets;
    static_cast<void>(targets.publish(world.outputs));  // what recovery does
    world.check_whole(false);
    targets.discard(world.outputs);
    world.check_whole(false);
    world.check_nothing_staged();
    if (ended) break;
  }
}

TEST_CASE("the note is durable before names are exchanged, they before the old folder goes") {
  const Replacement world(false, 1);
  FaultyCalls calls;
  REQUIRE(world.publish(calls));
  const std::string staging = world.dir / "a/.moondial~5";
  REQUIRE(calls.log.size() == 9);
  CHECK(calls.log[5].starts_with("rename " + staging + "/.moondial~gone~"));
  calls.log.erase(calls.log.begin() + 5);
  CHECK(calls.log == std::vector<std::string>{"write", "write the rest", "sync",
                                              "exchange " + world.dir / "a/out", "sync",
                                              "remove " + staging, "remove the rest", "sync"});
}

TEST_CASE("a new folder needs one rename and one sync") {
  const Replacement world(false);
  const std::vector<StagedOutput> one{world.outputs[2]};
  FaultyCalls calls;
  REQUIRE(FileTargets(calls).publish(one).ok());
  CHECK(calls.log == std::vector<std::string>{"rename " + world.dir / "a/fresh",
                                              "remove " + world.dir / "a/.moondial~5",
                                              "remove the rest", "sync"});
}

struct Swapped : Replacement {
  Swapped() : Replacement(false, 1) {
    FaultyCalls calls;
    calls.crash_before = 4;  // after the exchange
    REQUIRE_FALSE(publish(calls));
    REQUIRE(version(outputs[0].final_path) == "new");
    REQUIRE(version(outputs[0].staging_path) == "old");
  }
  Status publish_again() const { return FileTargets().publish(outputs); }
};

TEST_CASE_METHOD(Swapped, "an old folder is never swapped back, whatever became of the new one") {
  fs::remove_all(outputs[0].final_path);
  const Status status = publish_again();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == "cannot publish '" + outputs[0].final_path +
                                      "': neither it nor what was staged for it exists");
  fs::create_directories(outputs[0].final_path);  // by somebody else
  REQUIRE(publish_again().ok());
  CHECK(fs::is_empty(outputs[0].final_path));
  check_nothing_staged();
}

TEST_CASE_METHOD(Swapped,
                 "a staged folder of unknown origin is not published, and the way out is told") {
  const std::string path = outputs[0].staging_path;
  fs::rename(path, dir / "moved");
  fill(path, "strange", false);
  const Status status = publish_again();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message ==
        "cannot publish '" + outputs[0].final_path + "': '" + path +
            "' is neither the folder that was made for it nor the one that was there before; move "
            "the right one to the final path and remove '" +
            dir / "a/.moondial~5" + "'");
  fs::remove_all(dir / "a/.moondial~5");
  REQUIRE(publish_again().ok());
  CHECK(version(outputs[0].final_path) == "new");
}

TEST_CASE_METHOD(Swapped, "nothing is swapped while the note cannot be read") {
  std::string note;
  for (const auto& entry : fs::directory_iterator(dir / "a/.moondial~5")) {
    if (entry.path().filename().string().starts_with(".moondial~new~")) note = entry.path();
  }
  fs::rename(note, dir / "note");
  fs::create_symlink(dir / "note", note);
  const Status status = publish_again();
  REQUIRE_FALSE(status.ok());
  CHECK_THAT(status.error().message, ContainsSubstring("cannot publish '" + dir / "a/out/"));
  CHECK(version(outputs[0].final_path) == "new");
  fs::rename(dir / "note", note);
  REQUIRE(publish_again().ok());
  CHECK(version(outputs[0].final_path) == "new");
  check_nothing_staged();
}

TEST_CASE("a folder that a check made anew after the sync is the one that is published") {
  const Replacement world(false, 1);
  FileTargets targets;
  REQUIRE(targets.sync(world.outputs).ok());
  fs::rename(world.outputs[0].staging_path, world.dir / "first");
  Replacement::fill(world.outputs[0].staging_path, "new", false);
  write_text(world.outputs[0].staging_path + "by-check", "x");
  REQUIRE(targets.publish(world.outputs).ok());
  CHECK(fs::exists(world.outputs[0].final_path + "by-check"));
  world.check_nothing_staged();
}

}  // namespace
}  // namespace moondial::folder_crash_test
