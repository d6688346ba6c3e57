#pragma once

namespace moondial {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace moondial
