#include "base/json.h"

namespace moondial {
namespace {

template <typename Any>
std::string text_of(const Any& json) {
  return json.dump(-1, ' ', false, Any::error_handler_t::replace);
}

}  // namespace

Json parse_json(std::string_view text, size_t* wrong_at) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    if (wrong_at != nullptr) *wrong_at = error.byte;
  } catch (const Json::exception&) {  // a number out of range, say
    if (wrong_at != nullptr) *wrong_at = 1;
  }
  return Json(Json::value_t::discarded);
}

OrderedJson parse_ordered_json(std::string_view text) {
  return OrderedJson::parse(text, nullptr, false);
}

std::string json_text(const Json& json) { return text_of(json); }
std::string json_text(const OrderedJson& json) { return text_of(json); }

const Json& json_member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string json_string(const Json& object, const char* name) {
  const Json& value = json_member(object, name);
  return value.is_string() ? value.get<std::string>() : "";
}

}  // namespace moondial
