#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <span>
#include <string>

#include "base/status.h"

namespace moondial::store {

/// In the header of every database of moondial's: "moon".
constexpr int32_t kApplicationId = 0x6d6f6f6e;

/// The forward steps: steps()[n] takes a database of version n to n + 1. A step that was released
/// is never edited; a change of the schema is a new step and a paragraph in docs/schema.md.
[[nodiscard]] std::span<const char* const> steps();

/// Takes an empty or older database to the version that `steps` lead to, each step in a transaction
/// of its own. Refuses, without a change, what is newer or not moondial's. Throws as SQLiteCpp
/// does.
[[nodiscard]] Status migrate(SQLite::Database& db, const std::string& path,
                             std::span<const char* const> steps);

}  // namespace moondial::store
