#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace moondial {

/// Browsers that are signed in, in memory only: a new daemon knows of none. Somebody who reaches
/// the unix socket gets a code, and whoever brings it first gets the session. Loop thread only.
class BrowserSessions {
 public:
  static constexpr Duration kCodeLife = std::chrono::minutes(1);
  static constexpr Duration kIdle = std::chrono::hours(12);
  static constexpr Duration kLongest = std::chrono::hours(7 * 24);
  static constexpr size_t kMost = 64;  ///< of codes, and of sessions: the oldest ones go

  /// The clock outlives it.
  explicit BrowserSessions(const Clock& clock) : clock_(clock) {}

  /// Good for one sign-in, for a minute.
  [[nodiscard]] std::string new_code();
  /// The secret of a new session, for the browser's cookie; nothing if the code is none, not any
  /// more, or was used.
  [[nodiscard]] std::optional<std::string> sign_in(std::string_view code);
  /// Whether there is such a session; it counts as used.
  [[nodiscard]] bool touch(std::string_view secret);
  void sign_out(std::string_view secret);
  [[nodiscard]] size_t count() {
    forget_old();
    return sessions_.size();
  }

 private:
  struct Session {
    MonoTime since, used;
  };
  void forget_old();

  const Clock& clock_;
  // By SHA-256, so that looking one up tells nothing of the others.
  std::map<std::string, MonoTime> codes_;  // since when
  std::map<std::string, Session> sessions_;
};

}  // namespace moondial
