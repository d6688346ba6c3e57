#include "lua/host_lane.h"

#include <utility>
#include <variant>

#include "base/duration.h"

namespace moondial {
namespace {

constexpr Duration kSocketEndBound = std::chrono::seconds(1);

std::string describe(const ScriptAttempt& attempt) {
  return attempt.name + " (attempt " + std::to_string(attempt.attempt.value) + ")";
}

std::string describe(const PlanRequest& request) {
  if (request.start) return "what schedule " + request.start->schedule + " starts";
  return request.tasks.front().task;
}

}  // namespace

HostLane::HostLane(EventLoop& loop, uint64_t number, Descriptor socket, Duration stop_bound,
                   Events events)
    : loop_(loop),
      number_(number),
      stop_bound_(stop_bound),
      events_(std::move(events)),
      channel_(loop, std::move(socket),
               {.on_message = [this](std::string_view bytes) { receive(bytes); },
                .on_closed = [this](const Status& why) { socket_closed(why); },
                .on_drained = {}}) {}

// --- Asking ---

void HostLane::send(const msg::ToLane& message) {
  const Status sent = channel_.send(encode(message));
  if (!sent.ok()) broken("lane was sent too much: " + sent.error().message);
}

void HostLane::plan(uint64_t ticket, PlanRequest request, PlanSink sink) {
  plans_[ticket] = Planning{describe(request), std::move(sink), false, nullptr};
  send(msg::Plan{ticket, std::move(request)});
}

void HostLane::add(const ScriptAttempt& attempt, ScriptListener* listener) {
  scripts_[attempt.attempt] = Script{listener, describe(attempt), false, nullptr};
}

void HostLane::run(ScriptAttempt attempt, ScriptListener* listener) {
  add(attempt, listener);
  send(msg::Run{std::move(attempt)});
}

void HostLane::cancel_plan(uint64_t ticket) {
  Planning& planning = plans_.at(ticket);
  if (std::exchange(planning.cancelled, true)) return;
  planning.sink = PlanSink{};
  planning.bound = stop_bound("planning " + planning.task);
  send(msg::CancelPlan{ticket});
}

void HostLane::stop(AttemptId attempt) {
  Script& script = scripts_.at(attempt);
  if (std::exchange(script.stopping, true)) return;
  script.bound = stop_bound(script.what);
  send(msg::Stop{attempt});
}

void HostLane::command_ended(AttemptId attempt, uint64_t request, Result<CommandResult> result) {
  if (result.ok() && result->out.size() + result->err.size() > kMaxFrame / 2) {
    result = Error{Code::kInvalid, "the output is too large to be captured", {}};
  }
  send(msg::CommandEnded{attempt, request, std::move(result)});
}

void HostLane::await_ended(AttemptId attempt, uint64_t request, Result<AwaitResult> result) {
  send(msg::AwaitEnded{attempt, request, std::move(result)});
}

std::unique_ptr<Watch> HostLane::stop_bound(std::string what) {
  return loop_.timer(loop_.mono() + stop_bound_, [this, what = std::move(what)] {
    broken("lane was ended: " + what + " did not stop within " + format_duration(stop_bound_));
  });
}

// --- Answers ---

void HostLane::receive(std::string_view bytes) {
  auto message = decode_from_lane(bytes);
  if (message.ok()) return std::visit([this](auto& each) { handle(each); }, *message);
  channel_.shut();
  socket_closed(message.status());
}

HostLane::Script* HostLane::find(AttemptId attempt) {
  const auto found = scripts_.find(attempt);
  return found == scripts_.end() ? nullptr : &found->second;
}

void HostLane::handle(msg::Tasks& message) {
  const auto found = plans_.find(message.ticket);
  if (found == plans_.end() || found->second.cancelled) return;
  // The callback may cancel the plan: its function must outlive that.
  const auto on_tasks = found->second.sink.on_tasks;
  on_tasks(std::move(message.tasks));
}

void HostLane::handle(msg::PlanEnd& message) {
  const auto node = plans_.extract(message.ticket);
  if (node && !node.mapped().cancelled) node.mapped().sink.on_end(std::move(message.roots));
}

void HostLane::handle(msg::Command& message) {
  const Script* script = find(message.attempt);
  if (script && !script->stopping) script->listener->on_command(std::move(message.command));
}

void HostLane::handle(msg::Await& message) {
  const Script* script = find(message.attempt);
  if (script && !script->stopping) script->listener->on_await(std::move(message.await));
}

void HostLane::handle(msg::Cancel& message) {
  const Script* script = find(message.attempt);
  if (script && !script->stopping) script->listener->on_cancel(message.request);
}

void HostLane::handle(msg::Paused& message) {
  const Script* script = find(message.attempt);
  if (script && !script->stopping) script->listener->on_paused(message.answers);
}

void HostLane::handle(msg::Log& message) {
  if (const Script* script = find(message.attempt)) {
    script->listener->on_log(message.level, message.text);
  }
}

void HostLane::handle(msg::Emit& message) {
  if (const Script* script = find(message.attempt)) {
    script->listener->on_emit(message.name, message.json_value);
  }
}

void HostLane::handle(msg::Progress& message) {
  if (const Script* script = find(message.attempt)) {
    script->listener->on_progress(message.fraction, message.text);
  }
}

void HostLane::handle(msg::Ended& message) {
  const auto node = scripts_.extract(message.attempt);
  if (node) node.mapped().listener->on_ended(std::move(message.outcome));
}

// --- The end ---

void HostLane::broken(std::string why) {
  if (!std::exchange(open_, false)) return;
  cause_ = std::move(why);
  events_.on_broken();
}

void HostLane::socket_closed(const Status& why) {
  socket_closed_ = true;
  if (loader_gone_) return finish();
  if (!why.ok()) return broken("lane was ended: " + why.error().message);
  if (std::exchange(open_, false)) events_.on_broken();
}

void HostLane::process_ended(const std::string& how) {
  open_ = false;
  if (cause_.empty()) cause_ = how;
  channel_.drain();
  finish();
}

void HostLane::loader_ended(const std::string& how) {
  open_ = false;
  loader_gone_ = true;
  if (cause_.empty()) cause_ = how;
  if (socket_closed_) return finish();
  end_bound_ = loop_.timer(loop_.mono() + kSocketEndBound, [this] { finish(); });
}

void HostLane::finish() {
  channel_.shut();
  end_bound_.reset();
  for (auto& [attempt, script] : std::exchange(scripts_, {})) {
    using Kind = ScriptOutcome::Kind;
    script.listener->on_ended({script.stopping ? Kind::kStopped : Kind::kLost, cause_, ""});
  }
  for (auto& [ticket, planning] : std::exchange(plans_, {})) {
    if (planning.cancelled) continue;
    planning.sink.on_end(Error{Code::kInternal, "planning " + planning.task + ": " + cause_, {}});
  }
  interrupt_bound_.reset();
  if (auto* const listener = std::exchange(session_listener_, nullptr)) listener->on_ended(cause_);
  events_.on_finished();
}

void HostLane::abandon() {
  open_ = false;
  channel_.shut();
  end_bound_.reset();
  interrupt_bound_.reset();
  session_listener_ = nullptr;
  scripts_.clear();
  plans_.clear();
}

}  // namespace moondial
