#include "store/params_json.h"

#include "base/json.h"
#include "base/text.h"
#include "store/connection.h"

namespace moondial::store {
namespace {

std::string to_hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string from_hex(const std::string& hex) {
  if (hex.size() % 2 != 0 || hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw Broken("the bytes of a parameter do not make sense: " + hex);
  }
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  out.reserve(hex.size() / 2);
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  }
  return out;
}

}  // namespace

std::string to_json(const Params& params) {
  if (params.empty()) return "{}";
  Json object = Json::object();
  for (const auto& [name, value] : params) {
    if (is_utf8(value)) {
      object[name] = value;
    } else {
      object[name] = Json{{"hex", to_hex(value)}};
    }
  }
  return json_text(object);
}

Params params_from_json(const std::string& json) {
  Params params;
  const Json object = parse_json(json);
  if (!object.is_object()) throw Broken("the parameters of a task are not JSON: " + json);
  for (const auto& [name, value] : object.items()) {
    if (value.is_string()) {
      params.emplace_back(name, value.get<std::string>());
    } else if (value.is_object() && value.contains("hex") && value["hex"].is_string()) {
      params.emplace_back(name, from_hex(value["hex"].get<std::string>()));
    } else {
      throw Broken("the parameters of a task do not make sense: " + json);
    }
  }
  return params;
}

}  // namespace moondial::store
