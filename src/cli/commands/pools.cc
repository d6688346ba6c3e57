#include <algorithm>

#include "base/json.h"
#include "cli/command.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

std::string pools_text(const std::string& body) {
  const Json pools = parse_json(body);
  if (!pools.is_array() || pools.empty()) {
    return "no pools are declared; cpu and memory are always there\n";
  }
  size_t width = 0;
  for (const Json& pool : pools) width = std::max(width, display_width(pool.value("name", "")));
  std::string out;
  for (const Json& pool : pools) {
    out += pad_right(pool.value("name", ""), width) + "  " +
           std::to_string(pool.value("size", int64_t{0})) + "\n";
  }
  return out;
}

}  // namespace

void add_pools_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  CommandOptions pools = set.add("pools", "Lists the declared pools with their sizes");
  pools.flag("--json", *json, "Print a JSON list");
  pools.footer("Example: moondial pools --json");
  pools.action([=] {
    return ask_and_show(*set.directory, {"GET", "pools", ""}, *json, &pools_text);
  });
}

}  // namespace moondial
