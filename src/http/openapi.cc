#include "http/openapi.h"

#include <algorithm>
#include <cctype>

#include "base/json.h"
#include "embed/http_schemas.h"

namespace moondial {
namespace {

OrderedJson schema_ref(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

OrderedJson parameter(std::string_view name, const char* in, OrderedJson schema) {
  return {{"name", name}, {"in", in}, {"required", *in == 'p'}, {"schema", std::move(schema)}};
}

/// "runs/#/log" → "/api/v1/runs/{id}/log", and what stands in its braces.
std::string path_of(std::string_view pattern, OrderedJson& parameters) {
  std::string out = "/api/v1/";
  for (const char c : pattern) {
    if (c == '#') {
      out += "{id}";
      parameters.push_back(parameter("id", "path", {{"type", "integer"}, {"minimum", 0}}));
    } else if (c == '*') {
      out += "{name}";
      parameters.push_back(parameter("name", "path", {{"type", "string"}}));
    } else {
      out += c;
    }
  }
  return out;
}

void add_query(std::string_view query, OrderedJson& parameters) {
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find(' '));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    const size_t colon = one.find(':');
    parameters.push_back(
        parameter(one.substr(0, colon), "query", {{"type", one.substr(colon + 1)}}));
  }
}

/// "POST", "runs/#/cancel" → "postRunsCancel": unique, and a name in any language.
std::string operation_id(const RouteInfo& route) {
  std::string out;
  std::ranges::transform(route.method, std::back_inserter(out),
                         [](unsigned char c) { return std::tolower(c); });
  bool begins = true;
  for (const char letter : route.pattern) {
    const auto c = static_cast<unsigned char>(letter);
    if (std::isalpha(c) == 0) {
      if (c == '#' || c == '*') out += "One";
      begins = true;
    } else {
      out += static_cast<char>(begins ? std::toupper(c) : c);
      begins = false;
    }
  }
  return out;
}

OrderedJson response(std::string_view type, std::string_view schema, const char* text) {
  return {{"description", text},
          {"content", {{std::string(type), {{"schema", schema_ref(schema)}}}}}};
}

OrderedJson operation(const RouteInfo& route, OrderedJson parameters) {
  add_query(route.query, parameters);
  const bool streams = route.gives == "Events";
  OrderedJson out{{"operationId", operation_id(route)},
                  {"summary", route.summary},
                  {"description", "Role: " + std::string(to_string(route.least))}};
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  if (!route.takes.empty()) {
    out["requestBody"] = {
        {"content", {{"application/json", {{"schema", schema_ref(route.takes)}}}}}};
  }
  out["responses"] = {
      {std::to_string(route.status),
       response(streams ? "text/event-stream" : "application/json", route.gives, "As asked")},
      {"default", response("application/problem+json", "Problem", "Why not")}};
  return out;
}

}  // namespace

std::string openapi_json(std::span<const RouteInfo> routes, std::string_view version) {
  OrderedJson paths = OrderedJson::object();
  for (const RouteInfo& route : routes) {
    OrderedJson parameters = OrderedJson::array();
    const std::string path = path_of(route.pattern, parameters);
    std::string method;
    std::ranges::transform(route.method, std::back_inserter(method),
                           [](unsigned char c) { return std::tolower(c); });
    paths[path][method] = operation(route, std::move(parameters));
  }
  const auto schemas = embedded::http_schemas();
  return json_text(
      OrderedJson{{"openapi", "3.1.0"},
                  {"info", {{"title", "moondial"}, {"version", version}}},
                  {"security", OrderedJson::array({{{"token", OrderedJson::array()}}})},
                  {"paths", std::move(paths)},
                  {"components",
                   {{"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}},
                    {"schemas", parse_ordered_json(schemas.front().text)}}}});
}

}  // namespace moondial
