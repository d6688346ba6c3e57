#include "lua/host_sessions.h"

#include <utility>

namespace moondial {

uint64_t LuaSessions::open(GenerationId generation, SessionListener* listener) {
  const uint64_t session = ++last_;
  HostGeneration* const found = seams_.generation(generation);
  const Result<HostLane*> lane =
      found == nullptr ? Result<HostLane*>(Error{Code::kInternal, "its generation is gone", {}})
                       : found->lane_for_session();
  if (lane.ok()) {
    (*lane)->open_session(session, listener, memory_bytes_);
    return session;
  }
  refused_[session] = listener;
  seams_.post([this, session, why = lane.error().message] {
    const auto node = refused_.extract(session);
    if (node) node.mapped()->on_ended(why);
  });
  return session;
}

void LuaSessions::input(uint64_t session, SessionInput input) {
  if (HostLane* const lane = seams_.lane(session)) lane->session_input(std::move(input));
}

void LuaSessions::answer(uint64_t session, uint64_t request, Result<SessionAnswer> answer) {
  if (HostLane* const lane = seams_.lane(session)) {
    lane->session_answer(request, std::move(answer));
  }
}

void LuaSessions::interrupt(uint64_t session) {
  if (HostLane* const lane = seams_.lane(session)) lane->session_interrupt();
}

void LuaSessions::close(uint64_t session) {
  refused_.erase(session);
  if (HostLane* const lane = seams_.lane(session)) lane->close_session();
}

}  // namespace moondial
