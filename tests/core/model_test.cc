// Random graphs, runs, failures, losses, cancels and pools, against a model that keeps its own
// books.
#include <cstdlib>

#include "tests/core/model.h"
#include "tests/core/random.h"

namespace moondial::model_test {
namespace {

/// What a seed is like: some nights are all failures, some all cancels.
struct Night {
  uint64_t tasks = 0;
  uint64_t fails = 0;  // one in so many
  uint64_t skips = 0;
  uint64_t loses = 0;
  uint64_t cancels = 0;
  uint64_t resizes = 0;
  uint64_t identities = 0;  // fewer than tasks: runs share more
  uint64_t whens = 0;
  uint64_t locks = 0;
  uint64_t externals = 0;
};

Plan random_plan(Random& random, const Night& night) {
  Plan plan;
  std::set<uint64_t> taken;
  const uint64_t size = 1 + below(random, night.tasks);
  for (uint64_t i = 0; i < size; ++i) {
    PlanTask task;
    uint64_t identity = below(random, night.identities);
    while (!taken.insert(identity).second) ++identity;
    task.id = "t" + std::to_string(identity);
    task.has_work = !one_in(random, 8);
    if (one_in(random, night.whens)) task.when = static_cast<When>(below(random, 6));
    task.complete = one_in(random, 6);
    task.priority = static_cast<double>(below(random, 4));
    task.estimate = std::chrono::seconds(below(random, 5));
    task.external = one_in(random, night.externals);
    if (task.has_work) {
      task.uses = {{"cpu", 1}};
      if (one_in(random, 3)) task.uses[0].units = static_cast<int64_t>(below(random, 4));
      if (one_in(random, 3))
        task.uses.push_back({"db", 1 + static_cast<int64_t>(below(random, 2))});
      if (one_in(random, 6)) task.uses.push_back({"api", 1});
      if (one_in(random, night.locks)) task.lock = one_in(random, 3) ? "db" : "table";
    }
    task.retry.times = static_cast<int>(below(random, 3));
    task.retry.delay = std::chrono::seconds(below(random, 3));
    task.retry.backoff = 2;
    task.retry.jitter = one_in(random, 2) ? 0.5 : 0;
    plan.tasks.push_back(std::move(task));
  }
  // Requirements go to earlier places of a random order, so that a plan need not be sorted.
  std::vector<uint32_t> places(size);
  for (uint32_t i = 0; i < size; ++i) places[i] = i;
  if (one_in(random, 2)) std::shuffle(places.begin(), places.end(), random);
  for (uint64_t i = 1; i < size; ++i) {
    if (plan.tasks[places[i]].external) continue;
    for (uint64_t k = below(random, 4); k > 0; --k) {
      plan.tasks[places[i]].requires_.push_back(places[below(random, i)]);
    }
  }
  for (uint64_t k = 1 + below(random, 3); k > 0; --k) {
    plan.roots.push_back(static_cast<uint32_t>(below(random, size)));
  }
  return plan;
}

Outcome random_outcome(Random& random, const Night& night, bool stopping) {
  if (stopping && !one_in(random, 4)) return Outcome::kCancelled;
  if (one_in(random, night.loses)) return Outcome::kLost;
  if (one_in(random, night.skips)) return Outcome::kSkipped;
  if (one_in(random, night.fails)) {
    return one_in(random, 5) ? Outcome::kFailedForGood : Outcome::kFailed;
  }
  return Outcome::kSucceeded;
}

void set_pools(Random& random, Model& model, bool whole) {
  const auto size = [&](int64_t most) {
    return whole || !one_in(random, 3) ? most : static_cast<int64_t>(below(random, most + 1));
  };
  model.set_pool("cpu", size(3));
  model.set_pool("db", size(2));
  model.set_pool("api", size(1));
}

void answer_one(Random& random, Model& model, const Night& night) {
  const std::vector<JobId> asking = model.asking();
  if (asking.empty()) return;
  const JobId job = asking[below(random, asking.size())];
  if (one_in(random, night.fails + 2)) return model.fail_to_answer(job);
  model.answer(job, !one_in(random, 3));
}

void step(Random& random, Model& model, const Night& night, uint64_t& runs, uint64_t most_runs) {
  const std::vector<JobId> running = model.running();
  const uint64_t choice = below(random, 20);
  if (choice == 0 && runs < most_runs) {
    set_pools(random, model, true);  // a plan is valid against the pools as they are
    RunOptions options;
    options.fail_fast = one_in(random, 3);
    options.extra_priority = static_cast<double>(below(random, 3)) - 1;
    model.submit(++runs, random_plan(random, night), options);
  } else if (choice == 1 && runs > 0 && one_in(random, night.cancels)) {
    model.cancel(1 + below(random, runs), one_in(random, 3));
  } else if (choice == 2 && one_in(random, night.resizes)) {
    set_pools(random, model, false);
  } else if (choice == 3 && !running.empty()) {
    model.work_ended(running[below(random, running.size())]);
  } else if (choice < 6) {
    if (const auto due = model.scheduler.next_due()) model.tick(*due);
  } else if (choice < 10 && !model.asking().empty()) {
    answer_one(random, model, night);
  } else if (!running.empty()) {
    const JobId job = running[below(random, running.size())];
    model.end(job, random_outcome(random, night, model.is_stopping(job)));
  }
  model.take(!one_in(random, 10));
}

std::string play(uint64_t seed) {
  Random random(seed);
  Night night;
  night.tasks = 1 + below(random, 30);
  night.identities = night.tasks + below(random, 20);
  night.fails = 1 + below(random, 12);
  night.skips = 5 + below(random, 30);
  night.loses = 3 + below(random, 20);
  night.cancels = 1 + below(random, 4);
  night.resizes = 1 + below(random, 6);
  night.whens = 2 + below(random, 12);
  night.externals = 3 + below(random, 60);
  night.locks = 1 + below(random, 8);
  Model model(seed);
  set_pools(random, model, true);
  uint64_t runs = 0;
  const uint64_t most_runs = 1 + below(random, 6);
  for (int i = 0; i < 400; ++i) step(random, model, night, runs, most_runs);
  // Then everything ends: invariant 11.
  set_pools(random, model, true);
  model.take(true);
  for (int i = 0; model.open_runs() > 0; ++i) {
    REQUIRE(i < 100'000);
    const std::vector<JobId> running = model.running();
    if (!model.asking().empty()) {
      answer_one(random, model, night);
    } else if (!running.empty()) {
      model.end(running.front(), random_outcome(random, night, false));
    } else {
      REQUIRE(model.scheduler.next_due());
      model.tick(*model.scheduler.next_due());
    }
    model.take(true);
  }
  REQUIRE(model.running().empty());
  REQUIRE(model.scheduler.idle());
  REQUIRE(model.all_forgotten());
  REQUIRE_FALSE(model.scheduler.next_due());
  for (const PoolView& pool : model.scheduler.pools()) REQUIRE(pool.used == 0);
  return model.story;
}

uint64_t rounds() {
  const char* text = std::getenv("MOONDIAL_FUZZ_ROUNDS");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1500;
}

}  // namespace

TEST_CASE("whatever happens, every promise is kept and every run ends") {
  for (uint64_t seed = (getenv("SEED") ? atoi(getenv("SEED")) : 1); seed <= rounds(); ++seed) {
    INFO("seed " << seed);
    play(seed);
  }
}

TEST_CASE("the same calls give the same decisions, to the last one") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    const std::string first = play(seed);
    CHECK(first == play(seed));
  }
}

}  // namespace moondial::model_test
