#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace moondial::store {

/// Ids of rows as JSON, so that SQLite's json_each() reads them: `[3,4]`.
[[nodiscard]] std::string to_json(const std::vector<int64_t>& rows);
/// Throws Broken.
[[nodiscard]] std::vector<int64_t> rows_from_json(const std::string& json);

}  // namespace moondial::store
