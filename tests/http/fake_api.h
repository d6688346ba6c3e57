// An engine that says what a test wants and remembers what it was asked.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/api.h"
#include "engine/event_loop.h"

namespace moondial {

/// Sessions that say what a test wants.
class FakeSessionApi final : public SessionApi {
 public:
  ~FakeSessionApi() override;
  Result<uint64_t> open(std::function<void(const SessionEvent&)> listener) override;
  Status input(uint64_t session, SessionInput one) override;
  Status answer(uint64_t, uint64_t request, SessionAnswer one) override;
  Status interrupt(uint64_t) override;
  Status close(uint64_t session) override;
  std::function<void(const SessionEvent&)> on_event;
  std::optional<Error> open_error;
  Status input_answer;
  std::vector<SessionInput> inputs;
  std::vector<std::pair<uint64_t, SessionAnswer>> answers;
  std::vector<uint64_t> closed;
  int interrupts = 0;
};

class FakeApi final : public EngineApi {
 public:
  ~FakeApi() override;
  explicit FakeApi(EventLoop& loop);
  SessionApi& sessions() override;
  FakeSessionApi session_api;
  QueueView queue() override;
  QueueView queue_view;

  [[nodiscard]] EngineInfo info() const override;
  void client_came() override;
  void client_went() override;
  void make_way() override;
  bool makes_way = false;

  void check(std::function<void(Result<std::vector<Diagnostic>>)> done) override;
  void declarations(std::function<void(Result<Declarations>)> done) override;
  void plan(PlanRequest request, std::function<void(Result<PlanView>)> done) override;
  void reload(std::function<void(Result<ReloadReport>)> done) override;
  Result<ReloadReport> reload_answer = ReloadReport();
  void schedules(size_t next, std::function<void(Result<std::vector<ScheduleView>>)> done) override;
  void pause_schedule(std::string schedule, bool pause, std::function<void(Status)> done) override;
  void trigger_schedule(TriggerRequest request, std::function<void(Result<RunId>)> done) override;
  void forecast(std::string until, std::function<void(Result<ForecastView>)> done) override;
  std::string asked_until;
  ForecastView forecast_answer;
  void back_up(std::string to, std::function<void(Status)> done) override;
  std::string backed_up;
  void triggers(std::function<void(Result<std::vector<TriggerView>>)> done) override;
  void call_webhook(std::string name, std::string body, std::function<void(Status)> done) override;
  std::vector<TriggerView> trigger_views;
  std::string called;
  Status webhook_answer;
  std::vector<ScheduleView> schedule_views;
  size_t asked_next = 0;
  std::string paused, triggered;
  Status pause_answer;
  void mark(MarkRequest request, std::function<void(Result<std::string>)> done) override;
  void cancel_task(CancelRequest request, std::function<void(Result<std::string>)> done) override;
  void retry(RetryRequest request, std::function<void(Result<RunId>)> done) override;
  void run(RunRequest request, std::function<void(Result<RunId>)> done) override;
  Status cancel(RunId run, bool kill) override;
  History& history() override;
  struct KnownHistory : History {
    Result<std::vector<PastAttempt>> attempts_of(const std::string& name, size_t limit,
                                                 AttemptId before) override {
      asked = name + " " + std::to_string(limit) + " " + std::to_string(before.value);
      return past;
    }
    Result<std::optional<PastAttempt>> attempt(AttemptId id) override {
      if (past.empty() || id == AttemptId(99)) return std::optional<PastAttempt>();
      return std::optional(past.front());
    }
    Result<std::vector<LastState>> last_states(const std::string&) override { return states; }
    Result<std::vector<FiringRow>> firings(const std::string& name, size_t limit,
                                           UtcTime) override {
      asked = name + " " + std::to_string(limit);
      return fired;
    }
    Result<std::vector<Failure>> failures(size_t) override {
      ++failures_asked;
      std::vector<Failure> out;
      for (const PastAttempt& one : past) out.push_back({one, std::nullopt});
      return out;
    }
    Result<std::vector<MissedTask>> missed(UtcTime since, size_t) override {
      asked = std::to_string(since.time_since_epoch().count());
      return late;
    }
    Result<std::vector<SourceVersion>> versions(const std::string&) override { return texts; }
    Result<std::optional<std::string>> source(const std::string& sha256) override {
      if (sha256 == "none") return std::optional<std::string>();
      return std::optional<std::string>("task \"A\" {}\n");
    }
    std::string asked;
    int failures_asked = 0;
    std::vector<PastAttempt> past;
    std::vector<LastState> states;
    std::vector<FiringRow> fired;
    std::vector<MissedTask> late;
    std::vector<SourceVersion> texts;
  } known_history;
  void pools(std::function<void(Result<std::vector<PoolInfo>>)> done) override {
    loop_.post([done, this] { done(std::vector<PoolInfo>{{"api", pool_size.value_or(2), 2}}); });
  }
  void set_pool(std::string name, std::optional<int64_t> size,
                std::function<void(Result<PoolInfo>)> done) override {
    if (name == "none") return done(Error{Code::kNotFound, "there is no pool '" + name + "'", {}});
    pool_size = size;
    done(PoolInfo{name, size.value_or(2), 2});
  }
  void scripts(std::function<void(Result<ScriptsView>)> done) override { done(scripts_answer); }
  std::optional<int64_t> pool_size;
  ScriptsView scripts_answer;
  RunFilter asked_filter;
  [[nodiscard]] Result<std::vector<RunRow>> runs(size_t limit, RunId before,
                                                 const RunFilter& filter) override {
    asked_filter = filter;
    asked_limit = limit;
    asked_before = before;
    return std::vector<RunRow>{detail.run};
  }
  [[nodiscard]] Result<RunDetail> show(RunId run) override {
    if (!known(run)) return missing(run);
    return detail;
  }
  [[nodiscard]] Result<RunProgress> progress(RunId run) override {
    if (!known(run)) return missing(run);
    return going;
  }
  [[nodiscard]] Result<LogView> log(AttemptId, int64_t offset, int64_t max_bytes) override {
    LogView view;
    view.text = log_text.substr(static_cast<size_t>(offset), static_cast<size_t>(max_bytes));
    view.next_offset = offset + static_cast<int64_t>(view.text.size());
    view.ended = log_ended;
    return view;
  }
  Result<uint64_t> subscribe(RunId run, std::function<void(const RunEvent&)> on_event) override {
    if (!known(run)) return missing(run);
    subscribers[++last_subscription] = std::move(on_event);
    return last_subscription;
  }
  void unsubscribe(uint64_t subscription) override { subscribers.erase(subscription); }
  [[nodiscard]] EngineActivity activity() const override { return active; }
  EngineActivity active;
  [[nodiscard]] Result<std::vector<EventRow>> events(int64_t after, size_t limit) override {
    ++event_reads;
    std::vector<EventRow> out;
    for (const EventRow& row : event_rows) {
      if (row.id > after && out.size() < limit) out.push_back(row);
    }
    return out;
  }
  [[nodiscard]] Result<EventBounds> event_bounds() override {
    return EventBounds{event_rows.empty() ? gone : event_rows.back().id, gone};
  }
  void listen(std::function<void(const ProjectNews&)> on_news) override {
    news = std::move(on_news);
  }
  /// One more is durable.
  void commit_event(const std::string& task = "A") {
    EventRow row;
    row.id = event_rows.empty() ? gone + 1 : event_rows.back().id + 1;
    row.kind = EventKind::kTaskEnded;
    row.run = RunId(7);
    row.task = task;
    row.task_state = TaskState::kDone;
    event_rows.push_back(row);
    if (news) news({ProjectNews::Kind::kCommitted});
  }
  std::vector<EventRow> event_rows;
  int64_t gone = 0;
  int event_reads = 0;
  std::function<void(const ProjectNews&)> news;

  void tell(const RunEvent& event) {
    const auto listeners = subscribers;
    for (const auto& [id, on_event] : listeners) on_event(event);
  }
  void tell_task(const std::string& id, TaskState state, const std::string& error = "") {
    RunEvent::Task task;
    task.id = id;
    task.state = state;
    task.attempt = AttemptId(9);
    task.number = 1;
    task.error = error;
    tell({task});
  }

  int clients = 0;
  Result<std::vector<Diagnostic>> diagnostics = std::vector<Diagnostic>{};
  Result<Declarations> declared = Declarations{};
  Result<PlanView> plan_answer = PlanView{};
  Result<RunId> run_answer = RunId(7);
  bool hold_runs = false;
  std::function<void(Result<RunId>)> held;
  std::optional<PlanRequest> planned;
  std::optional<MarkRequest> marked;
  std::optional<CancelRequest> cancelled_task;
  std::optional<RunId> retried;
  Result<std::string> mark_answer = std::string("A");
  std::optional<RunRequest> asked;
  std::string cancelled;
  size_t asked_limit = 0;
  RunId asked_before;
  RunDetail detail;
  RunProgress going;
  std::string log_text;
  bool log_ended = true;
  std::map<uint64_t, std::function<void(const RunEvent&)>> subscribers;
  uint64_t last_subscription = 0;

 private:
  [[nodiscard]] static bool known(RunId run) { return run.value == 7; }
  [[nodiscard]] static Error missing(RunId run) {
    return {Code::kNotFound, "there is no run " + std::to_string(run.value), {}};
  }
  EventLoop& loop_;
};

}  // namespace moondial
