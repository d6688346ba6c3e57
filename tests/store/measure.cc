// Not a test: `test_store "[measure]"` prints what records cost.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "fixture.h"
#include "tests/catch.h"

using namespace moondial;        // NOLINT
using namespace moondial::test;  // NOLINT

namespace {

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * t.tv_usec; }
struct Cpu {
  double user = 0;
  double system = 0;
  Cpu operator-(const Cpu& other) const { return {user - other.user, system - other.system}; }
};
Cpu cpu(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return {seconds(usage.ru_utime), seconds(usage.ru_stime)};
}
/// Of all threads but this one: of the writer.
Cpu others_cpu() { return cpu(RUSAGE_SELF) - cpu(RUSAGE_THREAD); }

/// As the engine does it: 4 durable steps each, `width` attempts under way at once.
class Nightly {
 public:
  Nightly(StoreFixture& fixture, uint64_t attempts, uint64_t width)
      : fixture_(fixture), attempts_(attempts), width_(width) {}

  void play() {
    std::vector<Record> records = {run_started(run_)};
    for (uint64_t n = 1; n <= attempts_; ++n) {
      TaskPlanned task = planned(run_, id(n));
      task.params = {{"date", "2015-09-18"}, {"engine", "engine-" + std::to_string(n)}};
      task.why = "its output data/raw/engine/2015-09-18.csv is missing";
      records.emplace_back(std::move(task));
    }
    fixture_.store().write(std::move(records), [this] {
      while (started_ < width_) start();
    });
    fixture_.loop.run_until([this] { return ended_ == attempts_; });
  }

 private:
  static std::string id(uint64_t n) {
    return "sem.FetchCost(date=2015-09-18,engine=engine-" + std::to_string(n) + ")";
  }
  void start() {
    const uint64_t n = ++started_;
    AttemptStarted record = started(AttemptId(n), run_, id(n));
    record.outputs = {"/srv/project/data/raw/engine-" + std::to_string(n) + "/2015-09-18.csv"};
    fixture_.store().write({record}, [this, n] {
      fixture_.store().write({AttemptProcess{AttemptId(n), 4711}}, {});
      publish(n);
    });
  }
  void publish(uint64_t n) {
    const std::string dir = "/srv/project/data/raw/engine-" + std::to_string(n);
    PublishIntent record{AttemptId(n), {{dir + "/2015-09-18.csv", dir + "/.moondial~1/2015.csv"}}};
    fixture_.store().write({record}, [this, n] {
      AttemptEnded record_end = ended(AttemptId(n));
      record_end.exit = 0;
      fixture_.store().write({record_end}, [this, n] { end(n); });
    });
  }
  void end(uint64_t n) {
    fixture_.store().write({ended(run_, id(n))}, {});
    ++ended_;
    if (started_ < attempts_) start();
  }

  StoreFixture& fixture_;
  const uint64_t attempts_;
  const uint64_t width_;
  const RunId run_{1};
  uint64_t started_ = 0;
  uint64_t ended_ = 0;
};

}  // namespace

TEST_CASE("Cost of a night", "[.][measure]") {
  const auto [attempts, width] = GENERATE(
      table<uint64_t, uint64_t>({{2'000, 1}, {10'000, 32}, {10'000, 1000}, {300'000, 1000}}));
  StoreFixture fixture;
  const Cpu writer_before = others_cpu();
  const Cpu loop_before = cpu(RUSAGE_THREAD);
  const auto wall_before = std::chrono::steady_clock::now();
  Nightly(fixture, attempts, width).play();
  fixture.store().close();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - wall_before;
  const Cpu writer = others_cpu() - writer_before;
  const Cpu loop = cpu(RUSAGE_THREAD) - loop_before;
  std::printf(
      "%7llu attempts, %4llu at once: writer %.2f s user %.2f s system, loop %.2f s, wall %.2f s, "
      "%.1f MB\n",
      static_cast<unsigned long long>(attempts), static_cast<unsigned long long>(width),
      writer.user, writer.system, loop.user + loop.system, wall.count(),
      static_cast<double>(std::filesystem::file_size(fixture.path())) / 1e6);
}

TEST_CASE("Cost of reading", "[.][measure]") {
  StoreFixture fixture;
  Nightly(fixture, 100'000, 1000).play();
  const auto timed = [](const char* what, const auto& work) {
    const auto before = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - before;
    std::printf("%-28s %.3f ms\n", what, wall.count() * 1e3);
  };
  timed("runs(50)", [&] { REQUIRE(fixture.store().runs(50, RunId(), {}).ok()); });
  timed("run of 100000 tasks", [&] { REQUIRE(fixture.store().run(RunId(1)).ok()); });
  timed("usual_durations()", [&] { REQUIRE(fixture.store().usual_durations().ok()); });
  timed("open_attempts()", [&] { REQUIRE(fixture.store().open_attempts().ok()); });
  timed("attempt()", [&] { REQUIRE(fixture.store().attempt(AttemptId(77)).ok()); });
}
