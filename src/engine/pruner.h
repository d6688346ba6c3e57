#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/event_loop.h"
#include "engine/retention.h"
#include "engine/store.h"

namespace moondial {

/// Removes what is older than the project keeps: rounds of small steps, each of which is one
/// transaction, so that work that comes meanwhile waits for one of them at most. Loop thread.
///
/// How it works. A run that is to go is marked as going first, and is not shown from then on. Then
/// the logs of some of its tasks are removed, with their directory's change on disk, and then the
/// rows of these tasks, until the run's own row goes. So a crash anywhere leaves rows without logs,
/// which the next round finds, and never a log without a row. What has ended within the hour, and
/// since this object is there, stays whatever the policy says: its client may be about to look.
class Pruner {
 public:
  /// How long a round takes at most. What is left is for the next one.
  static constexpr Duration kRound = std::chrono::seconds(2);
  /// From the start of one round to the next: of one that came to its end, and of one that took too
  /// long. One that had to make way for work is gone on with as soon as there is none.
  static constexpr Duration kPause = std::chrono::hours(1);
  static constexpr Duration kShortPause = std::chrono::seconds(30);
  static constexpr Duration kLooked = std::chrono::hours(1);
  /// After so long without a whole round it is pruned beside work.
  static constexpr Duration kOverdue = std::chrono::hours(24);

  /// All outlive it.
  Pruner(EventLoop& loop, Store& store, std::string state_dir);

  void set_policy(const RetentionPolicy& policy) { policy_ = policy; }

  /// Begins a round if one is due and none is under way. After every step `may_go_on` is asked;
  /// `done` follows the last one.
  void begin_if_due(std::function<bool()> may_go_on, std::function<void()> done);
  [[nodiscard]] bool busy() const { return busy_; }
  /// It has made way for work for too long.
  [[nodiscard]] bool overdue() const { return loop_.mono() - whole_round_ >= kOverdue; }
  /// The number of rounds in which something was forgotten that the next run may refer to.
  [[nodiscard]] uint64_t sweeps() const { return sweeps_; }

 private:
  void step();
  [[nodiscard]] RetentionCutoffs cutoffs_now() const;
  void prune(PruneStep next);
  void remove_logs(std::vector<AttemptId> attempts, std::function<void()> then);
  void measure_logs();
  void sweep();
  void end(Duration pause);

  EventLoop& loop_;
  Store& store_;
  const std::string state_dir_;
  const UtcTime since_;
  std::optional<RetentionPolicy> policy_;  // none before a configuration was read
  RetentionCutoffs cutoffs_;               // of this round, by age alone
  UtcTime looked_at_;                      // what ended later stays
  int64_t log_bytes_ = 0;                  // of all logs, if the policy bounds them
  std::function<bool()> may_go_on_;
  std::function<void()> done_;
  bool busy_ = false;
  MonoTime round_began_;
  std::optional<MonoTime> next_round_;
  MonoTime whole_round_;  // when the last one began that came to its end
  int64_t events_up_to_ = 0;
  uint64_t sweeps_ = 0;
};

}  // namespace moondial
