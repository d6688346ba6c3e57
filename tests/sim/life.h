#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/api.h"
#include "engine/recovery.h"
#include "tests/sim/books.h"
#include "tests/sim/context.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_loop.h"
#include "tests/sim/sim_runner.h"
#include "tests/sim/sim_store.h"
#include "tests/sim/sim_targets.h"
#include "tests/sim/watcher.h"

namespace moondial {

class Engine;

}  // namespace moondial

namespace moondial::sim {

/// One engine process: the production engine with fakes all around it, from its start to its death.
class Life {
 public:
  /// What `context` names outlives this; its fate is this one's.
  Life(const Context& context, Announced& announced, Duration now);
  ~Life();
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  /// As the product before it plans anything.
  [[nodiscard]] Result<RecoveryReport> recover();
  /// The engine is there, and a client.
  void begin(int default_jobs, uint64_t seed);
  [[nodiscard]] EngineApi& api();
  void shut_down(bool kill);
  /// It has ended in good order: what it leaves is checked.
  void close();
  /// It has died; a power cut takes more along.
  void die(bool is_power_cut);

  [[nodiscard]] bool is_idle() const { return is_idle_; }
  [[nodiscard]] bool is_fatal() const { return is_fatal_; }

  Fate fate;
  Context context;
  SimLoop loop;
  Books books;
  Watcher watcher;
  SimStore store;
  SimRunner runner;
  SimHost host;
  SimTargets targets;

 private:
  std::unique_ptr<Engine> engine_;
  bool is_idle_ = false;
  bool is_fatal_ = false;
};

}  // namespace moondial::sim
