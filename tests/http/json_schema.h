// Holds a JSON value against a schema: the part of JSON Schema 2020-12 that our document uses. A
// keyword that is not known here is a failure, so that none is passed over.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace moondial {

class JsonSchema {
 public:
  /// `document` holds the schemas beneath components/schemas, and outlives it.
  explicit JsonSchema(const Json& document) : document_(document) {}

  /// What is wrong with `value`; empty if nothing is.
  [[nodiscard]] std::string check(const Json& value, const Json& schema,
                                  const std::string& at = "$") const {
    if (const auto ref = schema.find("$ref"); ref != schema.end()) {
      if (schema.size() != 1) return at + ": something stands beside $ref";
      return check(value, resolve(*ref), at);
    }
    for (const auto& [keyword, rule] : schema.items()) {
      const std::string wrong = check_keyword(keyword, rule, value, schema, at);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }
  [[nodiscard]] const Json& named(const std::string& name) const {
    return document_["components"]["schemas"].at(name);
  }
  /// `$ref`s that lead nowhere, and schemas that nothing refers to, in the whole document.
  [[nodiscard]] std::vector<std::string> loose_ends() const {
    std::vector<std::string> out, used;
    collect(document_, used, out);
    for (const auto& [name, schema] : document_["components"]["schemas"].items()) {
      if (std::find(used.begin(), used.end(), name) == used.end()) out.push_back(name);
    }
    return out;
  }

 private:
  static constexpr const char* kPrefix = "#/components/schemas/";

  [[nodiscard]] const Json& resolve(const Json& ref) const {
    return named(ref.get<std::string>().substr(std::string(kPrefix).size()));
  }
  void collect(const Json& json, std::vector<std::string>& used,
               std::vector<std::string>& out) const {
    if (json.is_object() && json.contains("$ref")) {
      const auto ref = json["$ref"].get<std::string>();
      used.push_back(ref.substr(std::string(kPrefix).size()));
      if (!document_["components"]["schemas"].contains(used.back())) out.push_back(ref);
    }
    if (json.is_structured()) {
      for (const Json& part : json) collect(part, used, out);
    }
  }
  [[nodiscard]] static bool has_type(const Json& value, const std::string& type) {
    if (type == "null") return value.is_null();
    if (type == "boolean") return value.is_boolean();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "string") return value.is_string();
    if (type == "array") return value.is_array();
    return type == "object" && value.is_object();
  }
  /// 2015-09-18T06:00:00.123+08:00
  [[nodiscard]] static bool is_time(const std::string& text) {
    const std::string form = "0000-00-00T00:00:00.000+00:00";
    if (text.size() != form.size()) return false;
    for (size_t i = 0; i < form.size(); ++i) {
      const bool is_digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
      const bool fits = form[i] == '0'   ? is_digit
                        : form[i] == '+' ? text[i] == '+' || text[i] == '-'
                                         : text[i] == form[i];
      if (!fits) return false;
    }
    return true;
  }
  [[nodiscard]] std::string check_object(const Json& value, const Json& schema,
                                         const std::string& at) const {
    const auto properties = schema.find("properties");
    const auto others = schema.find("additionalProperties");
    for (const auto& [name, member] : value.items()) {
      const std::string place = at + "." + name;
      std::string wrong;
      if (properties != schema.end() && properties->contains(name)) {
        wrong = check(member, (*properties)[name], place);
      } else if (others != schema.end() && others->is_boolean()) {
        if (*others == false) wrong = place + " is not known";
      } else if (others != schema.end()) {
        wrong = check(member, *others, place);
      }
      if (!wrong.empty()) return wrong;
    }
    return "";
  }
  [[nodiscard]] std::string check_keyword(const std::string& keyword, const Json& rule,
                                          const Json& value, const Json& schema,
                                          const std::string& at) const {
    const std::string wrong = at + ": " + keyword + " of " + value.dump();
    if (keyword == "description") return "";
    if (keyword == "type") {
      for (const Json& type : rule.is_array() ? rule : Json::array({rule})) {
        if (has_type(value, type)) return "";
      }
      return wrong;
    }
    if (keyword == "enum") {
      return std::find(rule.begin(), rule.end(), value) != rule.end() ? "" : wrong;
    }
    if (keyword == "anyOf") {
      for (const Json& one : rule) {
        if (check(value, one, at).empty()) return "";
      }
      return wrong;
    }
    if (keyword == "properties" || keyword == "additionalProperties") {
      return value.is_object() ? check_object(value, schema, at) : "";
    }
    if (keyword == "required") {
      for (const Json& name : rule) {
        if (value.is_object() && !value.contains(name.get<std::string>())) {
          return at + "." + name.get<std::string>() + " is missing";
        }
      }
      return "";
    }
    if (keyword == "propertyNames") {
      for (const auto& [name, member] : value.items()) {
        if (std::string inner = check(Json(name), rule, at); !inner.empty()) return inner;
      }
      return "";
    }
    if (keyword == "items") {
      if (!value.is_array()) return "";
      for (size_t i = 0; i < value.size(); ++i) {
        std::string inner = check(value[i], rule, at + "[" + std::to_string(i) + "]");
        if (!inner.empty()) return inner;
      }
      return "";
    }
    if (keyword == "format") {
      return rule == "date-time" && (!value.is_string() || is_time(value)) ? "" : wrong;
    }
    if (keyword == "minimum") return !value.is_number() || value >= rule ? "" : wrong;
    if (keyword == "maximum") return !value.is_number() || value <= rule ? "" : wrong;
    if (keyword == "maxLength") {
      return !value.is_string() || value.get<std::string>().size() <= rule ? "" : wrong;
    }
    return at + ": the keyword " + keyword + " is not known to the test";
  }

  const Json& document_;
};

}  // namespace moondial
