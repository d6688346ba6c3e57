#include "engine/engine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace moondial {

Engine::Engine(EngineParts parts, EngineOptions options)
    : parts_(parts),
      options_(std::move(options)),
      files_(parts.loop, parts.targets),
      keeper_(parts.loop, parts.store, parts.targets),
      services_{parts.loop, parts.store, parts.runner,       parts.scripts,      parts.targets,
                files_,     keeper_,     options_.state_dir, options_.host_name, options_.hold},
      scheduler_(options_.seed),
      space_(parts.space, options_.state_dir),
      pruner_(parts.loop, parts.store, options_.state_dir),
      schedules_(parts.loop, parts.store, schedule_actions()),
      sessions_(parts.loop, parts.scripts,
                {.load = [this](auto done) { load(std::move(done)); },
                 .on_rest = [this] { end_if_idle(); }}),
      triggers_(parts.loop, parts.store, parts.arrivals, trigger_actions()),
      deadlines_(parts.loop, parts.store,
                 [this](const TaskDeadlineRow& deadline) { sla_missed(deadline); }),
      notices_(
          parts.loop, parts.store, project_name(),
          [this](const NotifyReceiver& receiver, const NoticeMessage& message,
                 std::function<void()> done) { deliver(receiver, message, std::move(done)); }) {
  auto usual = parts_.store.usual_durations();
  if (usual.ok()) usual_ = std::move(usual).value();
  for (HeldAttempt& held : options_.held) held_.emplace(held.task, std::move(held));
  adopts_first_ = !held_.empty();
}

Engine::~Engine() = default;

// --- Clients and the end ---

void Engine::client_came() { ++clients_; }

void Engine::client_went() {
  --clients_;
  end_if_idle();
}

void Engine::make_way() {
  if (stays_) return;
  makes_way_ = true;
  end_if_idle();
}

bool Engine::is_idle() const { return at_rest() && planning_ == 0 && !pruner_.busy(); }

void Engine::end_if_idle() {
  const auto survives = [](const auto& entry) { return entry.second.survives; };
  if (makes_way_ && !shutting_down_ && !runs_.empty() && std::ranges::all_of(runs_, survives)) {
    return parts_.loop.post([this] {
      if (on_way_free_) std::exchange(on_way_free_, nullptr)();
    });
  }
  if (makes_way_ && runs_.empty()) sessions_.end("a daemon takes the project over", true);
  if (stays_ && pruner_.overdue()) parts_.loop.post([this] { prune_if_due(); });
  if (!at_rest() || !on_idle_) return;
  if (stays_ && !shutting_down_) return parts_.loop.post([this] { prune_if_due(); });
  if (clients_ > 0 && !shutting_down_) return;
  parts_.loop.post([this] {
    prune_if_due();
    const bool idle = is_idle() && (clients_ == 0 || shutting_down_);
    if (idle && on_idle_) std::exchange(on_idle_, nullptr)();
  });
}

bool Engine::at_rest() const {
  return runs_.empty() && to_resume_.empty() && hooks_.empty() && dropped_.empty() &&
         !clearing_staging_;
}

/// While there is nothing else to do; where there always is, beside it.
void Engine::prune_if_due() {
  if (shutting_down_ || pruner_.busy() || !(is_idle() || pruner_.overdue())) return;
  const auto may_go_on = [this] {
    const bool is_free = runs_.empty() && planning_ == 0;
    return (is_free || pruner_.overdue()) && !shutting_down_;
  };
  pruner_.begin_if_due(may_go_on, [this] {
    forget_old_troubles();
    end_if_idle();
  });
}

/// A task that failed and was never run again is in trouble for as long as its run is kept.
void Engine::forget_old_troubles() {
  if (!stays_ || shutting_down_ || in_force_ == nullptr) return;
  const auto& kept = in_force_->declarations.config.retention.runs;
  if (kept) notices_.forget_told_before(parts_.loop.utc() - *kept);
}

void Engine::hand_over(std::function<void()> done) {
  shutting_down_ = true;
  schedules_.stop();
  triggers_.stop();
  deadlines_.stop();
  notices_.stop();
  sessions_.end("the engine ends", false);
  parts_.store.write({}, std::move(done));
}

void Engine::shut_down(bool kill) {
  shutting_down_ = true;
  schedules_.stop();
  triggers_.stop();
  deadlines_.stop();
  notices_.stop();
  sessions_.end("the engine ends", false);
  std::vector<RunId> open;
  for (const auto& [id, run] : runs_) open.push_back(id);
  for (const RunId id : open) (void)cancel(id, kill);
  for (const auto& [id, live] : hooks_) live.hook->stop(kill);
  end_if_idle();
}

// --- Looking and cancelling ---

Status Engine::cancel(RunId run, bool kill) {
  const auto found = runs_.find(run);
  if (found == runs_.end()) {
    auto known = parts_.store.run(run);
    if (!known.ok()) return known.error();
    if (*known) {
      return Status(Code::kConflict, "run " + std::to_string(run.value) + " has ended");
    }
    return Status(not_kept(run));
  }
  if (found->second.ended) return Status();
  scheduler_.cancel_run(run, kill, parts_.loop.mono());
  schedule_pump();
  return Status();
}

void Engine::cancel_task(CancelRequest request, std::function<void(Result<std::string>)> done) {
  PlanRequest plan;
  plan.tasks.push_back(std::move(request.task));
  make_plan(std::move(plan), [this, kill = request.kill, done = std::move(done)](
                                 const Result<PlannedTasks>& planned, const Generation*) {
    if (!planned.ok()) return done(planned.error());
    const std::string& id = planned->instances[planned->plan.roots.front()]->id;
    const JobId job = scheduler_.find(id);
    if (!job) return done(Error{Code::kConflict, "no run is at " + id, {}});
    scheduler_.cancel_job(job, kill, parts_.loop.mono());
    schedule_pump();
    done(id);
  });
}

void Engine::mark(MarkRequest request, std::function<void(Result<std::string>)> done) {
  PlanRequest plan;
  plan.tasks.push_back(std::move(request.task));
  make_plan(std::move(plan), [this, by = std::move(request.by), done = std::move(done)](
                                 const Result<PlannedTasks>& planned, const Generation*) {
    if (!planned.ok()) return done(planned.error());
    const TaskInstance& instance = *planned->instances[planned->plan.roots.front()];
    if (!instance.marks) {
      return done(Error{Code::kInvalid,
                        instance.id + " is not marked by hand: " +
                            (instance.outputs.empty() ? "its output is no mark()"
                                                      : "it is done when its outputs exist"),
                        {}});
    }
    parts_.store.write({TaskMarked{instance.id, by, parts_.loop.utc(), instance.params}},
                       [this, id = instance.id, done] {
                         look_now(id);
                         tell_news({ProjectNews::Kind::kMarked, {}, {}, {}, {}, id});
                         done(id);
                       });
  });
}

/// Of a run that is not in the record.
Error Engine::not_kept(RunId run) {
  const std::string name = "run " + std::to_string(run.value);
  const auto pruned = parts_.store.was_pruned(run);
  if (!pruned.ok() || !*pruned) return {Code::kNotFound, "there is no " + name, {}};
  return {Code::kNotFound,
          name + " is not kept any more: `retention` in moondial.lua says how long runs are kept",
          {}};
}

Result<std::vector<RunRow>> Engine::runs(size_t limit, RunId before, const RunFilter& filter) {
  auto rows = parts_.store.runs(limit, before, filter);
  if (!rows.ok()) return rows;
  for (RunRow& row : *rows) {
    const auto live = runs_.find(row.run);
    if (live != runs_.end()) row.counts = live->second.counts();
  }
  return rows;
}

Result<RunDetail> Engine::show(RunId run) {
  auto detail = parts_.store.run(run);
  if (!detail.ok()) return detail.error();
  if (!*detail) return not_kept(run);
  RunDetail out = std::move(**detail);
  const auto live = runs_.find(run);
  if (live == runs_.end()) return out;
  out.run.counts = live->second.counts();
  for (TaskRow& row : out.tasks) {
    const JobId job = scheduler_.find(row.id);
    if (!job) continue;
    // An end is shown as it is recorded: it may not be durable yet.
    const auto state = live->second.state_of(job);
    if (state && !is_final(*state)) row.state = *state;
    if (const SpaceShortage* shortage = shortage_of(job)) {
      row.state = TaskState::kReady;
      row.why = to_text(*shortage);
    }
  }
  return out;
}

RunningTask Engine::running_task(const Attempt& attempt) {
  return {attempt.task().id, attempt.order().id, attempt.start().number,
          attempt.started(), attempt.fraction(), attempt.progress_text()};
}

Result<RunProgress> Engine::progress(RunId id) {
  RunProgress out;
  out.run = id;
  const auto live = runs_.find(id);
  if (live == runs_.end()) {
    auto detail = show(id);
    if (!detail.ok()) return detail.error();
    out.state = detail->run.state;
    out.started = detail->run.started;
    out.counts = detail->run.counts;
    return out;
  }
  const LiveRun& run = live->second;
  out.state = run.state;
  out.started = run.started;
  out.counts = run.counts();
  int64_t slots = 1;
  for (const PoolView& pool : scheduler_.pools()) {
    if (pool.name == "cpu") slots = pool.size;
  }
  out.left = run.left(slots);
  if (const SpaceShortage* shortage = shortage_of(run)) out.space = *shortage;
  out.missing = missing_in(run);
  for (const JobId job : run.running()) {
    const LiveTask& task = tasks_.at(job);
    if (task.attempt == nullptr) continue;
    out.running.push_back(running_task(*task.attempt));
  }
  std::ranges::stable_sort(out.running, {}, &RunningTask::since);
  return out;
}

Result<LogView> Engine::log(AttemptId attempt, int64_t offset, int64_t max_bytes) {
  LogView out;
  out.ended = !attempts_.contains(attempt);
  out.next_offset = std::max<int64_t>(offset, 0);
  const std::string path = log_path(options_.state_dir, attempt);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (!out.ended) return out;
    auto known = parts_.store.attempt(attempt);
    if (!known.ok()) return known.error();
    if (!*known) {
      return Error{Code::kNotFound, "there is no attempt " + std::to_string(attempt.value), {}};
    }
    if (auto kept = parts_.store.runs(1, RunId((*known)->run.value + 1), {});
        kept.ok() && !kept->empty() && kept->front().run == (*known)->run &&
        !kept->front().has_logs) {
      return Error{Code::kNotFound,
                   "the logs of run " + std::to_string((*known)->run.value) +
                       " are not kept any more: `retention` in moondial.lua says how long",
                   {}};
    }
    return out;
  }
  struct stat info {};
  ::fstat(fd, &info);
  if (offset < 0) offset = std::max<int64_t>(info.st_size + offset, 0);
  out.text.resize(static_cast<size_t>(std::clamp<int64_t>(max_bytes, 0, 16 << 20)));
  const ssize_t n = ::pread(fd, out.text.data(), out.text.size(), offset);
  ::close(fd);
  out.text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  out.next_offset = offset + static_cast<int64_t>(out.text.size());
  if (out.next_offset < info.st_size) out.ended = false;
  return out;
}

// --- Events ---

Result<uint64_t> Engine::subscribe(RunId id, std::function<void(const RunEvent&)> on_event) {
  const uint64_t subscription = ++last_subscription_;
  const auto live = runs_.find(id);
  if (live != runs_.end()) {
    live->second.subscribers()[subscription] = std::move(on_event);
    return subscription;
  }
  auto known = parts_.store.run(id);
  if (!known.ok()) return known.error();
  if (!*known) return not_kept(id);
  parts_.loop.post([on_event = std::move(on_event), state = (*known)->run.state] {
    on_event(RunEvent{RunEvent::Ended{state}});
  });
  return subscription;
}

void Engine::unsubscribe(uint64_t subscription) {
  for (auto& [id, run] : runs_) run.subscribers().erase(subscription);
}

}  // namespace moondial
