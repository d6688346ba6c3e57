#pragma once

#include <string>
#include <string_view>

namespace moondial {

/// 256 random bits of the system, as 64 hex digits behind `prefix`: nobody guesses it, so that its
/// bare SHA-256 is a safe thing to keep of it.
[[nodiscard]] std::string new_secret(std::string_view prefix);

/// Whether two texts are equal, in a time that tells nothing of where they differ.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

}  // namespace moondial
