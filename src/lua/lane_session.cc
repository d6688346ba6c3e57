// A lane that is a session's: what is typed there, one input after the other.
#include <utility>

#include "lua/lane_jobs.h"
#include "lua/memory_bound.h"

namespace moondial {
namespace {

/// Of all that one input shows.
constexpr size_t kMostResult = size_t{16} << 20;
/// What C++ may take beside Lua, as a multiple of that.
constexpr int64_t kBesideLua = 2;

/// A result that is too large to be sent becomes an error that says so.
SessionResult bounded(SessionResult result) {
  size_t size = result.error.size();
  for (const std::string& text : result.texts) size += text.size();
  if (size <= kMostResult) return result;
  SessionResult refused;
  refused.kind = SessionResult::Kind::kError;
  refused.error =
      "this is too large to be shown: more than " + std::to_string(kMostResult >> 20) + " MiB";
  refused.keeps_variables = result.keeps_variables;
  return refused;
}

}  // namespace

Lane::SessionInputJob::SessionInputJob(Lane& lane, SessionInput input)
    : lane_(lane), script_(lane.state_.evaluate(std::move(input), this)) {}

void Lane::SessionInputJob::slice() {
  switch (script_->resume()) {
    case ScriptJob::Step::kSliced:
      return lane_.make_runnable(*this);
    case ScriptJob::Step::kWaiting:
      return;
    case ScriptJob::Step::kEnded:
      return report();
  }
}

void Lane::SessionInputJob::answer(uint64_t question, Result<SessionAnswer> answer) {
  const auto node = questions_.extract(question);
  if (!node) return;
  script_->answer(node.mapped(), answer.ok() ? Result<ScriptAnswer>(std::move(answer).value())
                                             : Result<ScriptAnswer>(answer.error()));
  lane_.make_runnable(*this);
}

void Lane::SessionInputJob::stop() {
  script_->stop();
  report();
}

void Lane::SessionInputJob::report() {
  const auto self = std::move(lane_.session_);  // until this returns
  std::erase(lane_.runnable_, this);
  (void)lane_.send(msg::SessionDone{bounded(script_->session_result())});
}

void Lane::SessionInputJob::on_question(SessionQuestion question) {
  const uint64_t number = ++lane_.last_question_;
  questions_[number] = std::exchange(question.request, number);
  const std::string problem = lane_.send(msg::SessionAsk{std::move(question)});
  if (problem.empty()) return;
  lane_.loop_.defer([this, number, problem, alive = std::weak_ptr(lane_.alive_)] {
    if (alive.expired() || lane_.session_.get() != this) return;
    answer(number, Error{Code::kInvalid, problem, {}});
  });
}

void Lane::SessionInputJob::on_log(std::string_view /*level*/, std::string_view text) {
  for (; text.size() > kMostResult; text.remove_prefix(kMostResult)) {
    (void)lane_.send(msg::SessionPrint{std::string(text.substr(0, kMostResult))});
  }
  (void)lane_.send(msg::SessionPrint{std::string(text) + "\n"});
  lane_.flush();
}

void Lane::SessionInputJob::on_cancel(uint64_t request) {
  std::erase_if(questions_, [&](const auto& entry) { return entry.second == request; });
}

void Lane::handle(msg::SessionOpen& message) {
  state_.bound_memory(message.memory_bytes);
  script::bound_address_space(message.memory_bytes * kBesideLua);
}

void Lane::handle(msg::SessionEvaluate& message) {
  session_ = std::make_unique<SessionInputJob>(*this, std::move(message.input));
  make_runnable(*session_);
}

void Lane::handle(msg::SessionReply& message) {
  if (session_) session_->answer(message.request, std::move(message.answer));
}

void Lane::handle(msg::SessionStop& /*message*/) {
  if (!session_) return;
  session_->stop();
  flush();
}

}  // namespace moondial
