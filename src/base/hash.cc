#include "base/hash.h"

#include <sha256.h>
#include <xxhash.h>

#include <array>

namespace moondial {

std::string sha256_hex(std::string_view bytes) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  std::array<char, SHA256_DIGEST_STRING_LENGTH> hex{};  // with its final NUL
  SHA256_End(&context, hex.data());
  return std::string(hex.data());
}

uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace moondial
