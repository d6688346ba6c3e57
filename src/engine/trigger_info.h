#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace moondial {

enum class TriggerKind : uint8_t {
  kFile,     ///< a file arrives that a glob matches
  kWebhook,  ///< somebody calls
  kDone,     ///< a task has succeeded
};

/// "file", "webhook" or "done".
[[nodiscard]] constexpr const char* to_string(TriggerKind kind) {
  switch (kind) {
    case TriggerKind::kFile:
      return "file";
    case TriggerKind::kWebhook:
      return "webhook";
    case TriggerKind::kDone:
      return "done";
  }
  return "";
}

/// A declared trigger.
struct TriggerInfo {
  TriggerKind kind = TriggerKind::kFile;
  std::string subject;  ///< the glob, the name, or the task's name
  std::string doc;
  Duration settle{std::chrono::seconds(1)};  ///< of a file: how long it is to be left alone
  std::string file;                          ///< of the declaration, relative to the root
  int line = 0;
  std::string fingerprint;  ///< of the text of its declaration

  /// Its name in the record and for people, which no schedule has: "on.file in/*.csv".
  [[nodiscard]] std::string name() const {
    return std::string("on.") + to_string(kind) + " " + subject;
  }
};

/// Of firings and what they start: whether it is the name of a trigger, not that of a schedule.
[[nodiscard]] inline bool is_trigger_name(std::string_view name) {
  return name.find(' ') != std::string_view::npos;
}

}  // namespace moondial
