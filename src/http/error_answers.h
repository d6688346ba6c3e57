#pragma once

#include <memory>
#include <vector>

#include "engine/api.h"
#include "engine/event_loop.h"
#include "http/message.h"

namespace moondial {

/// What failed, in groups. To find it is some work, and everybody asks anew whenever something has
/// ended, so it is found at most once a second, for all who have asked by then. Loop thread only.
class ErrorAnswers {
 public:
  /// Both outlive it.
  ErrorAnswers(EventLoop& loop, EngineApi& api) : loop_(loop), api_(api) {}

  void ask(Responder respond);

 private:
  void answer_all();

  EventLoop& loop_;
  EngineApi& api_;
  std::vector<Responder> waiting_;
  MonoTime rests_until_;
  std::unique_ptr<Watch> timer_;
};

}  // namespace moondial
