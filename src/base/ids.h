#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace moondial {

/// A number that names one kind of thing and cannot be mistaken for another's. 0 is "none".
template <typename Tag>
struct Id {
  uint64_t value = 0;

  constexpr Id() = default;
  constexpr explicit Id(uint64_t v) : value(v) {}
  constexpr explicit operator bool() const { return value != 0; }
  constexpr auto operator<=>(const Id&) const = default;
};

using RunId = Id<struct RunTag>;                ///< row id in the database; what users type
using AttemptId = Id<struct AttemptTag>;        ///< row id in the database
using JobId = Id<struct JobTag>;                ///< an identity that a scheduler holds
using GenerationId = Id<struct GenerationTag>;  ///< a loaded set of source texts

}  // namespace moondial

template <typename Tag>
struct std::hash<moondial::Id<Tag>> {
  size_t operator()(const moondial::Id<Tag>& id) const noexcept {
    return std::hash<uint64_t>()(id.value);
  }
};
