// One engine after another, step by step.
#include "tests/sim/world.h"

#include <numeric>
#include <utility>

namespace moondial::sim {
namespace {

/// Far above what the longest worlds take.
constexpr uint64_t kMostSteps = 20'000;
constexpr uint64_t kMostBoots = 6;

}  // namespace

World::World(uint64_t seed, bool keeps_text)
    : random_(seed),
      night_(random_),
      trace_(keeps_text),
      context_{machine_, night_, random_, trace_, checks_, unborn_},
      operations_left_(night_.operations),
      deaths_left_(night_.deaths) {
  declare(random_graph(random_, night_));
}

void World::declare(Graph graph) {
  trace_.say("version ", graph.version, " of the files:");
  for (const Declared& task : graph.tasks) {
    if (trace_.keeps_text()) trace_.say("  ", words(task));
  }
  machine_.versions.push_back(std::move(graph));
}

void World::play() {
  do {
    live_and_die();
  } while (checks_.ok() && (operations_left_ > 0 || !ended_well_));
  if (checks_.ok()) check_morning();
}

void World::live_and_die() {
  boot();
  if (!checks_.ok()) return;
  life_->begin(static_cast<int>(random_.between(1, 4)), random_.next());
  client_is_there_ = true;
  unanswered_ = 0;
  if (deaths_left_ > 0) {
    --deaths_left_;
    life_->fate.doom(random_.between(1, 2 * night_.mean_to_death));
  }
  ended_well_ = false;
  while (checks_.ok()) {
    if (!life_->fate.alive() || life_->is_fatal()) return bury();
    if (life_->is_idle()) break;
    step();
  }
  if (!checks_.ok()) return;
  life_->close();
  life_.reset();
  ended_well_ = true;
}

void World::bury() {
  life_->die(random_.one_in(night_.one_in_power_cuts));
  life_.reset();
}

// --- Recovery ---

/// An engine that is ready to begin; before it there may be some that die in recovery.
void World::boot() {
  std::string expected;
  bool expected_unknown = false;
  for (uint64_t tries = 1; checks_.ok(); ++tries) {
    ++context_.life;
    context_.is_calm = tries > kMostBoots;
    trace_.set_prefix(std::to_string(context_.life) + "| ");
    trace_.say("engine ", context_.life, " starts");
    life_ =
        std::make_unique<Life>(context_, announced_, std::chrono::seconds(context_.life * 1000));
    const bool may_break = !context_.is_calm && random_.one_in(night_.one_in_dead_recoveries);
    // After a power cut nobody knows any more what had started.
    const bool knows_less = machine_.starts_unknown && !expected_unknown;
    if ((may_break && expected.empty()) || (!expected.empty() && knows_less)) {
      expected = recovered_copy();
      expected_unknown = machine_.starts_unknown;
    }
    if (!try_to_recover(may_break)) continue;
    const std::string now = machine_.database.summary() + machine_.files.summary();
    if (!expected.empty() && expected != now) {
      checks_.broken("same-recovery",
                     "a recovery that was broken off leads to\n" + now + "and not to\n" + expected);
    }
    return;
  }
}

bool World::try_to_recover(bool may_break) {
  if (may_break) life_->fate.doom(random_.between(1, 12));
  for (const auto& [id, attempt] : machine_.database.attempts()) {
    if (!attempt.ended && attempt.row.has_intent) intended_.insert(id);
  }
  const auto report = life_->recover();
  if (!life_->fate.alive()) {
    bury();
    return false;
  }
  life_->fate.spare();
  if (!report.ok()) {
    trace_.say("recovery: ", report.error().message);
    if (context_.is_calm) checks_.broken("recovery", report.error().message);
    bury();
    return false;
  }
  check_recovered(*report);
  return true;
}

/// What an undisturbed recovery would make of the machine as it is.
std::string World::recovered_copy() {
  Machine copy = machine_;
  Trace silent(false);
  Checks checks;
  Announced announced;
  Random random(1);
  Context context{copy, night_, random, silent, checks, unborn_, context_.life, true};
  Life life(context, announced, Duration(0));
  const auto report = life.recover();
  if (!report.ok()) checks_.broken("recovery", report.error().message);
  return copy.database.summary() + copy.files.summary();
}

void World::check_recovered(const RecoveryReport& report) {
  if (life_->store.handed_over() > 0) checks_.broken("recovery", "something is not durable yet");
  trace_.say("recovered: ", report.finished_attempts, " completed, ", report.lost_attempts,
             " lost, ", report.closed_runs, " closed");
  const Database& database = machine_.database;
  if (ended_well_ && (report.closed_runs > 0 || report.lost_attempts > 0)) {
    checks_.broken("recovery", "there was something to do after an engine that ended well");
  }
  if (!life_->store.open_runs()->empty() || !life_->store.open_attempts()->empty() ||
      !database.prepared().empty()) {
    checks_.broken("recovery", "something is still open");
  }
  for (const AttemptId id : std::exchange(intended_, {})) {
    if (database.attempt(id)->state == TaskState::kDone) continue;
    checks_.broken("intent-forward", "#" + std::to_string(id.value) + " was not published");
  }
  if (!machine_.files.staged.empty()) checks_.broken("nothing-left", "something is still staged");
  if (!machine_.files.spares.empty()) checks_.broken("nothing-left", "staging is still kept");
  announced_.check(database, checks_);
}

// --- Steps ---

namespace {

enum Choice : size_t {
  kTask,
  kPool,
  kCommit,
  kQuestion,
  kProcess,
  kScript,
  kOperator,
  kTimer,
  kChoices,
};

}  // namespace

std::vector<uint64_t> World::weights() const {
  const Life& life = *life_;
  std::vector<uint64_t> out(kChoices);
  if (life.loop.has_tasks()) out[kTask] = night_.loop;
  if (life.loop.pool_work() > 0) out[kPool] = night_.disk;
  if (life.store.handed_over() > 0) out[kCommit] = night_.commits;
  if (life.host.questions() > 0) out[kQuestion] = night_.plans;
  if (!machine_.processes.empty()) out[kProcess] = night_.processes;
  if (!life.host.can_act().empty()) out[kScript] = night_.scripts;
  if (operations_left_ > 0 && client_is_there_) out[kOperator] = night_.operators;
  if (life.loop.has_due_timer()) {
    out[kTimer] = night_.loop;
  } else if (life.loop.has_timers()) {
    out[kTimer] = night_.timers;
  }
  return out;
}

void World::step() {
  if (++steps_ > kMostSteps) return checks_.broken("final-states", "it goes on and on");
  life_->loop.pass(Duration(static_cast<int64_t>(random_.below(2000))));
  if (random_.one_in(night_.one_in_jumps)) {
    const auto hours = static_cast<int64_t>(random_.below(49)) - 24;
    trace_.say("the clock is set by ", hours, " hours");
    life_->loop.jump(std::chrono::hours(hours));
  }
  const std::vector<uint64_t> weights = this->weights();
  const uint64_t all = std::accumulate(weights.begin(), weights.end(), uint64_t{0});
  if (all == 0) return end_of_waiting();
  uint64_t drawn = random_.below(all);
  size_t choice = 0;
  while (drawn >= weights[choice]) drawn -= weights[choice++];
  act(choice);
}

void World::act(size_t choice) {
  Life& life = *life_;
  switch (choice) {
    case kTask:
      return life.loop.do_task();
    case kPool:
      return life.loop.do_pool_work(random_.below(life.loop.pool_work()));
    case kCommit: {
      const size_t groups = life.store.handed_over();
      if (random_.one_in(night_.one_in_failing_commits)) {
        return life.store.fail_commit(random_.below(groups + 1));
      }
      return life.store.commit(random_.between(1, groups));
    }
    case kQuestion:
      return life.host.answer(random_.below(life.host.questions()));
    case kProcess: {
      auto process = machine_.processes.begin();
      std::advance(process, random_.below(machine_.processes.size()));
      life.loop.pass(Duration(static_cast<int64_t>(random_.below(300'000))));
      return life.runner.go_on(process->first);
    }
    case kScript:
      return life.host.act(random_.pick(life.host.can_act()));
    case kOperator:
      --operations_left_;
      return operate();
    default:
      return life.loop.fire_timer(Duration(static_cast<int64_t>(random_.below(50'000))));
  }
}

/// Nothing goes on by itself.
void World::end_of_waiting() {
  Life& life = *life_;
  if (life.loop.has_timers()) return life.loop.fire_timer(Duration(0));
  if (client_is_there_ && unanswered_ > 0) {
    return checks_.broken("no-deadlock", "a client waits for an answer for ever");
  }
  if (client_is_there_ && operations_left_ == 0) return leave();
  checks_.broken("no-deadlock", "nothing runs, nothing is due, and there is something left to do");
}

void World::check_morning() {
  if (!machine_.processes.empty()) checks_.broken("all-ended", "a process is left in the morning");
  for (const auto& [path, content] : machine_.files.finals) {
    if (!content.whole) checks_.broken("whole", path + " is torn");
    if (!content.by) continue;
    const Database::Attempt* by = machine_.database.attempt(content.by);
    if (by == nullptr || by->state != TaskState::kDone) {
      checks_.broken("whole", path + " is of an attempt that is not done");
    }
  }
  for (const auto& [id, run] : machine_.database.runs()) {
    if (!run.ended) checks_.broken("final-states", "run " + std::to_string(id.value) + " is open");
    for (const auto& [name, task] : run.tasks) {
      if (is_final(task.state)) continue;
      checks_.broken("final-states", name + " of run " + std::to_string(id.value) + " is " +
                                         std::string(to_string(task.state)));
    }
  }
  announced_.check(machine_.database, checks_);
}

}  // namespace moondial::sim
