// Not a test: `test_hold "[measure]"` prints what it costs to hold commands.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/uv/loop_fixture.h"
#include "tests/uv/temp_dir.h"
#include "uv/proc_fs.h"
#include "uv/uv_process_runner.h"

namespace moondial {
namespace {

struct Runner {
  TempDir dir;
  UvLoop loop;
  UvProcessRunner runner{loop, dir / ".moondial"};
  uint64_t last = 0;

  Runner() { std::filesystem::create_directory(dir / ".moondial"); }

  std::unique_ptr<Process> start(std::vector<std::string> argv, bool hold,
                                 std::function<void(CommandResult)> on_exit) {
    CommandSpec spec;
    spec.attempt = AttemptId(++last);
    spec.argv = std::move(argv);
    spec.hold = hold;
    auto process = runner.spawn(
        std::move(spec), [](std::string_view) {}, std::move(on_exit));
    REQUIRE(process.ok());
    return std::move(process).value();
  }

  /// Seconds for `count` times `true`, two at a time.
  double run(int count, bool hold) {
    const MonoTime begin = loop.mono();
    int ended = 0;
    int started = 0;
    std::vector<std::unique_ptr<Process>> processes(static_cast<size_t>(count));
    std::function<void()> next = [&] {
      if (started == count) return;
      const auto place = static_cast<size_t>(started++);
      processes[place] = start({"true"}, hold, [&, place](const CommandResult&) {
        ++ended;
        loop.defer([&, place] {
          processes[place].reset();
          next();
        });
      });
    };
    next();
    next();
    REQUIRE(run_until(loop, [&] { return ended == count; }));
    return std::chrono::duration<double>(loop.mono() - begin).count();
  }
};

/// `Pss`, `Rss` … of a process, in KiB.
long memory_of(int pid, const std::string& what) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(what + ":")) return std::stol(line.substr(what.size() + 1));
  }
  return -1;
}

TEST_CASE("1,000 trivial commands, held and not", "[.measure]") {
  Runner runner;
  runner.run(100, true);
  for (int round = 0; round < 5; ++round) {
    const double free = runner.run(1000, false);
    const double held = runner.run(1000, true);
    std::printf("1,000 times true: %.2f s, held %.2f s, ratio %.2f\n", free, held, held / free);
  }
}

TEST_CASE("memory of a hundred holders", "[.measure]") {
  Runner runner;
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < 100; ++i) {
    processes.push_back(runner.start({"sleep", "1000"}, true, [](const CommandResult&) {}));
  }
  long pss = 0;
  long rss = 0;
  long own = 0;
  for (const auto& process : processes) {
    const int holder = process_stat(process->pid()).value().parent;
    pss += memory_of(holder, "Pss");
    rss += memory_of(holder, "Rss");
    own += memory_of(holder, "Pss_Anon");
  }
  std::printf("of 100 holders, each: Pss %ld KiB, Rss %ld KiB, of its own %ld KiB\n", pss / 100,
              rss / 100, own / 100);
}

}  // namespace
}  // namespace moondial
