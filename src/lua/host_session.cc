// The engine's side of a lane that is a session's.
#include <utility>

#include "lua/host_lane.h"

namespace moondial {

void HostLane::open_session(uint64_t session, SessionListener* listener, int64_t memory_bytes) {
  session_ = session;
  session_listener_ = listener;
  send(msg::SessionOpen{memory_bytes});
}

void HostLane::session_input(SessionInput input) { send(msg::SessionEvaluate{std::move(input)}); }

void HostLane::session_answer(uint64_t request, Result<SessionAnswer> answer) {
  if (answer.ok() && answer->body.size() > kMaxFrame / 2) {
    answer = Error{Code::kInvalid, "the answer is too large", {}};
  }
  send(msg::SessionReply{request, std::move(answer)});
}

void HostLane::session_interrupt() {
  if (interrupt_bound_) return;
  interrupt_bound_ = stop_bound("what was typed");
  send(msg::SessionStop{});
}

void HostLane::close_session() {
  session_listener_ = nullptr;
  interrupt_bound_.reset();
  broken("the session was closed");
}

void HostLane::handle(msg::SessionPrint& message) {
  if (session_listener_ != nullptr) session_listener_->on_print(message.text);
}

void HostLane::handle(msg::SessionAsk& message) {
  if (session_listener_ != nullptr) session_listener_->on_question(std::move(message.question));
}

void HostLane::handle(msg::SessionDone& message) {
  interrupt_bound_.reset();
  if (session_listener_ != nullptr) session_listener_->on_result(std::move(message.result));
}

}  // namespace moondial
