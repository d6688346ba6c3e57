// For hosts that nobody types to.
#pragma once

#include "engine/script_session.h"

namespace moondial {

class NoSessions final : public SessionHost {
 public:
  uint64_t open(GenerationId, SessionListener*) override { return 1; }
  void input(uint64_t, SessionInput) override {}
  void answer(uint64_t, uint64_t, Result<SessionAnswer>) override {}
  void interrupt(uint64_t) override {}
  void close(uint64_t) override {}
};

}  // namespace moondial
