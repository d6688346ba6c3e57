// JSON, by nlohmann-json. Its reading and writing, which take long to compile, are compiled once,
// in json.cc: use what is declared here.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace moondial {

/// To be read, whoever wrote it: finding a member stays quick in an object of very many.
using Json = nlohmann::json;
/// To be written: its members stay in the order in which they are set, so that answers read well.
/// Each that is set is compared with all before it.
using OrderedJson = nlohmann::ordered_json;

/// is_discarded(), which is no kind of value, if `text` is no JSON; then `wrong_at`, if given, is
/// the byte, counted from 1, that is not understood. Never throws.
[[nodiscard]] Json parse_json(std::string_view text, size_t* wrong_at = nullptr);
/// Only for what we wrote ourselves.
[[nodiscard]] OrderedJson parse_ordered_json(std::string_view text);

/// On one line; what is no UTF-8 is replaced. Never throws.
[[nodiscard]] std::string json_text(const Json& json);
[[nodiscard]] std::string json_text(const OrderedJson& json);

/// A member of what may be anything; null if it is not there. Lives as long as `object`.
[[nodiscard]] const Json& json_member(const Json& object, const char* name);
/// The same as a text; empty if it is none.
[[nodiscard]] std::string json_string(const Json& object, const char* name);

}  // namespace moondial
