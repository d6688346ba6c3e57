#pragma once

#include <cstdint>
#include <string>

#include "engine/api.h"

namespace moondial {

/// What this process takes of the machine.
struct ProcessUsage {
  int64_t resident_bytes = 0;
  double cpu_seconds = 0;
  int64_t descriptors = 0;

  [[nodiscard]] static ProcessUsage now();
};

/// Who is connected.
struct ServerUsage {
  size_t listeners = 0;  ///< of the project's events
  size_t sessions = 0;   ///< browsers that are signed in
};

/// All in Prometheus' text format, version 0.0.4.
[[nodiscard]] std::string metrics_text(const EngineInfo& info, const EngineActivity& activity,
                                       const ProcessUsage& process, const ServerUsage& server);

}  // namespace moondial
