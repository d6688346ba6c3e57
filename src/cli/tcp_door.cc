#include "cli/tcp_door.h"

#include <utility>

namespace moondial {
namespace {

constexpr const char* kWayOut =
    "`moondial serve --listen 127.0.0.1:7172`, or `http = { listen = \"127.0.0.1:7172\" }` in "
    "moondial.lua, gives this daemon another address";

}  // namespace

TcpDoor::TcpDoor(HttpServer& server, std::string root, std::optional<std::string> told, Tell tell,
                 Tell warn)
    : server_(server),
      root_(std::move(root)),
      told_(std::move(told)),
      tell_(std::move(tell)),
      warn_(std::move(warn)) {}

Status TcpDoor::take(const HttpConfig& config) {
  if (config_ == config) return {};
  config_ = config;
  Access& access = server_.access();
  access.set_token_path(token_path(root_, config.token_file));
  access.set_hosts(config.hosts);
  if (!wanted_) access.sessions().keep_in(root_ + "/" + std::string(kSessionFile));
  if (const Status tokens = access.tokens().status(); !tokens.ok()) {
    warn_(tokens.error().message + "; nobody is let in over TCP");
  }
  const bool was_told = told_.has_value() || config.listen.has_value();
  const std::string wanted =
      told_ ? *told_ : config.listen.value_or(std::string(kDefaultListenAddress));
  if (wanted_ == wanted) return {};
  const bool is_first = !wanted_.has_value();
  wanted_ = wanted;
  Status opened = open(wanted, was_told);
  if (opened.ok() || (is_first && was_told)) return opened;
  warn_(opened.error().message + (is_first ? "; this daemon is reached through its socket alone"
                                           : "; it listens where it did"));
  return {};
}

Status TcpDoor::open(const std::string& address, bool was_told) {
  std::optional<ListenAddress> where;
  if (!address.empty()) {
    auto parsed = parse_listen_address(address);
    if (!parsed.ok()) return parsed.error();
    where = std::move(parsed).value();
  }
  const auto listens = server_.listen_tcp(where);
  if (!listens.ok()) {
    return {listens.error().code, listens.error().message + ": " + kWayOut};
  }
  if (*listens) {
    tell_("listens at " + (*listens)->text());
  } else if (was_told) {
    tell_("listens at no address");
  }
  return {};
}

}  // namespace moondial
