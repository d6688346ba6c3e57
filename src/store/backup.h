#pragma once

#include <string>

#include "base/status.h"

namespace moondial::store {

/// Copies the database to a file of its own, as it is at one moment, while others write on:
/// compact, complete in itself, its owner's alone. The file is there when all of it is on disk, or
/// not at all; one that is there already is left alone (kConflict). Takes as long as reading and
/// writing all of it. Any thread.
[[nodiscard]] Status back_up(const std::string& database, const std::string& to);

}  // namespace moondial::store
