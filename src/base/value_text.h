#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace moondial {

/// A value as text: of a list or map, with what it holds.
///
/// A list is written `a,b,c`, a map `x=1,y=2`; one inside another stands in brackets, `[a,b],[c]`
/// and `x=[1,2],y={a=1}`. The empty text is the empty list or map. An item that is empty, holds one
/// of , " [ ] { } or a control character, or begins or ends with a space is written in double
/// quotes, where \" \\ \n \t \xHH stand for what they say; so is a key that holds = as well.
/// Spaces around items, keys and brackets do not count.
struct ValueText {
  enum class Kind : uint8_t { kText, kList, kMap };
  Kind kind = Kind::kText;
  std::string text;               ///< of kText
  std::vector<std::string> keys;  ///< of kMap: one for each item, as they were written
  std::vector<ValueText> items;   ///< of kList and kMap
  bool operator==(const ValueText&) const = default;
};

/// The error's message says what is wrong, and where.
[[nodiscard]] Result<ValueText> parse_list_text(std::string_view text);
[[nodiscard]] Result<ValueText> parse_map_text(std::string_view text);

/// Appends an item, in quotes where it must be.
void append_item_text(std::string_view item, std::string* out);
/// The same for a key of a map.
void append_key_text(std::string_view key, std::string* out);

}  // namespace moondial
