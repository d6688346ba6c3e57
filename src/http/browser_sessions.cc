#include "http/browser_sessions.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/json.h"
#include "http/secret_file.h"
#include "http/secrets.h"

namespace moondial {

void BrowserSessions::forget_old() {
  std::erase_if(codes_, [&](const auto& code) { return clock_.mono() - code.second >= kCodeLife; });
  const UtcTime now = clock_.utc();
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
  return begin("");
}

std::string BrowserSessions::sign_in_by_token(std::string token_sha256) {
  forget_old();
  return begin(std::move(token_sha256));
}

std::string BrowserSessions::begin(std::string token_sha256) {
  if (sessions_.size() >= kMost) {
    sessions_.erase(std::ranges::min_element(
        sessions_, {}, [](const auto& entry) -> const UtcTime& { return entry.second.used; }));
  }
  std::string secret = new_secret("");
  sessions_[sha256_hex(secret)] = {clock_.utc(), clock_.utc(), std::move(token_sha256)};
  write();
  return secret;
}

std::optional<std::string> BrowserSessions::touch(std::string_view secret) {
  forget_old();
  const auto found = sessions_.find(sha256_hex(secret));
  if (found == sessions_.end()) return std::nullopt;
  found->second.used = clock_.utc();
  if (found->second.used - found->second.written >= kNews) write();
  return found->second.token_sha256;
}

void BrowserSessions::sign_out(std::string_view secret) {
  if (sessions_.erase(sha256_hex(secret)) > 0) write();
}

void BrowserSessions::keep_in(const std::string& path) {
  path_ = path;
  const auto text = read_secret_file(path);
  if (!text.ok() || !*text) return;
  for (const Json& entry : parse_json(**text)) {
    const auto time = [&](const char* name) {
      const Json& seconds = json_member(entry, name);
      return UtcTime(
          std::chrono::seconds(seconds.is_number_integer() ? seconds.get<int64_t>() : 0));
    };
    // One that claims to be of the future is of a clock that was wrong: it ends in time, too.
    const UtcTime used = std::min(time("used"), clock_.utc());
    const std::string hash = json_string(entry, "sha256");
    if (hash.empty()) continue;
    sessions_[hash] = {std::min(time("since"), used), used, json_string(entry, "token"), used};
  }
  forget_old();
}

void BrowserSessions::write() {
  if (path_.empty()) return;
  OrderedJson list = OrderedJson::array();
  const auto seconds = [](UtcTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  };
  for (auto& [hash, session] : sessions_) {
    session.written = session.used;
    list.push_back({{"sha256", hash},
                    {"token", session.token_sha256},
                    {"since", seconds(session.since)},
                    {"used", seconds(session.used)}});
  }
  // What cannot be kept is still good for as long as this daemon is.
  static_cast<void>(replace_secret_file(path_, json_text(list)));
}

}  // namespace moondial
