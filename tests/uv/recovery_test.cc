#include "engine/recovery.h"

#include "tests/catch.h"
#include "tests/engine/fakes.h"
#include "tests/uv/faulty_calls.h"
#include "tests/uv/targets_fixture.h"

namespace moondial::recovery_test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

/// An engine that died: attempt 5 with an intent to publish a folder and a file, attempt 6 in the
/// middle of its work on another folder. Each is to replace an old one.
struct DeadEngine {
  TempDir dir;
  fakes::Trace trace;
  fakes::FakeLoop loop;
  fakes::FakeStore store{loop, trace};
  fakes::FakeRunner runner{loop, trace};

  DeadEngine() {
    for (const std::string folder : {"out/", "lost/"}) {
      fs::create_directories(dir / folder);
      write_text(dir / folder + "old", "old");
    }
    write_text(dir / "file", "old");
    FileTargets targets;
    OpenAttempt intent = open(5, {dir / "out/", dir / "file"});
    intent.has_intent = true;
    intent.outputs = targets.stage(intent.attempt, intent.final_paths).value();
    write_text(intent.outputs[0].staging_path + "new", "new");
    write_text(intent.outputs[1].staging_path, "new");
    const OpenAttempt lost = open(6, {dir / "lost/"});
    const auto staged = targets.stage(lost.attempt, lost.final_paths).value();
    fs::create_directories(staged[0].staging_path + "half");
    fs::permissions(staged[0].staging_path + "half", fs::perms(0555));
    store.open = {intent, lost};
  }

  static OpenAttempt open(uint64_t id, const Names& finals) {
    OpenAttempt attempt;
    attempt.attempt = AttemptId(id);
    attempt.run = RunId(1);
    attempt.final_paths = finals;
    return attempt;
  }

  /// False if it crashed.
  [[nodiscard]] bool publish(FaultyCalls& calls) const {
    FileTargets targets(calls);
    try {
      const Status status = targets.publish(store.open[0].outputs);
      if (!status.ok()) FAIL(status.error().message);
      return true;
    } catch (const Crash&) {
      return false;
    }
  }

  /// False if it crashed.
  bool recover(FaultyCalls& calls) {
    FileTargets targets(calls);
    try {
      const auto report = moondial::recover(store, targets, runner, loop);
      loop.settle();
      if (!report.ok()) FAIL(report.error().message);
      CHECK(report->finished_attempts == 1);
      CHECK(report->lost_attempts == 1);
      return true;
    } catch (const Crash&) {
      return false;
    }
  }

  [[nodiscard]] Names names(const std::string& path) const {
    Names names;
    for (const auto& entry : fs::directory_iterator(path)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  void check_recovered() const {
    CHECK(names(dir.path()) == Names{"file", "lost", "out"});
    CHECK(names(dir / "out") == Names{"new"});
    CHECK(names(dir / "lost") == Names{"old"});
    CHECK(read_text(dir / "file") == "new");
  }
};

TEST_CASE("an interrupted publishing of a folder is recovered, also if recovery is interrupted") {
  for (const int refuse_exchange : {0, EINVAL}) {
    bool published = false;
    for (int first = 0; !published; ++first) {
      INFO("the engine died at step " << first);
      bool recovered = false;
      for (int second = 0; !recovered; second += 3) {
        INFO("recovery at step " << second);
        DeadEngine engine;
        FaultyCalls calls;
        calls.refuse_exchange = refuse_exchange;
        calls.crash_before = first;
        published = engine.publish(calls);
        FaultyCalls recovery;
        recovery.refuse_exchange = refuse_exchange;
        recovery.crash_before = second;
        recovered = engine.recover(recovery);
        if (!recovered) {
          CHECK(engine.store.all<AttemptEnded>().empty());
          FaultyCalls well;
          REQUIRE(engine.recover(well));
        }
        engine.check_recovered();
      }
    }
  }
}

TEST_CASE("a lost attempt's folder is found by its final path, through links as they are") {
  DeadEngine engine;
  fs::create_directory_symlink("lost", engine.dir / "link");
  engine.store.open[1].final_paths = {engine.dir / "link/"};
  FaultyCalls calls;
  REQUIRE(engine.recover(calls));
  fs::remove(engine.dir / "link");
  engine.check_recovered();
}

}  // namespace
}  // namespace moondial::recovery_test
