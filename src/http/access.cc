#include "http/access.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "http/problem.h"

namespace moondial {
namespace {

constexpr std::string_view kBearer = "bearer ";

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

/// `Host` and the rest of an `Origin` without the port: `a.test`, `[::1]`.
std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_number_address(std::string_view host) {
  std::array<unsigned char, 16> bytes{};
  if (host.starts_with('[') && host.ends_with(']')) {
    const std::string inner(host.substr(1, host.size() - 2));
    return ::inet_pton(AF_INET6, inner.c_str(), bytes.data()) == 1;
  }
  return ::inet_pton(AF_INET, std::string(host).c_str(), bytes.data()) == 1;
}

bool is_everywhere(const ListenAddress& address) {
  return address.host == "0.0.0.0" || address.host == "::";
}

}  // namespace

bool Access::is_ours(std::string_view host) const {
  if (host == "localhost" || host == "127.0.0.1" || host == "[::1]") return true;
  if (std::ranges::find(hosts_, host) != hosts_.end()) return true;
  if (!listens_) return false;
  // An address in numbers is none that a name server could have told a browser.
  if (is_everywhere(*listens_)) return is_number_address(host);
  return host == (listens_->v6 ? "[" + listens_->host + "]" : listens_->host);
}

std::optional<HttpReply> Access::check_names(const HttpRequest& head) const {
  if (head.count("host") != 1) return problem(400, "a request has one Host header");
  const std::string host = lower(head.header("host"));
  if (!is_ours(without_port(host))) {
    return problem(421, printable(host) +
                            " is no name of this daemon: `http = { hosts = { … } }` in "
                            "moondial.lua tells those that are, beside its address");
  }
  if (head.count("origin") == 0) return std::nullopt;
  const std::string origin = lower(head.header("origin"));
  const size_t scheme = origin.find("://");
  const std::string_view from =
      scheme == std::string::npos ? "" : std::string_view(origin).substr(scheme + 3);
  // Another port of this machine is somebody else, too.
  if (from == host || std::ranges::find(hosts_, without_port(from)) != hosts_.end()) {
    return std::nullopt;
  }
  return problem(403, "a page of " + printable(origin) + " may not ask here");
}

Caller Access::caller(const HttpRequest& head) {
  const std::string authorization = head.header("authorization");
  if (!authorization.empty()) {
    if (!lower(authorization.substr(0, kBearer.size())).starts_with(kBearer)) {
      return {Role::kNone, false, "Authorization is to be `Bearer TOKEN`"};
    }
    if (const Status status = tokens_.status(); !status.ok()) {
      return {Role::kNone, false, "no token can be looked up: the daemon's log says why"};
    }
    return by_token(tokens_.find(authorization.substr(kBearer.size())), false);
  }
  const std::string secret = session_of(head);
  if (secret.empty()) return {};
  const std::optional<std::string> session = sessions_.touch(secret);
  if (!session) {
    return {Role::kNone, true, "the session has ended: `moondial console` begins a new one"};
  }
  if (session->empty()) return {Role::kAdmin, true, ""};
  return by_token(tokens_.find_hash(*session), true);
}

Caller Access::by_token(const Token* token, bool by_cookie) const {
  if (token == nullptr) return {Role::kNone, by_cookie, "there is no such token (any more)"};
  if (token->expires && *token->expires <= loop_.utc()) {
    return {Role::kNone, by_cookie, "the token has expired"};
  }
  return {token->role, by_cookie, "", token->sha256};
}

std::string Access::url() const {
  ListenAddress address = *listens_;
  if (is_everywhere(address)) address.host = address.v6 ? "::1" : "127.0.0.1";
  return "http://" + address.text();
}

std::string Access::cookie_name() const {
  // Cookies of all ports of a machine are one heap.
  return "moondial_" + std::to_string(listens_ ? listens_->port : 0);
}

std::string Access::cookie(const std::string& secret) const {
  const auto life = std::chrono::duration_cast<std::chrono::seconds>(
      secret.empty() ? Duration(0) : BrowserSessions::kLongest);
  return cookie_name() + "=" + secret +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(life.count());
}

std::string Access::session_of(const HttpRequest& head) const {
  const std::string cookies = head.header("cookie");
  const std::string wanted = cookie_name() + "=";
  for (std::string_view rest = cookies; !rest.empty();) {
    std::string_view one = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.starts_with(wanted)) return std::string(one.substr(wanted.size()));
  }
  return "";
}

}  // namespace moondial
