#include "engine/notice.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"

namespace moondial {
namespace {

constexpr size_t kMostNamed = 10;    // tasks of one paragraph
constexpr size_t kMostError = 2000;  // bytes of an error

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string counted(size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// The same task with the same error is one thing that is wrong.
std::pair<std::string, std::string> group_of(const Notice& notice) {
  return {notice.what.name, first_line(notice.what.text)};
}

std::string paragraph(const std::vector<const Notice*>& group) {
  const Notice& first = *group.front();
  std::string out;
  for (size_t i = 0; i < std::min(group.size(), kMostNamed); ++i) {
    out += group[i]->what.subject + "\n";
  }
  if (group.size() > kMostNamed) {
    out += "and " + std::to_string(group.size() - kMostNamed) + " more\n";
  }
  if (first.kind == Notice::Kind::kRecovery) return out + "  works again\n";
  const std::string error = first.what.text.substr(0, kMostError);
  for (size_t at = 0; at < error.size();) {
    const size_t end = std::min(error.find('\n', at), error.size());
    out += "  " + error.substr(at, end - at) + "\n";
    at = end + 1;
  }
  if (first.what.run) {
    const std::string run = std::to_string(first.what.run.value);
    out += "  run " + run + ": moondial show " + run + "\n";
  }
  return out;
}

}  // namespace

const char* to_string(Notice::Kind kind) {
  switch (kind) {
    case Notice::Kind::kFailure:
      return "failure";
    case Notice::Kind::kSla:
      return "sla";
    case Notice::Kind::kRecovery:
      return "recovery";
  }
  return "";
}

NoticeMessage message_of(std::vector<Notice> notices, const std::string& project) {
  NoticeMessage message;
  std::map<Notice::Kind, size_t> counts;
  std::map<std::pair<Notice::Kind, std::pair<std::string, std::string>>, std::vector<const Notice*>>
      groups;
  for (const Notice& notice : notices) {
    ++counts[notice.kind];
    groups[{notice.kind, group_of(notice)}].push_back(&notice);
  }
  const auto add = [&](Notice::Kind kind, const char* one, const char* many) {
    if (counts[kind] == 0) return;
    message.title += (message.title.empty() ? "" : ", ") + counted(counts[kind], one, many);
  };
  add(Notice::Kind::kFailure, "failure", "failures");
  add(Notice::Kind::kSla, "missed SLA", "missed SLAs");
  add(Notice::Kind::kRecovery, "recovery", "recoveries");
  message.title = "moondial, " + project + ": " + message.title;
  for (const auto& [key, group] : groups) {
    message.text += (message.text.empty() ? "" : "\n") + paragraph(group);
  }
  message.notices = std::move(notices);
  return message;
}

}  // namespace moondial
