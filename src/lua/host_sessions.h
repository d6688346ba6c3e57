#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "engine/event_loop.h"
#include "engine/script_session.h"
#include "lua/host_generation.h"

namespace moondial {

/// The sessions of a host: each is a lane of its generation that does nothing else.
class LuaSessions final : public SessionHost {
 public:
  struct Seams {
    /// nullptr if there is no such generation (any more).
    std::function<HostGeneration*(GenerationId)> generation;
    std::function<HostLane*(uint64_t session)> lane;  ///< nullptr: it is gone
    std::function<void(std::function<void()>)> post;  ///< not after the host is closed
  };
  LuaSessions(Seams seams, int64_t memory_bytes)
      : seams_(std::move(seams)), memory_bytes_(memory_bytes) {}

  uint64_t open(GenerationId generation, SessionListener* listener) override;
  void input(uint64_t session, SessionInput input) override;
  void answer(uint64_t session, uint64_t request, Result<SessionAnswer> answer) override;
  void interrupt(uint64_t session) override;
  void close(uint64_t session) override;

 private:
  const Seams seams_;
  const int64_t memory_bytes_;
  uint64_t last_ = 0;
  std::map<uint64_t, SessionListener*> refused_;  // that are to be told so
};

}  // namespace moondial
