#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/civil_time.h"
#include "base/ids.h"
#include "base/secret_masker.h"
#include "core/scheduler.h"
#include "engine/attempt_log.h"
#include "engine/command_output.h"
#include "engine/event_loop.h"
#include "engine/file_stages.h"
#include "engine/held_attempt.h"
#include "engine/process_runner.h"
#include "engine/script_commands.h"
#include "engine/script_host.h"
#include "engine/staging_keeper.h"
#include "engine/store.h"
#include "engine/targets.h"

namespace moondial {

/// What attempts work with. Outlives them.
struct AttemptServices {
  EventLoop& loop;
  Store& store;
  ProcessRunner& runner;
  ScriptHost& scripts;
  Targets& targets;
  FileStages& files;
  StagingKeeper& keeper;
  std::string state_dir;
  std::string host_name;
  bool hold = false;  ///< the commands of tasks outlive this process
};

/// What is to be attempted.
struct AttemptOrder {
  AttemptId id;
  JobId job;
  std::shared_ptr<const TaskInstance> task;
  GenerationId generation;
};

/// What is known when it starts.
struct AttemptStart {
  std::vector<RunId> runs;  ///< that want it, oldest first; at least one
  int number = 1;
  Environment environment;
  std::optional<CivilTime> scheduled_at;  ///< of the oldest of these runs
  std::string refusal;  ///< why it cannot start, if it cannot: it fails with this and does nothing
};

class Attempt;

/// Who is told. attempt_ended() is the last call for an attempt, which may be destroyed any time
/// after it has returned.
class AttemptObserver {
 public:
  virtual ~AttemptObserver() = default;
  /// Only publishing is left: pool units may go.
  virtual void attempt_work_ended(Attempt& attempt) = 0;
  virtual void attempt_log_line(Attempt& attempt, std::string_view line) = 0;
  /// Its script says how far it is: fraction() and progress_text() are others.
  virtual void attempt_progressed(Attempt& attempt) = 0;
  /// Its script wants tasks done; to be answered with await_ended().
  virtual void attempt_awaits(Attempt& attempt, ScriptAwait await) = 0;
  /// It does not want the answer to that request any more.
  virtual void attempt_stops_awaiting(Attempt& attempt, uint64_t request) = 0;
  /// All that its script does is await: pool units may go until await_ended(). False: not yet.
  virtual bool attempt_paused(Attempt& attempt) = 0;
  /// The end, durable, as what it announces.
  virtual void attempt_ended(Attempt& attempt, Outcome outcome) = 0;
  /// Nothing is left of one that was prepared; instead of attempt_ended().
  virtual void attempt_dropped(Attempt& attempt) = 0;
};

/// One attempt at a task, from its row in the record to its end there.
///
/// How it goes. The attempt's row is made durable, then its staging directories are made, so that
/// recovery knows of each; then the work starts: a command of its own, or a script on a lane that
/// may ask for commands. When the work is over, what it had to make is looked for and synced,
/// `check` runs, a target of the user's own is published and complete() is asked; the intent to
/// publish is made durable, the outputs are renamed into place, and the success is made durable.
/// Whatever goes wrong before the intent leads to the same steps: end what still runs, ask
/// retry.when, discard what is staged, make the end durable. After the intent nothing stops it; if
/// the renames fail, the intent is withdrawn durably, and the same steps follow.
class Attempt : private ScriptListener {
 public:
  /// Both outlive it. Nothing happens before prepare() or begin().
  Attempt(AttemptServices& services, AttemptObserver& observer, AttemptOrder order);
  ~Attempt() override;

  /// Makes what can be made before there is room for it: a durable row and staging directories.
  void prepare();
  /// Starts it; at once if it has been prepared.
  void begin(AttemptStart start);
  /// Instead of begin(), of an attempt that an earlier engine has begun, whose id the order has:
  /// goes on with it where its command is by now. Its row, its staging and its log are there.
  void adopt(AttemptStart start, const HeldAttempt& held);
  /// It was prepared and is not to begin after all: attempt_dropped() follows.
  void drop();

  /// Ends it, its end will be kCancelled; with `kill`, without grace. Too late after the intent:
  /// then nothing happens.
  void stop(bool kill);

  /// Whether the script still wants the answer to that request.
  [[nodiscard]] bool awaits(uint64_t request) const { return awaits_.contains(request); }
  /// How many of its requests are not answered.
  [[nodiscard]] size_t open_awaits() const { return awaits_.size(); }
  /// Some await of its has been taken on: if it does nothing else, it pauses.
  void await_taken();
  /// What became of the tasks that the script awaits.
  void await_ended(uint64_t request, Result<AwaitResult> result);

  [[nodiscard]] const AttemptOrder& order() const { return order_; }
  /// As begin() was told.
  [[nodiscard]] const AttemptStart& start() const { return start_; }
  [[nodiscard]] const TaskInstance& task() const { return *order_.task; }
  [[nodiscard]] UtcTime started() const { return started_; }
  [[nodiscard]] Duration wall() const { return wall_; }
  [[nodiscard]] double fraction() const { return fraction_; }
  [[nodiscard]] const std::string& progress_text() const { return progress_text_; }
  /// Why it failed, was skipped or lost; empty if it was not.
  [[nodiscard]] const std::string& error() const { return error_; }
  /// The same without the failing line, its values and the frames beneath it.
  [[nodiscard]] const std::string& message() const { return message_; }

 private:
  enum class Phase {
    kPreparing,   // row and staging directories
    kWorking,     // the command, or the script and its commands
    kSyncing,     // staged outputs
    kChecking,    // check, and what else scripts say of the outputs
    kPublishing,  // intent, renames
    kEnding,      // what scripts say of the failure, discarding, the last record
    kEnded,
  };
  enum class StopReason { kNone, kCancelled, kTimedOut };

  // ScriptListener
  void on_command(ScriptCommand command) override;
  void on_await(ScriptAwait await) override;
  void on_cancel(uint64_t request) override;
  void on_paused(uint64_t answers) override;
  void on_log(std::string_view level, std::string_view text) override;
  void on_emit(const std::string& name, const std::string& json_value) override;
  void on_progress(double fraction, const std::string& text) override;
  void on_ended(ScriptOutcome outcome) override;

  void stage();
  void staging_ended();
  void prepared();
  void discard_prepared();
  [[nodiscard]] AttemptStarted started_record() const;
  void launch();
  void launch_command();
  void command_exited(CommandResult result);
  void settle_timeout(const CommandResult& result);
  void lose(const std::string& why);
  void start_step(ScriptStep step, const std::string& error = {});
  void script_settled();
  void next_step();
  void stop_work();
  void end_process(Process& process);
  void arm_timeout(Duration left);
  void stop_clock();
  void timed_out();
  void work_succeeded();
  void synced(const Status& status);
  void publish();
  void renamed(const Status& status);
  void end_as(Outcome outcome, const std::string& message, const std::string& details = {});
  void go_on_ending();
  void ending_step_ended(const ScriptOutcome& outcome);
  void discard();
  void record_end(Outcome outcome);
  void take_usage(const CommandResult& result);
  void read_emit_file();
  [[nodiscard]] ScriptAttempt script_attempt() const;
  [[nodiscard]] Result<CommandSpec> command_spec() const;
  [[nodiscard]] bool has_steps() const;

  AttemptServices& services_;
  AttemptObserver& observer_;
  const AttemptOrder order_;
  SecretMasker masker_;  // all that is said goes through it before anybody sees it

  AttemptStart start_;
  Phase phase_ = Phase::kPreparing;
  bool is_ahead_ = false, is_preparing_ = false, begun_ = false, dropped_ = false, adopted_ = false;
  Status stage_error_;
  std::vector<StagedOutput> outputs_;
  StopReason stop_reason_ = StopReason::kNone;
  bool kill_ = false;

  std::unique_ptr<Process> process_;    // of a kCommand task
  ScriptStep step_ = ScriptStep::kRun;  // the last one that was started
  bool script_runs_ = false;
  std::optional<ScriptOutcome> script_outcome_;
  std::set<uint64_t> awaits_;  // requests of a script that were not answered
  uint64_t awaits_answered_ = 0;
  bool only_awaits_ = false;  // and has not been paused for it
  std::unique_ptr<Watch> timeout_;
  MonoTime timeout_due_;
  std::optional<Duration> timeout_left_;  // while the clock stands still

  UtcTime started_;
  MonoTime started_mono_;
  Duration wall_{0};
  std::optional<int> exit_;
  Duration cpu_{0};
  int64_t peak_memory_bytes_ = 0;
  double fraction_ = -1;
  std::string progress_text_;
  std::map<std::string, std::string> emitted_;
  std::string message_, error_;
  Outcome outcome_ = Outcome::kSucceeded;      // of kEnding
  bool asks_retry_ = false, removes_ = false;  // steps of kEnding that are to come
  AttemptLog log_;
  CommandOutput said_;  // by process_
  ScriptCommands commands_;
};

/// The state in which an attempt of that outcome has ended.
[[nodiscard]] TaskState final_state(Outcome outcome);

}  // namespace moondial
