#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/life.h"

namespace moondial::sim {

/// All that a seed leads to: a machine, one engine after another on it, and operators, until all
/// that they asked for has come to its end.
class World {
 public:
  World(uint64_t seed, bool keeps_text);

  /// Plays it. Afterwards checks() says whether a promise was broken.
  void play();

  [[nodiscard]] const Checks& checks() const { return checks_; }
  [[nodiscard]] const Trace& trace() const { return trace_; }
  [[nodiscard]] uint64_t steps() const { return steps_; }

 private:
  // Engines (world.cc).
  void live_and_die();
  void boot();
  [[nodiscard]] bool try_to_recover(bool may_break);
  [[nodiscard]] std::string recovered_copy();
  void check_recovered(const RecoveryReport& report);
  void bury();
  void step();
  [[nodiscard]] std::vector<uint64_t> weights() const;
  void act(size_t choice);
  void end_of_waiting();
  void check_morning();

  // Operators (operators.cc).
  void declare(Graph graph);
  void operate();
  void ask_for_run();
  void start(RunRequest request);
  void hear_of(Result<RunId> run);
  void cancel();
  void cancel_task();
  void retry();
  void mark();
  void view();
  void produce();
  void remove_file();
  void edit();
  void leave();
  [[nodiscard]] const std::string& some_task();
  [[nodiscard]] RunId some_run();
  [[nodiscard]] std::function<void()> reply();

  Random random_;
  const Night night_;
  Trace trace_;
  Checks checks_;
  Machine machine_;
  Announced announced_;
  std::set<AttemptId> intended_;  // with an open intent when the last engine died
  Fate unborn_;
  Context context_;
  std::unique_ptr<Life> life_;
  uint64_t operations_left_;
  uint64_t deaths_left_;
  uint64_t steps_ = 0;
  uint64_t requests_ = 0;
  uint64_t unanswered_ = 0;  // requests to the engine that is there
  bool client_is_there_ = false;
  bool ended_well_ = false;  // the last engine
};

}  // namespace moondial::sim
