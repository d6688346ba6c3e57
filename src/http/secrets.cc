#include "http/secrets.h"

#include <nettle/memops.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace moondial {

std::string new_secret(std::string_view prefix) {
  std::array<unsigned char, 32> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0) std::abort();  // only where there is none
  std::string out(prefix);
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::memeql_sec(a.data(), b.data(), a.size()) != 0;
}

}  // namespace moondial
