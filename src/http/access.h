#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/listen_address.h"
#include "engine/event_loop.h"
#include "http/browser_sessions.h"
#include "http/message.h"
#include "http/role.h"
#include "http/token_keeper.h"

namespace moondial {

/// Who asks, as far as that is known.
struct Caller {
  Role role = Role::kNone;
  bool by_cookie = false;  ///< of a browser, which other pages can make ask
  std::string refused;     ///< why what was brought does not count; empty if nothing was brought
  std::string token_sha256 = {};  ///< of the token, if that is what lets them in
};

/// Who may ask what over TCP: tokens, signed-in browsers, and the names that we are asked by. The
/// unix socket is its owner's alone and needs none of it. Loop thread only.
class Access {
 public:
  /// `loop` outlives it.
  Access(EventLoop& loop, std::string token_path)
      : loop_(loop), tokens_(std::move(token_path)), sessions_(loop) {}

  void set_token_path(std::string path) { tokens_.set_path(std::move(path)); }
  /// Further names of ours, lower case.
  void set_hosts(std::vector<std::string> hosts) { hosts_ = std::move(hosts); }
  /// Where we listen; nothing if nowhere.
  void set_listens(std::optional<ListenAddress> address) { listens_ = std::move(address); }
  [[nodiscard]] const std::optional<ListenAddress>& listens() const { return listens_; }

  /// What is wrong with the names by which a request over TCP asks us (400, 421) or that it comes
  /// from (403): a page of somebody else's that makes a browser ask here is refused by it.
  [[nodiscard]] std::optional<HttpReply> check_names(const HttpRequest& head) const;
  [[nodiscard]] Caller caller(const HttpRequest& head);

  [[nodiscard]] TokenKeeper& tokens() { return tokens_; }
  [[nodiscard]] BrowserSessions& sessions() { return sessions_; }

  /// The address that a browser on this machine asks us by: `http://127.0.0.1:7171`. Only while we
  /// listen.
  [[nodiscard]] std::string url() const;
  /// `name=secret` with what a browser is to do with it.
  [[nodiscard]] std::string cookie(const std::string& secret) const;
  /// The secret in a request's cookie; empty if there is none.
  [[nodiscard]] std::string session_of(const HttpRequest& head) const;

 private:
  [[nodiscard]] bool is_ours(std::string_view host) const;
  [[nodiscard]] Caller by_token(const Token* token, bool by_cookie) const;
  [[nodiscard]] std::string cookie_name() const;

  EventLoop& loop_;
  TokenKeeper tokens_;
  BrowserSessions sessions_;
  std::vector<std::string> hosts_;
  std::optional<ListenAddress> listens_;
};

}  // namespace moondial
