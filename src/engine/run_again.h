#pragma once

#include "engine/record_rows.h"
#include "engine/script_host.h"

namespace moondial {

/// What a run was asked for, once more: what is done in it is not to be done again.
[[nodiscard]] PlanRequest request_again(const RunDetail& detail);

}  // namespace moondial
