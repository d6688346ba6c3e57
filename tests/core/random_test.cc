// Random graphs, runs, failures and cancels, with the promises checked after every step.
#include "tests/core/random.h"
#include "tests/catch.h"
#include "tests/core/graph.h"
#include "tests/large.h"

namespace moondial::random_test {
namespace {

Graph random_graph(Random& random) {
  Graph graph;
  const int size = 1 + below(random, 25);
  for (int i = 0; i < size; ++i) {
    std::vector<std::string> needs;
    for (int k = below(random, 4); k > 0 && i > 0; --k) {
      needs.push_back("t" + std::to_string(below(random, i)));
    }
    PlanTask& task = graph.add("t" + std::to_string(i), needs);
    task.has_work = below(random, 8) != 0;
    task.complete = below(random, 8) == 0;
    task.priority = below(random, 3);
    task.estimate = std::chrono::seconds(below(random, 5));
    task.uses = {{"cpu", below(random, 3)}, {"db", below(random, 3)}};
    task.retry.times = below(random, 3);
    task.retry.delay = std::chrono::seconds(below(random, 3));
  }
  for (int k = 1 + below(random, 3); k > 0; --k) {
    graph.root("t" + std::to_string(below(random, size)));
  }
  return graph;
}

/// The promises: pools are never overdrawn; when nothing runs, nothing is ready; what is done stays
/// done (the player checks that no identity runs twice and that an ended run says no more).
void check_promises(Player& play) {
  std::map<std::string, int64_t> used;
  for (const PoolView& pool : play.scheduler.pools()) {
    REQUIRE(pool.used >= 0);
    REQUIRE(pool.used <= pool.size);
    used[pool.name] = pool.used;
  }
  if (play.running.empty()) {
    REQUIRE(used["cpu"] == 0);
    REQUIRE(used["db"] == 0);
    for (const PoolView& pool : play.scheduler.pools()) REQUIRE(pool.waiting == 0);
    if (!play.scheduler.next_due()) REQUIRE(play.scheduler.idle());
  }
}

void play_once(unsigned seed, std::vector<std::string>& story) {
  Random random(seed);
  Player play(3);
  play.scheduler.set_pool("db", 2);
  uint64_t runs = 0;
  const uint64_t most_runs = 1 + static_cast<uint64_t>(below(random, 5));
  for (int step = 0; step < 100'000; ++step) {
    if (runs < most_runs && (play.scheduler.idle() || below(random, 10) == 0)) {
      play.submit(++runs, random_graph(random), {below(random, 4) == 0, 0});
    } else if (!play.running.empty() && below(random, 6) != 0) {
      auto it = play.running.begin();
      std::advance(it, below(random, static_cast<int>(play.running.size())));
      const std::string id = it->first;
      if (below(random, 5) == 0) play.scheduler.work_ended(it->second);
      const bool is_stopped = !play.stopped.empty() && below(random, 2) == 0;
      const Outcome outcomes[] = {Outcome::kSucceeded, Outcome::kSucceeded,
                                  Outcome::kFailed,    Outcome::kSkipped,
                                  Outcome::kLost,      Outcome::kFailedForGood};
      play.end(id, is_stopped ? Outcome::kCancelled : outcomes[below(random, 6)]);
    } else if (runs > 0 && below(random, 12) == 0) {
      play.cancel(1 + static_cast<uint64_t>(below(random, static_cast<int>(runs))),
                  below(random, 2) == 0);
    } else if (play.scheduler.next_due()) {
      play.wait(std::max(Duration(0), *play.scheduler.next_due() - play.now));
    } else if (play.running.empty() && runs == most_runs) {
      break;
    }
    check_promises(play);
  }
  REQUIRE(play.scheduler.idle());
  REQUIRE(play.ended.size() == most_runs);
  for (const auto& [task, state] : play.states) REQUIRE(is_final(state));
  REQUIRE(play.forgotten == play.names.size());
  story = play.started;
}

TEST_CASE("random nights end well and the same seed plays the same night") {
  for (unsigned seed = 0; seed < 4000; ++seed) {
    INFO("seed " << seed);
    std::vector<std::string> first;
    play_once(seed, first);
    if (seed % 20 != 0) continue;
    std::vector<std::string> second;
    play_once(seed, second);
    REQUIRE(first == second);
  }
}

TEST_CASE("a hundred thousand tasks in layers") {
  Graph graph;
  Random random(1);
  constexpr int kLayers = large(100);
  for (int layer = 0; layer < kLayers; ++layer) {
    for (int i = 0; i < 1000; ++i) {
      std::vector<std::string> needs;
      for (int k = 0; k < 3 && layer > 0; ++k) {
        needs.push_back(std::to_string((layer - 1) * 1000 + below(random, 1000)));
      }
      graph.add(std::to_string(layer * 1000 + i), needs);
    }
  }
  for (int i = 0; i < kLayers * 1000; ++i) graph.root(std::to_string(i));
  Player play(8);
  play.submit(1, graph);
  while (!play.running.empty()) play.end(play.running.begin()->first);
  CHECK(play.ended.at(1) == RunState::kDone);
  CHECK(std::ssize(play.started) == kLayers * 1000);
}

}  // namespace
}  // namespace moondial::random_test
