#pragma once

#include <string>

namespace moondial {

/// Sets up the engine's log on standard error, which for an engine that a client has started is
/// .moondial/engine.log; and in `file` as well, unless that is empty: of which five of at most 10
/// MB are kept.
void set_up_log(const std::string& file);

}  // namespace moondial
