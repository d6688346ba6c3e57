#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/record_rows.h"

namespace moondial {

/// Somebody who is told when something is wrong.
struct NotifyReceiver {
  enum class Kind : uint8_t { kEmail, kWebhook, kCommand };
  Kind kind = Kind::kCommand;
  std::string url;                   ///< of the mail server, or of the webhook
  std::vector<std::string> to;       ///< addresses
  std::string from;                  ///< address
  std::string user, password_env;    ///< for the mail server; the variable that has the password
  std::vector<std::string> command;  ///< its words; the message is its input
  std::vector<std::string> on;       ///< "failure", "recovery", "sla": what it is told
};

/// What `notify` in moondial.lua says.
struct NotifyPolicy {
  std::vector<NotifyReceiver> receivers;
  Duration group{std::chrono::minutes(1)};  ///< how long is waited for more before all is told
};

/// Something that is told.
struct Notice {
  enum class Kind : uint8_t { kFailure, kSla, kRecovery };
  Kind kind = Kind::kFailure;
  TroubleRow what;
};

/// "failure", "sla" or "recovery".
[[nodiscard]] const char* to_string(Notice::Kind kind);

/// What is sent to one receiver.
struct NoticeMessage {
  std::string title;  ///< one line
  std::string text;   ///< for people; the same failures are one paragraph
  std::vector<Notice> notices;
};

/// Words for notices, at least one. `project` is named in the title.
[[nodiscard]] NoticeMessage message_of(std::vector<Notice> notices, const std::string& project);

}  // namespace moondial
