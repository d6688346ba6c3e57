// A record whose file is damaged. Input: lines of an offset in the file and the bytes that stand
// there
// (\xHH is one), or `cut` and a size.
#include <algorithm>
#include <charconv>

#include "tests/fuzz/store/record.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT

size_t number(std::string_view text) {
  size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

FUZZ_TARGET(record_file) {
  static const std::string sound = record_bytes([](const std::string&) {});
  std::string bytes = sound;
  std::string_view rest = input;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    const size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const std::string_view where = line.substr(0, space), what = line.substr(space + 1);
    if (where == "cut") {
      bytes.resize(std::min(bytes.size(), number(what)));
      continue;
    }
    const size_t offset = number(where);
    const std::string damage = unescape(what);
    if (offset >= bytes.size()) continue;
    const size_t size = std::min(damage.size(), bytes.size() - offset);
    bytes.replace(offset, size, damage, 0, size);
  }
  use_record(scratch_record(bytes));
}
