#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/http_client.h"
#include "cli/pool_size.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

std::string pool_line(const Json& pool, size_t width) {
  const auto size = pool.value("size", int64_t{0});
  const auto declared = pool.value("declared", size);
  const std::string name = pool.value("name", "");
  return pad_right(name, width) + "  " + pool_size_text(name, size) +
         (size == declared ? "" : "  (declared: " + pool_size_text(name, declared) + ")") + "\n";
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
  constexpr std::string_view kDeclared = "=declared";
  const auto size = read_pool_size(text);
  if (!size && !(text.ends_with(kDeclared) && text.size() > kDeclared.size())) {
    return Error{
        Code::kInvalid, "'" + printable(text) + "' is to be NAME=SIZE, or NAME=declared", {}};
  }
  Json body{{"size", nullptr}};
  if (size) body["size"] = size->units;
  const std::string name = size ? size->name : text.substr(0, text.size() - kDeclared.size());
  return ApiRequest{"POST", "pools/" + query_value(name) + "/size", json_text(body)};
}

/// Sets one after the other; what they are then is one document.
int set_sizes(const std::string& directory, const std::vector<ApiRequest>& requests, bool json) {
  if (requests.size() == 1) return ask_and_show(directory, requests.front(), json, &pool_text);
  auto project = find_project(directory);
  if (!project.ok()) return report(project.error());
  Session session(std::move(project).value());
  Json pools = Json::array();
  for (const ApiRequest& request : requests) {
    const auto answer = session.send(request);
    if (!answer.ok()) return report(answer.error());
    if (!answer->ok()) return report(*answer, json);
    pools.push_back(parse_json(answer->body));
    if (!json) print(pool_text(answer->body));
  }
  if (json) print(json_text(pools) + "\n");
  return kExitOk;
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
      "another size, also when the engine ends. cpu and memory have sizes too (memory=16G).\n"
      "0 lets nothing more start that needs the pool; what runs goes on.\n\n"
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
    return set_sizes(*set.directory, requests, *json);
  });
}

}  // namespace moondial
