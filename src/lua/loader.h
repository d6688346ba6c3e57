#pragma once

#include <functional>
#include <memory>

#include "engine/event_loop.h"
#include "lua/script_state.h"

namespace moondial {

/// What a loader is made of; handed in, since it knows neither libuv nor Lua.
struct LoaderParts {
  /// Makes the state that loads; its options are complete.
  std::function<std::unique_ptr<ScriptState>(ScriptOptions)> make_state;
  /// Makes a lane's loop, in the lane's process.
  std::function<std::unique_ptr<EventLoop>()> make_loop;
};

/// The main function of a loader process: loads what comes over `fd`, then forks and ends lanes as
/// it is told. Returns the exit status, once the engine's end of `fd` is closed and all its lanes
/// are gone. Neither it nor a lane outlives the engine, however that ends.
///
/// Needs a process that has one thread, descriptors 0 to 2 open, and was made by the process that
/// made `fd`. In a lane it does not return.
[[nodiscard]] int loader_main(int fd, const LoaderParts& parts);

}  // namespace moondial
