#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace moondial {

/// What somebody may do; each may do what those before it may.
enum class Role : uint8_t {
  kNone,      ///< anybody
  kViewer,    ///< look
  kOperator,  ///< run, retry, cancel, mark, trigger, pause
  kAdmin,     ///< reload
  kOwner,     ///< whoever reaches the unix socket
};

[[nodiscard]] constexpr std::string_view to_string(Role role) {
  switch (role) {
    case Role::kNone:
      return "anybody";
    case Role::kViewer:
      return "viewer";
    case Role::kOperator:
      return "operator";
    case Role::kAdmin:
      return "admin";
    case Role::kOwner:
      return "owner";
  }
  return "anybody";
}

/// Of those that a token can have.
[[nodiscard]] constexpr std::optional<Role> role_from(std::string_view text) {
  for (const Role role : {Role::kViewer, Role::kOperator, Role::kAdmin}) {
    if (to_string(role) == text) return role;
  }
  return std::nullopt;
}

}  // namespace moondial
