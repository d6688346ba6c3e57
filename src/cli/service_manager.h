#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "engine/event_loop.h"

namespace moondial {

/// Tells a state to the service manager that has started this process (sd_notify(3)): "READY=1".
/// Nothing where there is none.
void tell_service_manager(std::string_view state);

/// Tells the service manager, as often as it wants to hear it, that the loop goes round.
class ServiceWatchdog {
 public:
  /// The loop outlives it.
  explicit ServiceWatchdog(EventLoop& loop);

 private:
  void arm();

  EventLoop& loop_;
  Duration pause_{0};  ///< 0: nobody wants to hear it
  std::unique_ptr<Watch> timer_;
};

}  // namespace moondial
