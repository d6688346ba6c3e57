#pragma once

#include <lua.hpp>

#include "lua/job.h"

namespace moondial::script {

/// The job that works now. Throws if there is none: `what` makes no sense elsewhere.
[[nodiscard]] Job& working_job(lua_State* L, const char* what);

/// Throws, saying where, if the job cannot be suspended from L.
void check_can_suspend(lua_State* L, const Job& job, const char* what);

}  // namespace moondial::script
