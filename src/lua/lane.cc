#include "lua/lane.h"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <utility>
#include <variant>

#include "lua/lane_jobs.h"

namespace moondial {
namespace {

constexpr size_t kMaxUnsent = size_t{4} << 20;
constexpr size_t kLogPiece = size_t{1} << 20;
constexpr size_t kMaxOutcomeText = size_t{1} << 20;
constexpr Duration kTurn = std::chrono::milliseconds(5);  // then what has come in is looked at

/// The head of `text` that goes into one message: up to the end of a line, where there is one.
std::string_view log_piece(std::string_view text) {
  if (text.size() <= kLogPiece) return text;
  const size_t line_end = text.substr(0, kLogPiece).rfind('\n');
  return text.substr(0, line_end == std::string_view::npos ? kLogPiece : line_end + 1);
}

/// What this thread has had of the processor.
Duration thread_cpu() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::duration_cast<Duration>(std::chrono::seconds(time.tv_sec) +
                                              std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace

/// A ScriptJob, and what it says on the way to the engine.
class Lane::Job : public Lane::Entry, public ScriptSink {
 public:
  Job(Lane& lane, uint64_t ticket, AttemptId attempt)
      : lane_(lane), ticket_(ticket), attempt_(attempt) {}

  void on_tasks(std::vector<TaskInstance> tasks) override {
    send(msg::Tasks{ticket_, std::move(tasks)});
  }
  void on_command(ScriptCommand command) override {
    send(msg::Command{attempt_, std::move(command)});
  }
  void on_await(ScriptAwait await) override { send(msg::Await{attempt_, std::move(await)}); }
  void on_sleep(uint64_t request, Duration duration) override {
    timers_[request] = lane_.loop_.timer(lane_.loop_.mono() + duration, [this, request] {
      // The timer is calling: it goes when that call has returned.
      lane_.loop_.defer([timer = std::shared_ptr<Watch>(std::move(
                             timers_.extract(request).mapped()))]() mutable { timer.reset(); });
      script->answer(request, ScriptAnswer());
      lane_.make_runnable(*this);
    });
  }
  void on_http(uint64_t request, WebRequest http) override {
    transfers_[request] =
        lane_.http_.start(std::move(http), [this, request](Result<WebResponse> response) {
          transfers_.erase(request);
          script->answer(request, response.ok() ? Result<ScriptAnswer>(std::move(response).value())
                                                : Result<ScriptAnswer>(response.error()));
          lane_.make_runnable(*this);
        });
  }
  void on_cancel(uint64_t request) override {
    if (timers_.erase(request) == 0 && transfers_.erase(request) == 0)
      send(msg::Cancel{attempt_, request});
  }
  void on_log(std::string_view level, std::string_view text) override {
    do {
      const std::string_view piece = log_piece(text);
      send(msg::Log{attempt_, std::string(level), std::string(piece)});
      text.remove_prefix(piece.size());
    } while (!text.empty());
    lane_.flush();
  }
  void on_emit(const std::string& name, const std::string& json_value) override {
    send(msg::Emit{attempt_, name, json_value});
  }
  void on_progress(double fraction, const std::string& text) override {
    send(msg::Progress{attempt_, fraction, text});
    lane_.flush();
  }

  void await_ended(uint64_t request, Result<AwaitResult> result) {
    ++awaits_answered_;
    script->answer(request, result.ok() ? Result<ScriptAnswer>(std::move(result).value())
                                        : Result<ScriptAnswer>(result.error()));
  }
  /// It waits; says so if it does nothing but await.
  void waits() {
    if (script->only_awaits()) send(msg::Paused{attempt_, awaits_answered_});
  }

  /// The last message about it.
  void report(ScriptOutcome outcome) {
    if (!problem_.empty()) outcome = {ScriptOutcome::Kind::kFailed, problem_, ""};
    outcome.cpu = cpu_;
    for (std::string* text : {&outcome.text, &outcome.details}) {
      if (text->size() > kMaxOutcomeText) text->resize(kMaxOutcomeText);
    }
    if (ticket_ == 0) return send(msg::Ended{attempt_, std::move(outcome)});
    if (!problem_.empty()) return send(msg::PlanEnd{ticket_, Error{Code::kInvalid, problem_, {}}});
    if (outcome.kind == ScriptOutcome::Kind::kStopped) {
      return send(msg::PlanEnd{ticket_, Error{Code::kCancelled, "the planning was stopped", {}}});
    }
    send(msg::PlanEnd{ticket_, script->plan_result()});
    if (!problem_.empty()) send(msg::PlanEnd{ticket_, Error{Code::kInvalid, problem_, {}}});
  }

  /// Why it cannot go on, apart from what it did itself; empty if it can.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] uint64_t ticket() const { return ticket_; }
  [[nodiscard]] AttemptId attempt() const { return attempt_; }

  void slice() override;

  std::unique_ptr<ScriptJob> script;

 private:
  void send(const msg::FromLane& message) {
    std::string problem = lane_.send(message);
    if (problem_.empty()) problem_ = std::move(problem);
  }

  Lane& lane_;
  const uint64_t ticket_;                                                   // of a plan, else 0
  const AttemptId attempt_;                                                 // of a script
  std::map<uint64_t, std::unique_ptr<Watch>> timers_;                       // of sleeps, by request
  std::map<uint64_t, std::unique_ptr<HttpTransfers::Transfer>> transfers_;  // by request
  uint64_t awaits_answered_ = 0;
  Duration cpu_{0};
  std::string problem_;
};

Lane::Lane(EventLoop& loop, ScriptState& state, Descriptor socket,
           std::function<void()> on_engine_gone)
    : loop_(loop),
      http_(loop),
      state_(state),
      on_engine_gone_(std::move(on_engine_gone)),
      channel_(loop, std::move(socket),
               {.on_message = [this](std::string_view bytes) { receive(bytes); },
                .on_closed = [this](const Status&) { engine_gone(); },
                .on_drained = [this] { schedule(); }}) {}

Lane::~Lane() = default;

void Lane::receive(std::string_view bytes) {
  auto message = decode_to_lane(bytes);
  if (message.ok()) return std::visit([this](auto& each) { handle(each); }, *message);
  channel_.shut();
  engine_gone();
}

void Lane::engine_gone() {
  runnable_.clear();
  on_engine_gone_();
}

// --- What the engine asks for ---

template <typename Key>
Lane::Job& Lane::add(std::map<Key, std::unique_ptr<Job>>& jobs, Key key, std::unique_ptr<Job> job) {
  const auto [at, added] = jobs.emplace(key, std::move(job));
  assert(added && "the engine asks twice for one thing");
  static_cast<void>(added);
  return *at->second;
}

void Lane::handle(msg::Plan& message) {
  Job& job = add(plans_, message.ticket, std::make_unique<Job>(*this, message.ticket, AttemptId()));
  job.script = state_.plan(std::move(message.request), &job);
  make_runnable(job);
}

void Lane::handle(msg::Run& message) {
  const AttemptId attempt = message.attempt.attempt;
  Job& job = add(scripts_, attempt, std::make_unique<Job>(*this, 0, attempt));
  job.script = state_.run(std::move(message.attempt), &job);
  make_runnable(job);
}

void Lane::handle(msg::CancelPlan& message) {
  const auto found = plans_.find(message.ticket);
  if (found != plans_.end()) stop(*found->second);
}

void Lane::handle(msg::Stop& message) {
  const auto found = scripts_.find(message.attempt);
  if (found != scripts_.end()) stop(*found->second);
}

void Lane::handle(msg::CommandEnded& message) {
  const auto found = scripts_.find(message.attempt);
  if (found == scripts_.end()) return;
  auto& result = message.result;
  found->second->script->answer(message.request,
                                result.ok() ? Result<ScriptAnswer>(std::move(result).value())
                                            : Result<ScriptAnswer>(result.error()));
  make_runnable(*found->second);
}

void Lane::handle(msg::AwaitEnded& message) {
  const auto found = scripts_.find(message.attempt);
  if (found == scripts_.end()) return;
  found->second->await_ended(message.request, std::move(message.result));
  make_runnable(*found->second);
}

// --- Turns ---

void Lane::make_runnable(Entry& entry) {
  if (!std::exchange(entry.queued, true)) runnable_.push_back(&entry);
  schedule();
}

void Lane::schedule() {
  if (scheduled_ || runnable_.empty() || channel_.unsent() > kMaxUnsent) return;
  scheduled_ = true;
  loop_.defer([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) turn();
  });
}

void Lane::turn() {
  scheduled_ = false;
  const MonoTime end = loop_.mono() + kTurn;
  for (size_t left = runnable_.size(); left > 0; --left) {
    if (channel_.unsent() > kMaxUnsent || loop_.mono() > end) break;
    Entry& entry = *runnable_.front();
    runnable_.pop_front();
    entry.queued = false;
    entry.slice();
    flush();
  }
  schedule();
}

void Lane::Job::slice() {
  const Duration before = thread_cpu();
  const ScriptJob::Step step = script->resume();
  cpu_ += thread_cpu() - before;
  if (!problem_.empty()) return lane_.stop(*this);
  switch (step) {
    case ScriptJob::Step::kSliced:
      return lane_.make_runnable(*this);
    case ScriptJob::Step::kWaiting:
      return waits();
    case ScriptJob::Step::kEnded:
      break;
  }
  report(script->outcome());
  lane_.remove(*this);
}

void Lane::stop(Job& job) {
  job.script->stop();
  job.report({ScriptOutcome::Kind::kStopped, "", ""});
  remove(job);
}

void Lane::remove(Job& job) {
  std::erase(runnable_, &job);
  if (job.ticket() != 0) {
    plans_.erase(job.ticket());
  } else {
    scripts_.erase(job.attempt());
  }
}

std::string Lane::send(const msg::FromLane& message) {
  const Status sent = channel_.send(encode(message));
  return sent.ok() ? "" : sent.error().message;
}

void run_lane(Descriptor socket, std::unique_ptr<EventLoop> loop, ScriptState& state) {
  // What is left in memory is nobody's any more: no destructor needs to run.
  const Lane lane(*loop, state, std::move(socket), [] { ::_exit(EXIT_SUCCESS); });
  loop->run();
  ::_exit(EXIT_FAILURE);
}

}  // namespace moondial
