#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/arrivals.h"
#include "engine/event_loop.h"
#include "engine/schedule_keeper.h"
#include "engine/store.h"
#include "engine/trigger_info.h"

namespace moondial {

/// A trigger, and how it stands.
struct TriggerView {
  TriggerInfo info;
  std::optional<FiringRow> last;  ///< its newest firing
  size_t waiting = 0;             ///< firings that have not been started yet
};

/// Fires triggers: what has happened is recorded, then started, once. Loop thread only.
///
/// How it works. What a trigger has dealt with is in the record: the position of the last success
/// of its task, or each file that it knows with a stamp of its contents. What is new against that
/// fires: in one transaction the firing is recorded and the new position or stamp; then `start` is
/// asked, and the run is recorded with the firing's end. So nothing fires twice, what happened
/// while no daemon was there fires when one comes, and after a crash firings that were recorded and
/// not settled are started. A trigger that is new fires for nothing that was before.
class TriggerKeeper {
 public:
  /// What the keeper has done. Called later than the call that led to it.
  struct Actions {
    /// Starts the run of a firing and answers once: the run, none if there is nothing to start, or
    /// why it cannot start. The run and FiringSettled are recorded in one transaction.
    std::function<void(const Firing&, const std::string& cause, std::function<void(Result<RunId>)>)>
        start;
    /// For the log of the engine.
    std::function<void(const std::string&)> tell;
  };

  /// So many firings are being planned at once: a thousand files that arrive together come one
  /// after the other.
  static constexpr size_t kMostStarting = 8;

  /// All outlive it. Without `arrivals` files are not looked for.
  TriggerKeeper(EventLoop& loop, Store& store, Arrivals* arrivals, Actions actions);

  /// The declarations that are in force from now on; the first ones let them fire.
  Status take(const std::vector<TriggerInfo>& declared);
  /// Fires no more; what waits stays in the record.
  void stop();

  /// A task of that name has succeeded, and that is durable.
  void succeeded(const std::string& task_name);
  /// Somebody calls. Answers once that is recorded; kNotFound if nobody listens.
  void call(const std::string& webhook, std::string body, std::function<void(Status)> done);

  /// In the order of their names.
  [[nodiscard]] Result<std::vector<TriggerView>> views() const;

 private:
  struct Live {
    TriggerInfo info;
    int64_t position = 0;
    bool knows_files = false;                  // else those of the first look are not new
    std::map<std::string, std::string> files;  // path → stamp
    bool is_due = false;                       // its task's successes are to be looked at
  };
  struct Waiting {
    Firing firing;
    std::string cause;
  };

  Status restore();
  void add(const TriggerInfo& info, std::vector<Record>& records);
  void watch_files();
  void files_seen(const std::string& glob, const std::vector<SeenFile>& files);
  void look_for_successes();
  void fire(const std::string& trigger, TriggerFired fired, std::function<void()> recorded = {});
  void start_waiting();
  void started(const Firing& firing, const Result<RunId>& run);
  void settle(const Firing& firing, FiringState state, const std::string& why);

  EventLoop& loop_;
  Store& store_;
  Arrivals* const arrivals_;
  const Actions actions_;
  bool restored_ = false;
  bool stopped_ = false;
  UtcTime last_instant_;  // so that no two firings have one
  std::map<std::string, Live> triggers_;
  std::map<std::string, TriggerRow> rows_;  // of the record, of those not declared yet
  std::deque<Waiting> waiting_;
  size_t starting_ = 0;
};

}  // namespace moondial
