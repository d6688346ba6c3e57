#include "tests/sim/life.h"

#include "engine/engine.h"
#include "tests/sim/watched_scheduler.h"

namespace moondial::sim {
namespace {

Context with_fate(const Context& context, Fate& fate) {
  return {context.machine, context.night, context.random, context.trace,
          context.checks,  fate,          context.life,   context.is_calm};
}

}  // namespace

Life::Life(const Context& outer, Announced& announced, Duration now)
    : context(with_fate(outer, fate)),
      books(context),
      watcher(context, books, announced),
      store(context, loop, watcher),
      runner(context, loop, watcher),
      host(context, loop, watcher),
      targets(context) {
  loop.begin_at(now);
}

Life::~Life() {
  fate.kill();
  loop.clear();
  store.clear();
}

Result<RecoveryReport> Life::recover() { return moondial::recover(store, targets, runner, loop); }

void Life::begin(int default_jobs, uint64_t seed) {
  EngineOptions options;
  options.info.kind = "run";
  options.state_dir = "/nonexistent";
  options.default_jobs = default_jobs;
  options.memory_bytes = 1 << 30;
  options.seed = seed;
  store.on_fatal([this](const Status&) { is_fatal_ = true; });
  WatchedScheduler::set_books(&books);
  engine_ = std::make_unique<Engine>(EngineParts{loop, store, runner, host, targets}, options);
  engine_->on_idle([this] { is_idle_ = true; });
  engine_->client_came();
}

EngineApi& Life::api() { return *engine_; }

void Life::shut_down(bool kill) { engine_->shut_down(kill); }

void Life::close() {
  context.trace.say("the engine ends");
  fate.spare();
  store.close();
  Checks& checks = context.checks;
  const Machine& machine = context.machine;
  if (host.pins() != 0) checks.broken("nothing-left", "a generation is kept by nobody");
  if (!host.can_act().empty()) checks.broken("all-ended", "a script outlives the engine's work");
  if (!machine.processes.empty()) checks.broken("all-ended", "a process outlives its attempt");
  if (!machine.files.staged.empty()) checks.broken("nothing-left", "something is still staged");
  if (!machine.files.spares.empty() || !machine.database.kept_staging().empty()) {
    checks.broken("nothing-left", "staging is still kept");
  }
  if (!machine.database.prepared().empty()) {
    checks.broken("nothing-left", "something is still prepared");
  }
  for (const auto& [id, run] : machine.database.runs()) {
    if (!run.ended) checks.broken("final-states", "run " + std::to_string(id.value) + " is open");
  }
  books.is_over();
  engine_.reset();
}

void Life::die(bool is_power_cut) {
  context.trace.say(is_power_cut ? "the power is cut" : "the engine is dead");
  fate.kill();
  loop.clear();
  engine_.reset();
  if (!is_power_cut) return;
  context.machine.starts_unknown = true;
  context.machine.processes.clear();
  targets.take_back_renames();
  for (auto& [attempt, paths] : context.machine.files.staged) {
    for (auto& [path, content] : paths) {
      if (!content.synced && context.random.one_in(2)) content.whole = false;
    }
  }
}

}  // namespace moondial::sim
