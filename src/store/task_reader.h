#pragma once

#include <memory>
#include <string>

#include "engine/task_records.h"

namespace moondial {

/// Opens the record at `path` for reading beside the engine that owns it, from another process.
/// Nothing is opened before the first question; if there is no record yet, nothing is known.
[[nodiscard]] std::unique_ptr<TaskRecords> open_task_records(std::string path);

}  // namespace moondial
