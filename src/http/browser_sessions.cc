#include "http/browser_sessions.h"

#include <algorithm>

#include "base/hash.h"
#include "http/secrets.h"

namespace moondial {

void BrowserSessions::forget_old() {
  const MonoTime now = clock_.mono();
  std::erase_if(codes_, [&](const auto& code) { return now - code.second >= kCodeLife; });
  std::erase_if(sessions_, [&](const auto& entry) {
    return now - entry.second.used >= kIdle || now - entry.second.since >= kLongest;
  });
}

std::string BrowserSessions::new_code() {
  forget_old();
  if (codes_.size() >= kMost) {
    codes_.erase(std::ranges::min_element(
        codes_, {}, [](const auto& code) -> const MonoTime& { return code.second; }));
  }
  std::string code = new_secret("");
  codes_[sha256_hex(code)] = clock_.mono();
  return code;
}

std::optional<std::string> BrowserSessions::sign_in(std::string_view code) {
  forget_old();
  if (codes_.erase(sha256_hex(code)) == 0) return std::nullopt;
  if (sessions_.size() >= kMost) {
    sessions_.erase(std::ranges::min_element(
        sessions_, {}, [](const auto& entry) -> const MonoTime& { return entry.second.used; }));
  }
  std::string secret = new_secret("");
  sessions_[sha256_hex(secret)] = {clock_.mono(), clock_.mono()};
  return secret;
}

bool BrowserSessions::touch(std::string_view secret) {
  forget_old();
  const auto found = sessions_.find(sha256_hex(secret));
  if (found == sessions_.end()) return false;
  found->second.used = clock_.mono();
  return true;
}

void BrowserSessions::sign_out(std::string_view secret) { sessions_.erase(sha256_hex(secret)); }

}  // namespace moondial
