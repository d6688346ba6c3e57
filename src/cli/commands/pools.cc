#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "cli/command.h"
#include "cli/http_client.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

std::string pool_line(const Json& pool, size_t width) {
  const auto size = pool.value("size", int64_t{0});
  const auto declared = pool.value("declared", size);
  return pad_right(pool.value("name", ""), width) + "  " + std::to_string(size) +
         (size == declared ? "" : "  (declared: " + std::to_string(declared) + ")") + "\n";
}

std::string pools_text(const std::string& body) {
  const Json pools = parse_json(body);
  if (!pools.is_array() || pools.empty()) {
    return "no pools are declared; cpu and memory are always there\n";
  }
  size_t width = 0;
  for (const Json& pool : pools) width = std::max(width, display_width(pool.value("name", "")));
  std::string out;
  for (const Json& pool : pools) out += pool_line(pool, width);
  return out;
}

std::string pool_text(const std::string& body) { return pool_line(parse_json(body), 0); }

/// Of `NAME=SIZE` or `NAME=declared`.
Result<ApiRequest> size_request(const std::string& text) {
  const size_t equals = text.rfind('=');
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  int64_t size = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
  const bool is_number = error == std::errc() && end == value.data() + value.size() && size >= 0;
  if (equals == 0 || (!is_number && value != "declared")) {
    return Error{Code::kInvalid, "'" + text + "' is to be NAME=SIZE, or NAME=declared", {}};
  }
  Json body{{"size", nullptr}};
  if (is_number) body["size"] = size;
  return ApiRequest{"POST", "pools/" + query_value(text.substr(0, equals)) + "/size",
                    json_text(body)};
}

}  // namespace

void add_pools_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  auto sizes = std::make_shared<std::vector<std::string>>();
  CommandOptions pools =
      set.add("pools", "Lists the declared pools with their sizes, or changes a size");
  pools.option("NAME=SIZE", *sizes, "A size to set, or NAME=declared");
  pools.flag("--json", *json, "Print JSON");
  pools.footer(
      "A size that is set holds until NAME=declared, or until the pool is declared with\n"
      "another size, also when the engine ends. cpu and memory have sizes too. 0 lets\n"
      "nothing more start that needs the pool; what runs goes on.\n\n"
      "Example: moondial pools\n"
      "         moondial pools sem-api=1\n"
      "         moondial pools sem-api=declared");
  pools.action([=] {
    if (sizes->empty()) {
      return ask_and_show(*set.directory, {"GET", "pools", ""}, *json, &pools_text);
    }
    std::vector<ApiRequest> requests;
    for (const std::string& text : *sizes) {
      auto request = size_request(text);
      if (!request.ok()) return report(request.error());
      requests.push_back(std::move(request).value());
    }
    for (const ApiRequest& request : requests) {
      const int code = ask_and_show(*set.directory, request, *json, &pool_text);
      if (code != 0) return code;
    }
    return 0;
  });
}

}  // namespace moondial
