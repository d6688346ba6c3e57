#pragma once

#include <cstddef>
#include <string_view>

namespace moondial {

/// What stands at the beginning of a text.
struct CodePoint {
  char32_t value = 0;  ///< the byte itself if it is ill-formed
  size_t size = 1;     ///< bytes; 1 if ill-formed
  bool ok = false;
};

/// Reads one code point of `text`, which is not empty. Overlong forms, surrogates and values above
/// U+10FFFF are ill-formed (Unicode 15, table 3-7).
[[nodiscard]] CodePoint decode_utf8(std::string_view text);

}  // namespace moondial
