#pragma once

#include <string_view>

#include "http/role.h"

namespace moondial {

/// What is known of a route beneath /api/v1 apart from what it does: by this requests are let in,
/// and the OpenAPI document is made. Names of schemas are those of openapi/schemas.json.
struct RouteInfo {
  std::string_view method;
  std::string_view pattern;     ///< "#" stands for an id, "*" for a name
  Role least = Role::kViewer;   ///< who may ask for it over TCP
  std::string_view summary;     ///< a sentence without its end
  std::string_view gives;       ///< schema of the answer; "Events": a stream
  int status = 200;             ///< of the answer
  std::string_view takes = {};  ///< schema of the body
  std::string_view query = {};  ///< parameters: "limit:integer tag:string"
};

}  // namespace moondial
