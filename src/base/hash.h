#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace moondial {

/// SHA-256 of `bytes` as 64 lower-case hex digits: names source texts.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// XXH3, 64 bits: names identities in memory. Not for anything that meets an adversary.
[[nodiscard]] uint64_t hash64(std::string_view bytes);

}  // namespace moondial
