#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace moondial {

/// Where they are kept, beneath a project's root.
constexpr std::string_view kSessionFile = ".moondial/sessions.json";

/// Browsers that are signed in, kept in a file by the hashes of their secrets, so that they stay so
/// when the daemon is started anew. Somebody who reaches
/// the unix socket gets a code, and whoever brings it first gets the session; who has a token gets
/// one that is worth as much as that. Loop thread only.
class BrowserSessions {
 public:
  static constexpr Duration kCodeLife = std::chrono::minutes(1);
  static constexpr Duration kIdle = std::chrono::hours(12);
  static constexpr Duration kLongest = std::chrono::hours(7 * 24);
  static constexpr size_t kMost = 64;  ///< of codes, and of sessions: the oldest ones go

  /// The clock outlives it.
  explicit BrowserSessions(const Clock& clock) : clock_(clock) {}

  /// Reads what is kept there, and keeps them there from now on. A file that cannot be read or
  /// written costs a sign-in, no more.
  void keep_in(const std::string& path);

  /// Good for one sign-in, for a minute.
  [[nodiscard]] std::string new_code();
  /// The secret of a new session, for the browser's cookie; nothing if the code is none, not any
  /// more, or was used.
  [[nodiscard]] std::optional<std::string> sign_in(std::string_view code);
  /// The secret of a new session of whoever has the token with this SHA-256.
  [[nodiscard]] std::string sign_in_by_token(std::string token_sha256);
  /// Of a session, which counts as used: the SHA-256 of the token that it is by, empty if it is by
  /// a code. Nothing if there is no such session.
  [[nodiscard]] std::optional<std::string> touch(std::string_view secret);
  void sign_out(std::string_view secret);
  [[nodiscard]] size_t count() {
    forget_old();
    return sessions_.size();
  }

 private:
  static constexpr Duration kNews = std::chrono::minutes(10);  ///< of use that are not written yet

  struct Session {
    UtcTime since, used;
    std::string token_sha256 = {};
    UtcTime written = {};  ///< `used` as it is in the file
  };
  void forget_old();
  void write();
  [[nodiscard]] std::string begin(std::string token_sha256);

  const Clock& clock_;
  std::string path_;  // empty: in memory only
  // By SHA-256, so that looking one up tells nothing of the others.
  std::map<std::string, MonoTime> codes_;  // since when
  std::map<std::string, Session> sessions_;
};

}  // namespace moondial
