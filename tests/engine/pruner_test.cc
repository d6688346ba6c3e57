// What is too old to be kept: when it goes, in which order, and what an engine says of it.
#include "engine/pruner.h"

#include <filesystem>
#include <fstream>

#include "engine/attempt_log.h"
#include "tests/catch.h"
#include "tests/engine/world.h"

namespace moondial::pruner_test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

/// A pruner with a folder of logs.
struct Old {
  Old() {
    char text[] = "/tmp/moondial-pruner-XXXXXX";
    dir = ::mkdtemp(text);
    pruner.emplace(loop, store, dir);
    pruner->set_policy({});
  }
  ~Old() { fs::remove_all(dir); }

  std::string add_log(uint64_t attempt) const {
    const std::string path = log_path(dir, AttemptId(attempt));
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << "said\n";
    return path;
  }
  void begin() {
    pruner->begin_if_due([this] { return may_go_on; }, [this] { ++rounds; });
  }
  static PruneStep rows(uint64_t run, std::vector<AttemptId> attempts, bool begun, bool last) {
    PruneStep step;
    step.run = RunId(run);
    step.begun = begun;
    step.attempts = std::move(attempts);
    step.tasks = {1};
    step.last = last;
    return step;
  }

  fakes::Trace trace;
  fakes::FakeLoop loop;
  fakes::FakeStore store{loop, trace};
  std::string dir;
  std::optional<Pruner> pruner;
  bool may_go_on = true;
  int rounds = 0;
};

TEST_CASE("logs go before the rows by which they are found, and the run is hidden before both") {
  Old old;
  const std::string first = old.add_log(1);
  const std::string second = old.add_log(2);
  const std::string other = old.add_log(3);
  old.store.to_prune = {Old::rows(7, {AttemptId(1)}, false, false),
                        Old::rows(7, {AttemptId(2)}, true, true), PruneStep{}};
  old.store.last_old_event = 2;
  old.begin();
  CHECK(old.pruner->busy());
  while (old.store.all<TasksPruned>().empty()) REQUIRE(old.loop.step());
  CHECK(old.trace == fakes::Trace{"prune 7", "forget tasks of 7"});
  CHECK_FALSE(fs::exists(first));
  CHECK(fs::exists(second));
  old.loop.settle();
  CHECK(old.trace == fakes::Trace{"prune 7", "forget tasks of 7", "forget tasks of 7, the last",
                                  "forget events", "forget events", "swept"});
  CHECK_FALSE(fs::exists(second));
  CHECK(fs::exists(other));
  CHECK_FALSE(old.pruner->busy());
  CHECK(old.rounds == 1);
  CHECK(old.pruner->sweeps() == 1);
}

TEST_CASE("a crash after the logs went leaves the rows, and the next round goes on with them") {
  Old old;
  const std::string log = old.add_log(1);
  old.store.to_prune = {Old::rows(7, {AttemptId(1)}, true, true)};
  old.begin();
  while (fs::exists(log)) REQUIRE(old.loop.step());
  CHECK(old.store.all<TasksPruned>().empty());
  Old next;  // the engine that comes after it
  next.store.to_prune = old.store.to_prune;
  next.begin();
  next.loop.settle();
  CHECK(next.trace == fakes::Trace{"forget tasks of 7, the last"});
}

TEST_CASE("logs alone go, many of them in pieces, and empty folders of logs with them") {
  Old old;
  PruneStep step;
  step.run = RunId(4);
  step.only_logs = true;
  std::string last;
  for (uint64_t id = 1; id <= 2500; ++id) {
    if (id % 100 == 0) last = old.add_log(id);
    step.attempts.emplace_back(id);
  }
  old.store.to_prune = {step};
  old.begin();
  old.loop.settle();
  CHECK(old.trace == fakes::Trace{"forget logs of 4"});
  CHECK(fs::is_empty(old.dir + "/logs"));
}

TEST_CASE("pruning makes way for work, and is gone on with after it") {
  Old old;
  old.store.to_prune = {Old::rows(7, {}, false, false), Old::rows(7, {}, true, true)};
  old.begin();
  old.may_go_on = false;
  old.loop.settle();
  CHECK(old.trace == fakes::Trace{"prune 7"});
  CHECK(old.rounds == 1);
  old.may_go_on = true;
  old.begin();
  old.loop.settle();
  CHECK(old.trace == fakes::Trace{"prune 7", "forget tasks of 7", "forget tasks of 7, the last"});
}

TEST_CASE("a round takes two seconds at most, and the next one waits a little") {
  Old old;
  for (int i = 0; i < 5; ++i) old.store.to_prune.push_back(Old::rows(7, {}, true, false));
  old.begin();
  while (old.trace.size() < 2) REQUIRE(old.loop.step());
  old.loop.pass(Pruner::kRound);
  old.loop.settle();
  // What was handed over before the time passed is done; nothing more.
  CHECK(old.store.to_prune.size() >= 1);
  CHECK_FALSE(old.pruner->busy());
  const size_t left = old.store.to_prune.size();
  old.begin();
  old.loop.settle();
  CHECK(old.store.to_prune.size() == left);
  old.loop.advance(Pruner::kShortPause);
  old.begin();
  old.loop.settle();
  CHECK(old.store.to_prune.empty());
}

TEST_CASE("what is old follows from the policy, and rounds are an hour apart") {
  Old old;
  old.pruner->set_policy({48h, std::nullopt, 3});
  old.begin();
  old.begin();
  REQUIRE(old.store.prune_asked.size() == 1);
  CHECK(old.store.prune_asked[0].runs_before == old.loop.utc() - 48h);
  CHECK_FALSE(old.store.prune_asked[0].logs_before);
  CHECK(old.store.prune_asked[0].keep_last == 3);
  old.loop.advance(59min);
  old.begin();
  CHECK(old.store.prune_asked.size() == 1);
  old.loop.advance(1min);
  old.begin();
  CHECK(old.store.prune_asked.size() == 2);
}

TEST_CASE("while the logs take too much room those of the oldest runs go, whatever their age") {
  Old old;
  const std::string first = old.add_log(1);
  const std::string second = old.add_log(2);
  for (const std::string& log : {first, second}) fs::resize_file(log, 1'000'000);
  old.pruner->set_policy({std::nullopt, 48h, 0, 1'500'000});
  PruneStep step;
  step.run = RunId(1);
  step.only_logs = true;
  step.attempts = {AttemptId(1)};
  old.store.to_prune = {step};
  old.loop.advance(3h);
  old.begin();
  old.loop.settle();
  REQUIRE(old.store.prune_asked.size() == 2);
  CHECK(old.store.prune_asked[0].logs_before == old.loop.utc() - Pruner::kLooked);
  CHECK(old.store.prune_asked[1].logs_before == old.loop.utc() - 48h);  // there is room again
  CHECK_FALSE(fs::exists(first));
  CHECK(fs::exists(second));
}

TEST_CASE("what has just ended stays for its client to look at, whatever the policy says") {
  Old old;
  const UtcTime began = old.loop.utc();
  old.pruner->set_policy({0s, 0s, 0});
  old.loop.advance(10min);
  old.begin();
  CHECK(old.store.prune_asked.back().runs_before == began);
  CHECK(old.store.prune_asked.back().logs_before == began);
  old.loop.advance(3h);
  old.begin();
  CHECK(old.store.prune_asked.back().runs_before == old.loop.utc() - Pruner::kLooked);
}

TEST_CASE("an engine prunes when its work is done, and ends after that") {
  World world;
  world.command("A");
  world.store.to_prune = {Old::rows(1, {}, false, false), Old::rows(1, {}, true, true)};
  bool idle = false;
  world.engine.on_idle([&] { idle = true; });
  (void)world.run("A");
  CHECK_FALSE(world.told("prune 1"));
  world.runner.exit("A");
  CHECK(world.place("run done") < world.place("prune 1"));
  CHECK(world.told("forget tasks of 1, the last"));
  CHECK(idle);
}

TEST_CASE("a daemon in which something always runs prunes once a day") {
  World world;
  world.command("A");
  world.command("B");
  world.engine.on_idle([] {});
  world.engine.stay([] {});
  world.loop.settle();
  (void)world.run("A");  // and goes on
  world.store.to_prune = {Old::rows(1, {}, true, true), Old::rows(2, {}, true, true)};
  world.loop.advance(23h);
  (void)world.run("B");
  world.runner.exit("B");
  CHECK(world.store.to_prune.size() == 2);
  world.loop.advance(2h);
  (void)world.run("B");
  world.runner.exit("B");
  CHECK(world.store.to_prune.empty());
  CHECK(world.store.prune_asked.size() == 3);
  (void)world.run("B");
  world.runner.exit("B");
  CHECK(world.store.prune_asked.size() == 3);  // until tomorrow
}

TEST_CASE("an engine that is asked to end does not prune first") {
  World world;
  world.command("A");
  world.store.to_prune = {Old::rows(1, {}, false, false)};
  bool idle = false;
  world.engine.on_idle([&] { idle = true; });
  (void)world.run("A");
  world.engine.shut_down(false);
  world.loop.settle();
  CHECK(idle);
  CHECK_FALSE(world.told("prune 1"));
}

TEST_CASE("a run that is not kept any more is told apart from one that never was") {
  World world;
  world.store.pruned_up_to = 5;
  CHECK_THAT(world.engine.show(RunId(5)).error().message,
             ContainsSubstring("run 5 is not kept any more") && ContainsSubstring("retention"));
  CHECK(world.engine.show(RunId(6)).error().message == "there is no run 6");
  CHECK(world.engine.cancel(RunId(5), false).error().message.find("not kept") != std::string::npos);
}

TEST_CASE("texts of pipeline files are recorded again after a sweep may have removed them") {
  World world;
  world.command("A");
  world.host.generation.sources = {{"pipelines/p.lua", "hash"}};
  bool idle = false;
  world.engine.client_came();
  world.engine.on_idle([&] { idle = true; });
  (void)world.run("A");
  world.runner.exit("A");
  (void)world.run("A");
  world.runner.exit("A");
  CHECK(world.store.all<SourceText>().size() == 1);
  world.store.to_prune = {PruneStep{}};
  world.engine.client_went();
  world.engine.client_came();
  while (!world.told("swept")) REQUIRE(world.loop.step());
  (void)world.run("A");
  CHECK(world.store.all<SourceText>().size() == 2);
}

}  // namespace
}  // namespace moondial::pruner_test
