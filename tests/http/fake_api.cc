// Not in the header: most tests of this folder include it.
#include "tests/http/fake_api.h"

namespace moondial {

FakeApi::FakeApi(EventLoop& loop) : loop_(loop) {}
FakeSessionApi::~FakeSessionApi() = default;
FakeApi::~FakeApi() = default;

// --- FakeSessionApi ---

Result<uint64_t> FakeSessionApi::open(std::function<void(const SessionEvent&)> listener) {
  if (open_error) return *open_error;
  on_event = std::move(listener);
  return 5;
}

Status FakeSessionApi::input(uint64_t session, SessionInput one) {
  if (session != 5) return {Code::kNotFound, "there is no such session"};
  inputs.push_back(std::move(one));
  return input_answer;
}

Status FakeSessionApi::answer(uint64_t, uint64_t request, SessionAnswer one) {
  answers.emplace_back(request, std::move(one));
  return {};
}

Status FakeSessionApi::interrupt(uint64_t) {
  ++interrupts;
  return {};
}

Status FakeSessionApi::close(uint64_t session) {
  closed.push_back(session);
  return {};
}

// --- FakeApi ---

SessionApi& FakeApi::sessions() { return session_api; }

QueueView FakeApi::queue() { return queue_view; }

EngineInfo FakeApi::info() const { return {"0.1", "/project", "run", 42, UtcTime{}, "UTC"}; }

void FakeApi::client_came() { ++clients; }

void FakeApi::client_went() { --clients; }

void FakeApi::make_way() { makes_way = true; }

void FakeApi::check(std::function<void(Result<std::vector<Diagnostic>>)> done) {
  loop_.post([done, this] { done(diagnostics); });
}

void FakeApi::declarations(std::function<void(Result<Declarations>)> done) {
  loop_.post([done, this] { done(declared); });
}

void FakeApi::plan(PlanRequest request, std::function<void(Result<PlanView>)> done) {
  planned = std::move(request);
  loop_.post([done, this] { done(plan_answer); });
}

void FakeApi::reload(std::function<void(Result<ReloadReport>)> done) {
  loop_.post([done, this] { done(reload_answer); });
}

void FakeApi::schedules(size_t next, std::function<void(Result<std::vector<ScheduleView>>)> done) {
  asked_next = next;
  loop_.post([done, this] { done(schedule_views); });
}

void FakeApi::pause_schedule(std::string schedule, bool pause, std::function<void(Status)> done) {
  paused = schedule + (pause ? " paused" : " resumed");
  loop_.post([done, this] { done(pause_answer); });
}

void FakeApi::trigger_schedule(TriggerRequest request, std::function<void(Result<RunId>)> done) {
  triggered = request.schedule;
  run(std::move(request.how), std::move(done));
}

void FakeApi::forecast(std::string until, std::function<void(Result<ForecastView>)> done) {
  asked_until = std::move(until);
  loop_.post([done, this] { done(forecast_answer); });
}

void FakeApi::back_up(std::string to, std::function<void(Status)> done) {
  backed_up = std::move(to);
  loop_.post([done] { done(Status()); });
}

void FakeApi::triggers(std::function<void(Result<std::vector<TriggerView>>)> done) {
  loop_.post([done, this] { done(trigger_views); });
}

void FakeApi::call_webhook(std::string name, std::string body, std::function<void(Status)> done) {
  called = name + " " + body;
  loop_.post([done, this] { done(webhook_answer); });
}

void FakeApi::mark(MarkRequest request, std::function<void(Result<std::string>)> done) {
  marked = std::move(request);
  loop_.post([done, this] { done(mark_answer); });
}

void FakeApi::cancel_task(CancelRequest request, std::function<void(Result<std::string>)> done) {
  cancelled_task = std::move(request);
  loop_.post([done, this] { done(mark_answer); });
}

void FakeApi::retry(RetryRequest request, std::function<void(Result<RunId>)> done) {
  retried = request.run;
  run(std::move(request.how), std::move(done));
}

void FakeApi::run(RunRequest request, std::function<void(Result<RunId>)> done) {
  asked = std::move(request);
  if (hold_runs) {
    held = std::move(done);
  } else {
    loop_.post([done, this] { done(run_answer); });
  }
}

Status FakeApi::cancel(RunId run, bool kill) {
  if (!known(run)) return {Code::kNotFound, "there is no run " + std::to_string(run.value)};
  cancelled = kill ? "kill" : "gently";
  return {};
}

History& FakeApi::history() { return known_history; }

}  // namespace moondial
