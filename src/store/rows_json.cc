#include "store/rows_json.h"

#include "base/json.h"
#include "store/connection.h"

namespace moondial::store {

std::string to_json(const std::vector<int64_t>& rows) {
  std::string out = "[";
  for (const int64_t row : rows) out += (out.size() > 1 ? "," : "") + std::to_string(row);
  return out + "]";
}

std::vector<int64_t> rows_from_json(const std::string& json) {
  const Json read = parse_json(json);
  if (!read.is_array()) throw Broken("what a task needs does not make sense: " + json);
  std::vector<int64_t> out;
  for (const Json& row : read) {
    if (!row.is_number_integer()) throw Broken("what a task needs does not make sense: " + json);
    out.push_back(row.get<int64_t>());
  }
  return out;
}

}  // namespace moondial::store
