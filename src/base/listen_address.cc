#include "base/listen_address.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

#include "base/text.h"

namespace moondial {

std::string ListenAddress::text() const {
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const Error wrong{Code::kInvalid,
                    quoted_value(printable(text)) +
                        " is no address to listen at, such as \"127.0.0.1:7171\" or "
                        "\"[::1]:7171\"",
                    {}};
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  const std::string_view port = text.substr(colon + 1);
  ListenAddress out;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size()) return wrong;
  std::string host(text.substr(0, colon));
  out.v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (out.v6) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  std::array<unsigned char, 16> bytes{};
  const int family = out.v6 ? AF_INET6 : AF_INET;
  if (::inet_pton(family, host.c_str(), bytes.data()) != 1) return wrong;
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  ::inet_ntop(family, bytes.data(), canonical.data(), canonical.size());
  out.host = canonical.data();
  return out;
}

}  // namespace moondial
