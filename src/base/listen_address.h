#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace moondial {

/// An address of this machine to listen at, by numbers: nothing is looked up.
struct ListenAddress {
  std::string host;  ///< "127.0.0.1", "::1"; no brackets
  uint16_t port = 0;
  bool v6 = false;

  /// `127.0.0.1:7171`, `[::1]:7171`: as it is written, and as a browser writes it.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool operator==(const ListenAddress&) const = default;
};

/// Where the API listens unless told otherwise.
constexpr std::string_view kDefaultListenAddress = "127.0.0.1:7171";

/// Reads `127.0.0.1:7171`, `[::1]:7171` or `localhost:7171`, which is 127.0.0.1. Port 0 lets the
/// system choose one. The error says what is accepted.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace moondial
