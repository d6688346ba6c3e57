#include "base/unicode.h"

namespace moondial {

CodePoint decode_utf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const CodePoint ill_formed{first, 1, false};
  size_t size = 0;
  if (first >= 0xC2 && first <= 0xDF) size = 2;
  if (first >= 0xE0 && first <= 0xEF) size = 3;
  if (first >= 0xF0 && first <= 0xF4) size = 4;
  if (size == 0 || text.size() < size) return ill_formed;
  // The second byte carries what keeps overlong forms, surrogates and too large values out.
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  char32_t value = first & (0x7F >> size);
  for (size_t i = 1; i < size; ++i) {
    if (byte(i) < low || byte(i) > high) return ill_formed;
    low = 0x80;
    high = 0xBF;
    value = value << 6 | (byte(i) & 0x3F);
  }
  return {value, size, true};
}

}  // namespace moondial
