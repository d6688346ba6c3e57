#include "engine/attempt.h"

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "base/text.h"
#include "engine/emit_file.h"
#include "engine/web_proxies.h"

namespace moondial {
namespace {

/// What a script may take to answer for a failure.
constexpr Duration kLongestEndingStep = std::chrono::minutes(1);

std::string describe_exit(const CommandResult& result) {
  if (result.signal != 0) return "the command was ended by signal " + std::to_string(result.signal);
  return "the command exited with status " + std::to_string(result.exit_code);
}

/// A process as the runner describes it: its command line may be cut.
std::string without_secrets(const SecretMasker& masker, std::string_view process) {
  constexpr std::string_view kCut = "…)";
  if (!process.ends_with(kCut)) return masker.mask(process);
  process.remove_suffix(kCut.size());
  return masker.mask_cut(process).append(kCut);
}

}  // namespace

TaskState final_state(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSucceeded:
      return TaskState::kDone;
    case Outcome::kSkipped:
      return TaskState::kSkipped;
    case Outcome::kFailed:
    case Outcome::kFailedForGood:
      return TaskState::kFailed;
    case Outcome::kCancelled:
      return TaskState::kCancelled;
    case Outcome::kLost:
      return TaskState::kLost;
  }
  return TaskState::kFailed;
}

Attempt::Attempt(AttemptServices& services, AttemptObserver& observer, AttemptOrder order)
    : services_(services),
      observer_(observer),
      order_(std::move(order)),
      masker_(order_.task->secrets),
      started_(services.loop.utc()),
      started_mono_(services.loop.mono()),
      log_(services.loop, log_path(services.state_dir, order_.id),
           [this](std::string_view line) { observer_.attempt_log_line(*this, line); }),
      said_(masker_, log_),
      commands_({services.loop,
                 services.runner,
                 services.scripts,
                 masker_,
                 log_,
                 order_.id,
                 {},
                 order_.task->grace},
                [this](const CommandResult& result) { take_usage(result); }) {}

Attempt::~Attempt() = default;

// --- Preparing ---

void Attempt::prepare() {
  is_ahead_ = true;
  is_preparing_ = true;
  services_.store.write({AttemptPrepared{order_.id, task().id, task().outputs}},
                        [this] { stage(); });
}

void Attempt::begin(AttemptStart start) {
  begun_ = true;
  start_ = std::move(start);
  started_ = services_.loop.utc();
  started_mono_ = services_.loop.mono();
  commands_.set_environment(start_.environment);
  if (is_ahead_) {
    services_.store.write({started_record()}, {});
    if (is_preparing_) return;
    if (stage_error_.ok()) return prepared();
    stage_error_ = Status();  // what stood in the way then may be gone
    return stage();
  }
  is_preparing_ = true;
  services_.store.write({started_record()}, [this] { stage(); });
}

void Attempt::drop() {
  dropped_ = true;
  if (!is_preparing_) discard_prepared();
}

AttemptStarted Attempt::started_record() const {
  AttemptStarted record;
  record.attempt = order_.id;
  record.run = start_.runs.front();
  record.others.assign(start_.runs.begin() + 1, start_.runs.end());
  record.task = task().id;
  record.name = task().name;
  record.number = start_.number;
  record.host = services_.host_name;
  record.at = started_;
  record.outputs = task().outputs;
  record.prepared = is_ahead_;
  return record;
}

/// After the row is durable: by it recovery finds what is staged.
void Attempt::stage() {
  is_preparing_ = true;
  if (task().outputs.empty() || dropped_) return staging_ended();
  services_.files.stage.add({order_.id, task().outputs, {}},
                            [this](FileStages::ToStage& staged, Status status) {
                              outputs_ = std::move(staged.outputs);
                              stage_error_ = std::move(status);
                              staging_ended();
                            });
}

void Attempt::staging_ended() {
  is_preparing_ = false;
  if (dropped_) return discard_prepared();
  if (begun_) prepared();
}

void Attempt::discard_prepared() {
  const auto forget = [this] {
    services_.store.write({AttemptDropped{order_.id}}, {});
    observer_.attempt_dropped(*this);
  };
  if (outputs_.empty()) return forget();
  services_.files.discard.add(outputs_,
                              [forget](FileStages::Outputs&, const Status&) { forget(); });
}

void Attempt::prepared() {
  if (stop_reason_ != StopReason::kNone) return end_as(Outcome::kCancelled, "");
  if (!stage_error_.ok()) return end_as(Outcome::kFailed, stage_error_.error().message);
  if (!start_.refusal.empty()) return end_as(Outcome::kFailed, start_.refusal);
  launch();
}

void Attempt::launch() {
  phase_ = Phase::kWorking;
  started_ = services_.loop.utc();
  started_mono_ = services_.loop.mono();
  if (task().timeout) arm_timeout(*task().timeout);
  if (task().work == WorkKind::kCommand) return launch_command();
  start_step(ScriptStep::kRun);
}

// --- Working: a command ---

Result<CommandSpec> Attempt::command_spec() const {
  std::vector<std::string> paths;
  for (const StagedOutput& output : outputs_) {
    paths.push_back(output.staging_path);
    if (paths.back().ends_with('/')) paths.back().pop_back();  // of a folder
  }
  Status known;
  const auto emitted = [&](const std::string& identity, const std::string& name) -> std::string {
    const auto values = services_.store.emitted(identity);
    if (!values.ok()) {
      known = values.error();
      return {};
    }
    const auto value = values->find(name);
    if (value != values->end()) return emitted_text(value->second);
    known = Status(Code::kNotFound, "${emitted…}: " + identity + " has emitted no '" + name + "'");
    return {};
  };
  CommandSpec spec;
  spec.attempt = order_.id;
  for (const CommandWord& word : task().argv) spec.argv.push_back(render(word, paths, emitted));
  if (!known.ok()) return known.error();
  for (const CommandWord& word : task().env) {
    spec.extra_environment.push_back(render(word, paths));
  }
  spec.extra_environment.push_back("MOONDIAL_EMIT=" + emit_path(services_.state_dir, order_.id));
  spec.environment = start_.environment;
  spec.cwd = task().cwd;
  spec.hold = services_.hold;
  if (spec.hold) spec.secrets = task().secrets;
  return spec;
}

void Attempt::launch_command() {
  auto spec = command_spec();
  if (!spec.ok()) return end_as(Outcome::kFailed, spec.error().message);
  auto process = services_.runner.spawn(
      std::move(spec).value(), [this](std::string_view bytes) { said_.add(bytes); },
      [this](CommandResult result) { command_exited(std::move(result)); });
  if (!process.ok()) return end_as(Outcome::kFailed, process.error().message);
  process_ = std::move(process).value();
  if (services_.hold) said_.begin(*process_);
  services_.store.write({AttemptProcess{order_.id, process_->pid()}}, {});
}

void Attempt::adopt(AttemptStart start, const HeldAttempt& held) {
  begun_ = adopted_ = true;
  start_ = std::move(start);
  commands_.set_environment(start_.environment);
  outputs_ = services_.targets.locate(order_.id, held.final_paths);
  phase_ = Phase::kWorking;
  // What has passed is told by the wall clock: the other goes with the engine that read it.
  const Duration passed = std::max(Duration(0), services_.loop.utc() - held.started);
  started_ = held.started;
  started_mono_ = services_.loop.mono() - passed;
  auto process = services_.runner.adopt(
      order_.id, [this](std::string_view bytes) { said_.add(bytes); },
      [this](CommandResult result) { command_exited(std::move(result)); });
  if (!process.ok()) return lose(process.error().message);
  process_ = std::move(process).value();
  // They may have changed since: what it says holds the old ones.
  std::vector<std::string> secrets = process_->secrets();
  secrets.insert(secrets.end(), task().secrets.begin(), task().secrets.end());
  masker_ = SecretMasker(secrets);
  said_.begin(*process_);
  // The dead engine may not have got so far.
  if (held.pid == 0) services_.store.write({AttemptProcess{order_.id, process_->pid()}}, {});
  if (task().timeout) arm_timeout(std::max(Duration(0), *task().timeout - passed));
}

/// Nobody stopped it while no engine was there, and one that ended in time was not late because its
/// end is heard late.
void Attempt::settle_timeout(const CommandResult& result) {
  if (!adopted_ || !task().timeout || stop_reason_ == StopReason::kCancelled) return;
  if (result.wall > *task().timeout) {
    stop_reason_ = StopReason::kTimedOut;
  } else if (result.signal == 0 && result.exit_code == 0) {
    stop_reason_ = StopReason::kNone;
  }
}

/// How its command ended is not known, but that it has.
void Attempt::lose(const std::string& why) {
  forget_emit_file(services_.state_dir, order_.id);
  if (stop_reason_ == StopReason::kCancelled) return end_as(Outcome::kCancelled, "");
  if (stop_reason_ == StopReason::kTimedOut) {
    return end_as(Outcome::kFailed, "timed out after " + format_duration(*task().timeout));
  }
  end_as(Outcome::kLost, why);
}

void Attempt::take_usage(const CommandResult& result) {
  cpu_ += result.cpu;
  peak_memory_bytes_ = std::max(peak_memory_bytes_, result.peak_memory_bytes);
  for (const std::string& leftover : result.leftovers) {
    log_.lines("warn", "ended a process that the command left behind: " +
                           without_secrets(masker_, leftover));
  }
}

void Attempt::command_exited(CommandResult result) {
  said_.finish();
  take_usage(result);
  if (result.unheard) {
    log_.lines("warn",
               "some of the command's last output, and what it emitted, is lost: its holder was "
               "killed");
    forget_emit_file(services_.state_dir, order_.id);
  }
  if (result.lost) return lose("the process that held its command was killed");
  settle_timeout(result);
  exit_ = result.signal != 0 ? 128 + result.signal : result.exit_code;
  read_emit_file();
  if (stop_reason_ == StopReason::kTimedOut) {
    return end_as(Outcome::kFailed, "timed out after " + format_duration(*task().timeout));
  }
  if (stop_reason_ == StopReason::kCancelled) return end_as(Outcome::kCancelled, "");
  if (*exit_ != 0) return end_as(Outcome::kFailed, describe_exit(result));
  work_succeeded();
}

void Attempt::read_emit_file() {
  auto emitted = moondial::read_emit_file(emit_path(services_.state_dir, order_.id), masker_);
  for (auto& [name, value] : emitted.values) emitted_[name] = value;
  for (const std::string& problem : emitted.problems) log_.lines("warn", problem);
  // Should this engine die before the end is durable, another one reads it again.
  if (!services_.hold && !adopted_) forget_emit_file(services_.state_dir, order_.id);
}

// --- Working and checking: a script ---

ScriptAttempt Attempt::script_attempt() const {
  ScriptAttempt out;
  out.attempt = order_.id;
  out.run = start_.runs.front();
  out.number = start_.number;
  out.scheduled_at = start_.scheduled_at;
  out.name = task().name;
  out.params = task().params;
  out.params.insert(out.params.end(), task().other_params.begin(), task().other_params.end());
  for (const StagedOutput& output : outputs_) out.staging_paths.push_back(output.staging_path);
  out.proxies = web_proxies(start_.environment);
  return out;
}

void Attempt::start_step(ScriptStep step, const std::string& error) {
  step_ = step;
  script_runs_ = true;
  ScriptAttempt attempt = script_attempt();
  attempt.step = step;
  attempt.error = error;
  services_.scripts.start(order_.generation, std::move(attempt), this);
}

void Attempt::on_command(ScriptCommand command) {
  const bool is_stopped = stop_reason_ != StopReason::kNone && phase_ != Phase::kEnding;
  if (!is_stopped && !script_outcome_) commands_.start(std::move(command));
}

void Attempt::on_cancel(uint64_t request) {
  if (awaits_.erase(request) > 0) return observer_.attempt_stops_awaiting(*this, request);
  commands_.stop(request);
}

// --- Awaiting ---

void Attempt::on_await(ScriptAwait await) {
  if (stop_reason_ != StopReason::kNone || script_outcome_) return;
  awaits_.insert(await.request);
  observer_.attempt_awaits(*this, std::move(await));
}

void Attempt::await_ended(uint64_t request, Result<AwaitResult> result) {
  if (timeout_left_) arm_timeout(*std::exchange(timeout_left_, std::nullopt));
  only_awaits_ = false;
  if (awaits_.erase(request) == 0) return;
  ++awaits_answered_;
  services_.scripts.await_ended(order_.id, request, std::move(result));
}

void Attempt::await_taken() {
  if (!only_awaits_ || !observer_.attempt_paused(*this)) return;
  only_awaits_ = false;
  stop_clock();
}

void Attempt::on_paused(uint64_t answers) {
  // An answer that is on its way to the script makes it go on.
  if (answers != awaits_answered_ || awaits_.empty() || stop_reason_ != StopReason::kNone) return;
  only_awaits_ = true;
  await_taken();
}

void Attempt::on_log(std::string_view level, std::string_view text) {
  log_.lines(level, masker_.mask(text));
}

void Attempt::on_emit(const std::string& name, const std::string& json_value) {
  emitted_[masker_.mask(name)] = mask_json(masker_, json_value);
}

void Attempt::on_progress(double fraction, const std::string& text) {
  fraction_ = fraction;
  progress_text_ = masker_.mask(text);
  observer_.attempt_progressed(*this);
}

void Attempt::on_ended(ScriptOutcome outcome) {
  script_runs_ = false;
  cpu_ += outcome.cpu;
  script_outcome_ = std::move(outcome);
  commands_.stop_all(kill_);
  commands_.finish([this] { script_settled(); });
}

/// The script and all its commands have ended.
void Attempt::script_settled() {
  const ScriptOutcome outcome = *std::exchange(script_outcome_, std::nullopt);
  if (phase_ == Phase::kEnding) return ending_step_ended(outcome);
  if (stop_reason_ == StopReason::kTimedOut) {
    return end_as(Outcome::kFailed, "timed out after " + format_duration(*task().timeout));
  }
  if (stop_reason_ == StopReason::kCancelled) return end_as(Outcome::kCancelled, "");
  switch (outcome.kind) {
    case ScriptOutcome::Kind::kSucceeded:
      return step_ == ScriptStep::kRun ? work_succeeded() : next_step();
    case ScriptOutcome::Kind::kNo:
      return end_as(Outcome::kFailed, "the work ended well but complete(t) still says no");
    case ScriptOutcome::Kind::kSkipped:
      return end_as(Outcome::kSkipped, outcome.text);
    case ScriptOutcome::Kind::kFailed:
      return end_as(Outcome::kFailed, outcome.text, outcome.details);
    case ScriptOutcome::Kind::kFailedForGood:
      return end_as(Outcome::kFailedForGood, outcome.text);
    case ScriptOutcome::Kind::kStopped:
      return end_as(Outcome::kCancelled, outcome.text);
    case ScriptOutcome::Kind::kLost:
      return end_as(Outcome::kLost, outcome.text);
  }
}

/// Whether scripts have a word before the outputs are published.
bool Attempt::has_steps() const {
  return task().has_check || task().publishes || task().asks_complete;
}

/// The next of them; then publishing.
void Attempt::next_step() {
  phase_ = Phase::kChecking;
  if (task().has_check && step_ < ScriptStep::kCheck) return start_step(ScriptStep::kCheck);
  if (task().publishes && step_ < ScriptStep::kPublish) return start_step(ScriptStep::kPublish);
  if (task().asks_complete && step_ < ScriptStep::kComplete) {
    return start_step(ScriptStep::kComplete);
  }
  if (has_steps()) observer_.attempt_work_ended(*this);
  publish();
}

// --- Stopping ---

void Attempt::stop(bool kill) {
  kill_ = kill_ || kill;
  if (phase_ == Phase::kEnding) return stop_work();
  if (phase_ >= Phase::kPublishing) return;
  if (stop_reason_ == StopReason::kNone) stop_reason_ = StopReason::kCancelled;
  stop_work();
}

void Attempt::arm_timeout(Duration left) {
  timeout_due_ = services_.loop.mono() + left;
  timeout_ = services_.loop.timer(timeout_due_, [this] { timed_out(); });
}

void Attempt::stop_clock() {
  if (!timeout_) return;
  timeout_left_ = timeout_due_ - services_.loop.mono();
  timeout_.reset();
}

void Attempt::timed_out() {
  if (phase_ >= Phase::kPublishing || stop_reason_ != StopReason::kNone) return;
  stop_reason_ = StopReason::kTimedOut;
  stop_work();
}

void Attempt::stop_work() {
  if (process_) end_process(*process_);
  commands_.stop_all(kill_);
  if (script_runs_) services_.scripts.stop(order_.id);
}

void Attempt::end_process(Process& process) { process.stop(kill_ ? Duration(0) : task().grace); }

// --- Publishing ---

void Attempt::work_succeeded() {
  const std::vector<size_t> missing = services_.targets.missing(outputs_);
  if (!missing.empty()) {
    std::string paths;
    for (const size_t i : missing) {
      paths += (paths.empty() ? "" : ", ") + outputs_[i].final_path;
    }
    return end_as(Outcome::kFailed,
                  "the work ended well but did not produce its output " + paths +
                      " (write it to ${output}, or t.output.path, while the task runs)");
  }
  phase_ = Phase::kSyncing;
  if (!has_steps()) observer_.attempt_work_ended(*this);
  if (outputs_.empty()) return synced(Status());
  services_.files.sync.add(outputs_,
                           [this](FileStages::Outputs&, Status status) { synced(status); });
}

void Attempt::synced(const Status& status) {
  if (stop_reason_ == StopReason::kCancelled) return end_as(Outcome::kCancelled, "");
  if (stop_reason_ == StopReason::kTimedOut) {
    return end_as(Outcome::kFailed, "timed out after " + format_duration(*task().timeout));
  }
  if (!status.ok()) return end_as(Outcome::kFailed, status.error().message);
  next_step();
}

void Attempt::publish() {
  timeout_.reset();
  phase_ = Phase::kPublishing;
  if (outputs_.empty()) return record_end(Outcome::kSucceeded);
  services_.store.write({PublishIntent{order_.id, outputs_}}, [this] {
    services_.files.publish.add(outputs_,
                                [this](FileStages::Outputs&, Status status) { renamed(status); });
  });
}

void Attempt::renamed(const Status& status) {
  if (status.ok()) {
    services_.keeper.published(outputs_);
    return record_end(Outcome::kSucceeded);
  }
  // An engine that finds the intent completes it: it must not find it when the outputs are gone.
  services_.store.write({IntentWithdrawn{order_.id}}, [this, why = status.error().message] {
    end_as(Outcome::kFailed, "publishing failed: " + why);
  });
}

// --- The end ---

void Attempt::end_as(Outcome outcome, const std::string& message, const std::string& details) {
  const bool has_begun = phase_ >= Phase::kWorking;
  phase_ = Phase::kEnding;
  timeout_.reset();
  outcome_ = outcome;
  message_ = masker_.mask(message);
  error_ = message_ + masker_.mask(details);
  asks_retry_ = has_begun && outcome == Outcome::kFailed && task().asks_retry;
  removes_ = has_begun && task().publishes;
  go_on_ending();
}

/// What scripts have to say or do after a failure, each for a bounded time; then the rest.
void Attempt::go_on_ending() {
  timeout_.reset();
  const bool asks = std::exchange(asks_retry_, false);
  if (!asks && !std::exchange(removes_, false)) return discard();
  timeout_ = services_.loop.timer(services_.loop.mono() + kLongestEndingStep,
                                  [this] { services_.scripts.stop(order_.id); });
  start_step(asks ? ScriptStep::kRetry : ScriptStep::kDiscard, message_);
}

void Attempt::ending_step_ended(const ScriptOutcome& outcome) {
  if (outcome.kind == ScriptOutcome::Kind::kNo) {
    outcome_ = Outcome::kFailedForGood;
  } else if (outcome.kind != ScriptOutcome::Kind::kSucceeded) {
    const char* const what = step_ == ScriptStep::kRetry ? "retry.when: " : "target: remove: ";
    log_.lines("error", what + masker_.mask(outcome.text + outcome.details));
  }
  go_on_ending();
}

void Attempt::discard() {
  if (outputs_.empty()) return record_end(outcome_);
  services_.files.discard.add(
      outputs_, [this](FileStages::Outputs&, const Status&) { record_end(outcome_); });
}

void Attempt::record_end(Outcome outcome) {
  const bool is_failure = final_state(outcome) == TaskState::kFailed || outcome == Outcome::kLost;
  if (is_failure && !error_.empty()) log_.lines("error", error_);
  log_.finish();
  wall_ = services_.loop.mono() - started_mono_;
  AttemptEnded record;
  record.attempt = order_.id;
  record.state = final_state(outcome);
  record.at = std::max(services_.loop.utc(), started_);  // the clock may have been set back
  record.exit = exit_;
  record.error = printable(error_);
  record.emitted = emitted_;
  record.cpu = cpu_;
  record.peak_memory_bytes = peak_memory_bytes_;
  record.marks = task().marks;
  if (outcome == Outcome::kSucceeded) record.fingerprint = task().fingerprint;
  services_.store.write({std::move(record)}, [this, outcome] {
    phase_ = Phase::kEnded;
    // From here on nobody needs to find its command, nor what that has emitted.
    if (process_) forget_emit_file(services_.state_dir, order_.id);
    process_.reset();
    observer_.attempt_ended(*this, outcome);
  });
}

}  // namespace moondial
