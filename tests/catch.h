// Catch2, whichever version the system has: 2.13 (Debian 12) or 3. Every test includes this.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;  // as in version 2
#else
#include <catch2/catch.hpp>
namespace Catch::Matchers {
/// As in version 3.
inline auto ContainsSubstring(const std::string& part,
                              CaseSensitive::Choice sensitive = CaseSensitive::Yes) {
  return Contains(part, sensitive);
}
}  // namespace Catch::Matchers
#endif
