#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/timetable.h"
#include "engine/event_loop.h"
#include "engine/schedule_info.h"
#include "engine/store.h"

namespace moondial {

/// A firing of a schedule, which the record knows.
struct Firing {
  std::string schedule;
  UtcTime instant;
  auto operator<=>(const Firing&) const = default;
};

/// A schedule, and how it stands.
struct ScheduleView {
  ScheduleInfo info;
  bool paused = false;
  std::string meaning;            ///< its times in words
  std::vector<UtcTime> next;      ///< when it fires next, however it is paused; some of them
  std::optional<FiringRow> last;  ///< its newest firing
  std::vector<RunId> runs;        ///< that it started and that have not ended
  size_t waiting = 0;             ///< firings that wait for these
};

/// Fires schedules: what is due is recorded, then started, once. Loop thread.
///
/// How it works. Every schedule has a position, kept in the record: all its instants up to there
/// are dealt with. What is due after it is looked for when a timer says so, in one transaction for
/// all schedules the firings are recorded and the positions moved, and when that is durable each
/// firing is started, or waits, or is dropped, as its `overlap` says; what became of it is recorded
/// with the run that it started. After a crash firings that were recorded and not settled are
/// started. Instants of the time before begin() are late, and so are those that a machine has slept
/// through: `catch_up` decides about them. A clock that goes back refires nothing, since positions
/// do not.
class ScheduleKeeper {
 public:
  /// What the keeper has done. Called later than the call that led to it.
  struct Actions {
    /// Starts the run of a firing and answers once: the run, none if there is nothing to start, or
    /// why it cannot start. The run and FiringSettled are recorded in one transaction.
    std::function<void(const Firing&, std::function<void(Result<RunId>)>)> start;
    std::function<void(RunId)> cancel;
    /// A deadline has passed, and what it was for is not done: `run` if it was started.
    std::function<void(const Firing&, RunId run)> sla_missed;
    /// For the log of the engine.
    std::function<void(const std::string&)> tell;
  };

  /// How late a firing may be in a process that runs: what is later has been slept through.
  static constexpr Duration kOnTime = std::chrono::seconds(60);
  /// How often the wall clock is looked at, in case that somebody has set it.
  static constexpr Duration kLook = std::chrono::seconds(20);

  /// Loop and store outlive it.
  ScheduleKeeper(EventLoop& loop, Store& store, Actions actions);
  ~ScheduleKeeper();

  /// The declarations that are in force from now on. What is new, or has other times, fires for
  /// nothing that was before now.
  void take(const std::vector<ScheduleInfo>& declared);

  /// Fires from now on, what the record says is still to be started first. After the first take(),
  /// and after those runs are gone on with that are not to be run beside what fires. Once. Errors:
  /// as the store's.
  Status begin();
  /// Fires no more; what waits stays in the record.
  void stop();

  /// A run has ended; of any run.
  void run_ended(RunId run, RunState state);

  /// kNotFound: no such schedule.
  Status pause(const std::string& schedule, bool paused);
  /// Fires now, paused or not, as its overlap says. Answers when that is recorded: with the run, or
  /// with kConflict where it waits or is dropped. kNotFound at once: no such schedule.
  Result<Firing> trigger(const std::string& schedule, std::function<void(Result<RunId>)> done);

  /// The first `next` times of each, in the order of their names.
  [[nodiscard]] Result<std::vector<ScheduleView>> views(size_t next) const;

  /// The instant as the schedule's own clock shows it.
  [[nodiscard]] static CivilTime civil(const ScheduleInfo& info, UtcTime instant);

 private:
  struct Live {
    ScheduleInfo info;
    std::optional<Timetable> times;
    UtcTime position;
    std::optional<bool> paused_by_hand;
    UtcTime due;                  // when it is looked at next; if it is in due_
    std::set<RunId> runs;         // that it started, and that have not ended
    std::set<UtcTime> starting;   // firings that are being started
    std::deque<UtcTime> waiting;  // firings that wait for these
    bool declared = false;
    [[nodiscard]] bool paused() const { return paused_by_hand.value_or(info.paused); }
    [[nodiscard]] bool busy() const { return !runs.empty() || !starting.empty(); }
  };
  using Answer = std::function<void(Result<RunId>)>;
  /// A firing that has just become durable.
  struct Fired {
    Firing firing;
    bool is_late = false;
    Answer answer;  // of one that was asked for
  };
  struct Deadline {
    Firing firing;
    RunId run;
  };

  [[nodiscard]] Error no_schedule(const std::string& name) const;
  void restore(const std::vector<FiringRow>& rows);
  void plan_next(Live& schedule);
  void arm();
  void look();
  void look_at(Live& schedule, UtcTime now, std::vector<Record>& records,
               std::vector<Fired>& fired);
  void fire(Live& schedule, UtcTime instant, bool is_late, std::vector<Record>& records,
            std::vector<Fired>& fired);
  void admit(const Fired& fired);
  void start(Live& schedule, UtcTime instant, const Answer& answer);
  void started(const Firing& firing, const Result<RunId>& run, const Answer& answer);
  void start_waiting(Live& schedule);
  void drop(const Firing& firing, const std::string& why, const Answer& answer);
  void look_at_deadlines(UtcTime now, std::vector<Record>& records);
  void forget_deadline(const Firing& firing);
  void keep_deadline(const Firing& firing, UtcTime deadline, RunId run);
  [[nodiscard]] static Duration put_off(const ScheduleInfo& info, UtcTime instant);

  EventLoop& loop_;
  Store& store_;
  const Actions actions_;
  bool firing_ = false;  // begin() was called, and not stop()
  bool stopped_ = false;
  UtcTime begun_;
  UtcTime last_trigger_;  // so that no two have one instant
  std::map<std::string, Live> schedules_;
  std::map<std::string, ScheduleRow> rows_;  // as the record had them, of those not declared yet
  bool rows_read_ = false;
  std::set<std::pair<UtcTime, std::string>> due_;
  std::map<RunId, Firing> runs_;  // that have not ended
  std::multimap<UtcTime, Deadline> deadlines_;
  std::unique_ptr<Watch> timer_;
};

}  // namespace moondial
