#pragma once

#include <memory>

#include "lua/script_state.h"

namespace moondial {

/// Plays a ScriptState. A file's text says what comes of loading it: `error TEXT`, `hang`, `crash`,
/// or `task NAME`. The name of an attempt's task or of a planned task says what it does: see
/// fake_state.cc. Parameters, where it takes any, are `n` and `text`.
[[nodiscard]] std::unique_ptr<ScriptState> make_fake_state(ScriptOptions options);

/// The plan of `many`: instance `i` of `n`.
[[nodiscard]] TaskInstance fake_instance(int i, int n);

/// How many slices were given in this process.
extern int fake_slices;

}  // namespace moondial
