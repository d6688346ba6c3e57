#include "engine/web_proxies.h"

#include <array>
#include <string_view>
#include <utility>

namespace moondial {

Params web_proxies(const Environment& environment) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNames = {{
      {"http_proxy", "http_proxy"},
      {"https_proxy", "https_proxy"},
      {"https_proxy", "HTTPS_PROXY"},
      {"all_proxy", "all_proxy"},
      {"all_proxy", "ALL_PROXY"},
      {"no_proxy", "no_proxy"},
      {"no_proxy", "NO_PROXY"},
  }};
  Params out;
  if (environment == nullptr) return out;
  for (const auto& [name, variable] : kNames) {
    if (!out.empty() && out.back().first == name) continue;
    for (const std::string& entry : *environment) {
      const std::string_view text = entry;
      if (!text.starts_with(variable) || text.substr(variable.size(), 1) != "=") continue;
      out.emplace_back(name, text.substr(variable.size() + 1));
    }
  }
  return out;
}

}  // namespace moondial
