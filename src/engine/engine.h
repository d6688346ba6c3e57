#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/scheduler.h"
#include "engine/api.h"
#include "engine/attempt.h"
#include "engine/disk_space.h"
#include "engine/hook.h"
#include "engine/live_run.h"
#include "engine/notice_keeper.h"
#include "engine/planner.h"
#include "engine/pruner.h"
#include "engine/sessions.h"
#include "engine/space_guard.h"
#include "engine/task_deadlines.h"
#include "engine/trigger_keeper.h"

namespace moondial {

struct EngineOptions {
  EngineInfo info;
  std::string state_dir;  ///< absolute path of .moondial
  std::string host_name;
  int default_jobs = 1;      ///< where neither the request nor the configuration says one
  int64_t memory_bytes = 0;  ///< size of the pool `memory`
  uint64_t seed = 0;         ///< of retry jitter
  /// Of what nobody's request started: schedules, and runs that are gone on with.
  std::vector<std::string> environment = {};
  bool hold = false;                      ///< commands of tasks outlive this process
  std::vector<HeldAttempt> held = {};     ///< by an earlier one: RecoveryReport::held
  std::vector<std::string> deliver = {};  ///< the command that sends an e-mail or calls a webhook
  /// Lines for the engine's log: what happens, and what somebody should see to.
  std::function<void(const std::string&)> tell = {}, warn = {};
  /// The configuration that is in force, whenever it was loaded.
  std::function<void(const ProjectConfig&)> on_config = {};
};

/// What the engine drives. All of it outlives the engine.
struct EngineParts {
  EventLoop& loop;
  Store& store;
  ProcessRunner& runner;
  ScriptHost& scripts;
  Targets& targets;
  const DiskSpace* space = nullptr;  ///< none: there is always room
  Arrivals* arrivals = nullptr;      ///< none: on.file does not fire
};

/// Drives the scheduler: carries its decisions out and tells it what came of them. Everything that
/// a client asks for comes in through EngineApi. Loop thread only.
class Engine : public EngineApi, public AttemptObserver {
 public:
  Engine(EngineParts parts, EngineOptions options);
  ~Engine() override;

  /// Called when there is nothing left to do and no client is there.
  void on_idle(std::function<void()> callback) { on_idle_ = std::move(callback); }
  /// Calls on_idle, a little later, if that is so now.
  void end_if_idle();
  /// Goes on with runs of an engine that is gone, as the record says that they stood, before
  /// anything else is asked of this one. What cannot be gone on with is closed as lost.
  void resume(const std::vector<RunId>& runs, std::function<void()> done);
  /// Some file of the project has changed, or may have: they are loaded once it has been quiet for
  /// a moment. For an engine that stays.
  void files_changed();
  /// Stays when there is nothing to do, and fires schedules from when the project has been loaded.
  /// `begun` is called when it has loaded, or cannot.
  void stay(std::function<void()> begun);
  /// Of EngineOptions::held those that may start now are adopted, whatever units there are; the
  /// others (no run wants them, or something that they require is to be made anew) are ended and
  /// recorded as lost. To be called once the runs that were open go on: until then nothing starts
  /// but what is held. Blocking.
  Status end_unadopted();
  /// Called when there is nothing left to do here but what a daemon that waits can go on with:
  /// hand_over() is expected.
  void on_way_free(std::function<void()> callback) { on_way_free_ = std::move(callback); }
  /// Starts nothing more, and calls `done` when all that is recorded is durable: what runs is left
  /// to the next engine, as after a crash.
  void hand_over(std::function<void()> done);
  /// Cancels all runs and refuses new ones; on_idle is called when they have ended, clients or not.
  void shut_down(bool kill);

  EngineInfo info() const override { return options_.info; }
  void client_came() override;
  void client_went() override;
  void make_way() override;
  void check(std::function<void(Result<std::vector<Diagnostic>>)> done) override;
  void declarations(std::function<void(Result<Declarations>)> done) override;
  void plan(PlanRequest request, std::function<void(Result<PlanView>)> done) override;
  void run(RunRequest request, std::function<void(Result<RunId>)> done) override;
  void retry(RetryRequest request, std::function<void(Result<RunId>)> done) override;
  void reload(std::function<void(Result<ReloadReport>)> done) override;
  void schedules(size_t next, std::function<void(Result<std::vector<ScheduleView>>)> done) override;
  void pause_schedule(std::string schedule, bool paused, std::function<void(Status)> done) override;
  void trigger_schedule(TriggerRequest request, std::function<void(Result<RunId>)> done) override;
  void forecast(std::string until, std::function<void(Result<ForecastView>)> done) override;
  void back_up(std::string to, std::function<void(Status)> done) override {
    parts_.store.back_up(std::move(to), std::move(done));
  }
  void triggers(std::function<void(Result<std::vector<TriggerView>>)> done) override;
  void call_webhook(std::string name, std::string body, std::function<void(Status)> done) override;
  void mark(MarkRequest request, std::function<void(Result<std::string>)> done) override;
  void cancel_task(CancelRequest request, std::function<void(Result<std::string>)> done) override;
  Status cancel(RunId run, bool kill) override;
  Result<std::vector<RunRow>> runs(size_t limit, RunId before, const RunFilter& filter) override;
  History& history() override { return parts_.store.history(); }
  void pools(std::function<void(Result<std::vector<PoolInfo>>)> done) override;
  void set_pool(std::string name, std::optional<int64_t> size,
                std::function<void(Result<PoolInfo>)> done) override;
  void scripts(std::function<void(Result<ScriptsView>)> done) override;
  Result<RunDetail> show(RunId run) override;
  Result<RunProgress> progress(RunId id) override;
  QueueView queue() override;
  Result<LogView> log(AttemptId attempt, int64_t offset, int64_t max_bytes) override;
  Result<uint64_t> subscribe(RunId id, std::function<void(const RunEvent&)> on_event) override;
  void unsubscribe(uint64_t subscription) override;
  EngineActivity activity() const override;
  Result<std::vector<EventRow>> events(int64_t after, size_t limit) override {
    return parts_.store.events(after, limit);
  }
  Result<EventBounds> event_bounds() override { return parts_.store.event_bounds(); }
  void listen(std::function<void(const ProjectNews&)> on_news) override;
  SessionApi& sessions() override { return sessions_; }

  void attempt_work_ended(Attempt& attempt) override;
  void attempt_log_line(Attempt& attempt, std::string_view line) override;
  void attempt_progressed(Attempt& attempt) override;
  void attempt_awaits(Attempt& attempt, ScriptAwait await) override;
  void attempt_stops_awaiting(Attempt& attempt, uint64_t request) override;
  bool attempt_paused(Attempt& attempt) override;
  void attempt_ended(Attempt& attempt, Outcome outcome) override;
  void attempt_dropped(Attempt& attempt) override;

 private:
  /// How something external is waited for.
  struct ExternalWait;
  /// An identity that some live run wants.
  struct LiveTask {
    LiveTask();
    LiveTask(LiveTask&&) noexcept;
    ~LiveTask();
    std::shared_ptr<const TaskInstance> instance;
    const Generation* generation = nullptr;                   // pinned while the task is here
    std::unique_ptr<Attempt> attempt;                         // the current one
    std::unique_ptr<Attempt> ahead;                           // the next one, being prepared
    std::unique_ptr<ExternalWait> wait;                       // instead of an attempt
    std::string error;                                        // of the last attempt
    std::vector<std::pair<std::string, TaskState>> needs;     // how they ended, for its `when`
    std::vector<std::shared_ptr<const TaskInstance>> inputs;  // required ones with outputs
    std::set<std::string> remade;  // identities of inputs that had vanished
    int number = 1;                // of the attempt that starts
    bool remaking = false;         // an input is being planned, instead of a start
    bool attempt_is_news = false;  // the end of its attempt has not been told to hooks
  };
  struct PlanWork;
  using PlanDone = std::function<void(Result<PlannedTasks>, const Generation*)>;
  /// Tasks that an attempt awaits.
  struct OpenAwait {
    AttemptId attempt;
    uint64_t request = 0;
    std::vector<std::string> roots;  // identities
  };

  [[nodiscard]] bool at_rest() const;

  // Schedules (engine_schedules.cc).
  [[nodiscard]] ScheduleKeeper::Actions schedule_actions();
  void start_firing(const Firing& firing, std::function<void(Result<RunId>)> done);
  void sla_missed(const Firing& firing, RunId run);
  void sla_missed(const TaskDeadlineRow& deadline);
  void tell_sla(ScriptAttempt seen);
  void take_schedules(const Generation& generation);

  // The coming hours (engine_forecast.cc).
  struct ForecastWork;
  void plan_forecast(const std::shared_ptr<ForecastWork>& work);
  void plan_open_run(const std::shared_ptr<ForecastWork>& work);
  void add_open_run(ForecastWork& work, const RunDetail& detail, Plan plan);
  void play_forecast(const std::shared_ptr<ForecastWork>& work);

  // Notices (engine_notices.cc).
  [[nodiscard]] std::string project_name() const;
  void deliver(const NotifyReceiver& receiver, const NoticeMessage& message,
               std::function<void()> done);
  void note_end(const LiveTask& task, TaskState state);
  void note_firing(const FiringRow& firing);

  // Triggers (engine_triggers.cc).
  [[nodiscard]] TriggerKeeper::Actions trigger_actions();
  void start_trigger(const Firing& firing, const std::string& cause,
                     std::function<void(Result<RunId>)> done);

  // What is told to who listens to the whole project (engine_news.cc).
  void tell_news(ProjectNews news);
  [[nodiscard]] static RunningTask running_task(const Attempt& attempt);

  // Reloading (engine_reload.cc).
  void into_force(const Generation& generation);
  bool tell_problems(const std::vector<Diagnostic>& problems);

  // Going on with runs (engine_resume.cc).
  void resume_next();
  void resume_run(const RunDetail& detail, PlannedTasks planned, const Generation& generation);
  void give_up(const RunDetail& detail, const std::string& why);
  void find_due(LiveRun& run, const Generation& generation) const;

  // Planning (engine_plan.cc).
  void load(std::function<void(Result<const Generation*>)> done);
  void make_plan(PlanRequest request, PlanDone done);
  void plan_in(const Generation& generation, PlanRequest request, PlanDone done);
  void plan_downstream(const Generation& generation, PlanRequest request, PlanDone done);
  void planned(PlanWork& work, Result<std::vector<std::string>> roots);
  void planning_ended();
  void settle_against_live(PlannedTasks& planned, uint64_t since) const;
  [[nodiscard]] std::map<std::string, int64_t> pool_sizes(const Generation& generation,
                                                          const RunRequest* request) const;
  [[nodiscard]] Status check_pools(const Generation& generation, const RunRequest& request) const;
  [[nodiscard]] int jobs_of(const Generation& generation, const RunRequest* request) const;

  // Runs (engine_run.cc).
  [[nodiscard]] bool answer_known_request(const std::string& request,
                                          const std::function<void(Result<RunId>)>& done);
  void submit(RunRequest request, PlannedTasks planned, const Generation& generation,
              std::function<void(Result<RunId>)> done);
  LiveRun& open_run(RunId id, const RunRequest& request, const Generation& generation, Plan& plan);
  [[nodiscard]] Record add_job(LiveRun& run, const PlannedTasks& planned, size_t place,
                               const std::vector<JobId>& jobs, const Generation& generation);
  void hold_joined(LiveRun& run, std::vector<JobId> joined, std::vector<Record>& records);
  void record_sources(const Generation& generation, std::vector<Record>& records);
  [[nodiscard]] Record task_record(RunId run, const TaskInstance& task, TaskState state);
  void take_config(const Generation& generation);
  void schedule_pump();
  void pump();
  void arm_due();
  void act(const StartAttempt& decision);
  void begin_attempt(JobId job, std::string refusal);

  // Going on with what an earlier engine has begun (engine_held.cc).
  [[nodiscard]] bool adopt_held(JobId job, LiveTask& task);

  // Preparing (engine_ahead.cc).
  [[nodiscard]] std::unique_ptr<Attempt> new_attempt(JobId job, const LiveTask& task);
  void prepare_ahead();
  void drop_ahead(JobId job);

  void act(const StopAttempt& decision);
  void act(const AskWhen& decision);
  void act(const TaskChanged& decision);
  void act(const RunEnded& decision);
  void act(const JobForgotten& decision);
  void task_ended(LiveRun& run, RunEvent::Task event);
  void run_recorded(RunId id);
  void clear_staging();
  void restore_pools();
  void read_pool_sizes();
  void forget_stale_pool_sizes();
  [[nodiscard]] std::optional<int64_t> declared_size(const std::string& pool) const;
  [[nodiscard]] PoolInfo pool_info(const std::string& name, int64_t declared) const;
  void watch_needs(JobId job, const PlanTask& task, const std::vector<PlanTask>& tasks,
                   const std::vector<JobId>& jobs);
  void note_need(JobId need, const std::string& id, TaskState state);
  void keep_task(JobId job, std::shared_ptr<const TaskInstance> instance,
                 const Generation& generation);
  [[nodiscard]] bool is_under_way(JobId job) const;
  [[nodiscard]] Record planned_record(RunId run, JobId job, std::string why);
  [[nodiscard]] Record joined_record(RunId run, JobId job, std::string why);
  [[nodiscard]] Record joined_needs(RunId run, JobId job) const;

  // Awaiting (engine_await.cc).
  void await_planned(AttemptId id, uint64_t request, Result<PlannedTasks> planned,
                     const Generation& generation);
  void settle_against_runs(PlannedTasks& planned, JobId job) const;
  [[nodiscard]] Status check_awaited(const Plan& plan, const Generation& generation) const;
  void record_awaited(JobId waiter, const std::vector<std::string>& roots);
  void want_awaited(const Awaited& awaited, const PlannedTasks& planned,
                    const Generation& generation);
  void act(const AwaitEnded& decision);

  // What others produce (engine_external.cc).
  static void wait_for_externals(Plan& plan);
  [[nodiscard]] bool waits_for_externals(JobId job) const;
  [[nodiscard]] static TaskState shown_state(const LiveTask& task, TaskState state);
  [[nodiscard]] static std::string waiting_text(const LiveTask& task);
  [[nodiscard]] std::vector<MissingTask> missing_in(const LiveRun& run) const;
  void begin_wait(JobId job);
  void arm_wait(JobId job, LiveTask& task);
  void look_for(JobId job);
  void looked_for(JobId job, LiveTask& task, const Result<PlannedTasks>& planned);
  void end_wait(JobId job, LiveTask& task, Outcome outcome);
  void look_now(const std::string& id);
  void stop_waiting(const LiveRun& run);

  // Inputs that have vanished (engine_inputs.cc).
  void keep_inputs(JobId job, const PlannedTasks& planned, size_t place);
  [[nodiscard]] const TaskInstance* vanished_input(const LiveTask& task, std::string* path) const;
  [[nodiscard]] bool remake_inputs(JobId job, LiveTask& task, std::string* refusal);
  void inputs_planned(JobId job, Result<PlannedTasks> planned);

  // Disk space (engine_space.cc).
  [[nodiscard]] bool has_room(JobId job);
  void arm_space();
  void look_at_space();
  [[nodiscard]] const SpaceShortage* shortage_of(JobId job) const;
  [[nodiscard]] const SpaceShortage* shortage_of(const LiveRun& run) const;

  // What is too old to be kept.
  void prune_if_due();
  void forget_old_troubles();
  [[nodiscard]] Error not_kept(RunId run);
  [[nodiscard]] bool is_idle() const;

  // Hooks (engine_hooks.cc).
  void tell_hooks(LiveTask& task, TaskState state);
  void tell_hooks(const LiveRun& run);
  void begin_hook(HookOrder order);
  void hook_ended(AttemptId id, GenerationId generation);

  EngineParts parts_;
  EngineOptions options_;
  FileStages files_;
  StagingKeeper keeper_;
  AttemptServices services_;
  Scheduler scheduler_;
  SpaceGuard space_;
  Pruner pruner_;
  ScheduleKeeper schedules_;
  Sessions sessions_;
  TriggerKeeper triggers_;
  TaskDeadlines deadlines_;
  NoticeKeeper notices_;
  struct Delivery {
    std::unique_ptr<Process> process;
    std::unique_ptr<Watch> bound;
  };
  std::map<AttemptId, Delivery> deliveries_;  // of notices
  std::function<void()> on_idle_;
  std::function<void(const ProjectNews&)> on_news_;
  std::map<RunState, uint64_t> runs_ended_;       // since this engine began
  std::map<TaskState, uint64_t> attempts_ended_;  // likewise

  std::function<void()> on_way_free_;
  bool makes_way_ = false;
  bool stays_ = false;
  bool schedules_begun_ = false;
  std::deque<RunId> to_resume_;
  std::function<void()> resumed_;
  std::map<Firing, RunRequest> asked_for_;  // firings that somebody wants, until they start
  const Generation* in_force_ = nullptr;    // the last that loaded
  std::optional<Declarations> declared_;    // as they were in force, while there may be a reload
  ReloadReport last_reload_;
  std::optional<ScriptsView::Change> last_change_;
  std::vector<Diagnostic> told_problems_;
  std::unique_ptr<Watch> reload_timer_;
  std::optional<MonoTime> change_seen_;  // the first one that is not loaded yet
  std::map<RunId, LiveRun> runs_;
  std::unordered_map<JobId, LiveTask> tasks_;  // in no order that decides
  std::map<AttemptId, JobId> attempts_;        // those under way
  bool adopts_first_ = false;                  // nothing else starts until end_unadopted()
  std::map<std::string, HeldAttempt> held_;    // by task, not yet adopted
  std::deque<MonoTime> starts_;                // the last ones, oldest first
  std::map<AttemptId, std::unique_ptr<Attempt>> dropped_;  // prepared, and not wanted after all
  std::map<AwaitId, OpenAwait> awaits_;
  struct LiveHook {
    RunId run;
    std::unique_ptr<Hook> hook;
  };
  std::map<AttemptId, LiveHook> hooks_;
  std::vector<HookOrder> held_hooks_;      // until those of their run have ended; pinned
  std::multimap<JobId, JobId> asked_by_;   // requirement → tasks whose `when` looks at it
  std::map<std::string, RunId> requests_;  // of live runs and of those being recorded
  std::map<std::string, int64_t> declared_pools_;
  std::map<std::string, PoolSizeRow> set_pools_;  // by somebody
  bool pool_sizes_read_ = false;
  std::optional<int64_t> configured_memory_;
  std::set<std::string> recorded_sources_;  // hashes
  uint64_t recorded_after_ = 0;             // so many sweeps, which may have removed some of them
  std::map<std::string, Duration> usual_;   // durations by task name

  // Tasks that were published while some plan was being made, and when, so that a plan that looked
  // too early does not run them again.
  uint64_t published_count_ = 0;
  struct Published {
    uint64_t count = 0;
    std::shared_ptr<const TaskInstance> task;  // of the version of the files that it was done by
  };
  std::unordered_map<std::string, Published> published_;  // only looked up
  int planning_ = 0;

  std::unique_ptr<Watch> due_;
  std::unique_ptr<Watch> space_timer_;  // while something is held back
  uint64_t last_subscription_ = 0;
  int clients_ = 0;
  bool pump_scheduled_ = false;
  bool clearing_staging_ = false;
  bool shutting_down_ = false;
};

}  // namespace moondial
