#pragma once

#include <span>
#include <string>
#include <string_view>

#include "http/route_info.h"

namespace moondial {

/// The OpenAPI 3.1 document of these routes, and of what is served beside them.
[[nodiscard]] std::string openapi_json(std::span<const RouteInfo> routes, std::string_view version);

}  // namespace moondial
