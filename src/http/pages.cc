#include "http/pages.h"

#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "base/civil_time.h"
#include "base/text.h"

namespace moondial {
namespace {

/// A text as a value in a query.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-._~";
  std::string out;
  for (const char byte : text) {
    const auto c = static_cast<unsigned char>(byte);
    if (std::isalnum(c) != 0 || kPlain.find(byte) != std::string_view::npos) {
      out += byte;
    } else {
      out += '%';
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  return out;
}

}  // namespace

void link_next(HttpReply& reply, const HttpRequest& request, size_t rows, int64_t limit,
               uint64_t last) {
  if (rows < static_cast<size_t>(limit)) return;
  link_next(reply, request, "before", std::to_string(last));
}

void link_next(HttpReply& reply, const HttpRequest& request, const std::string& from,
               const std::string& last) {
  std::string link = "<" + request.path + "?" + from + "=" + percent_encoded(last);
  for (const auto& [name, value] : request.query) {
    if (name != from) link += "&" + name + "=" + percent_encoded(value);
  }
  reply.headers.emplace_back("Link", link + ">; rel=\"next\"");
}

Result<RunFilter> run_filter(const HttpRequest& request) {
  RunFilter filter;
  const auto text = [&](const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
  };
  if (const std::string state = text("state"); !state.empty()) {
    filter.state = run_state_from(state);
    if (!filter.state) {
      return Error{Code::kInvalid, "there is no state '" + printable(state) + "' of a run", {}};
    }
  }
  filter.kind = text("kind");
  filter.task = text("task");
  for (const auto& [name, at] :
       {std::pair("since", &filter.since), std::pair("until", &filter.until)}) {
    const std::string given = text(name);
    if (given.empty()) continue;
    const auto time = parse_rfc3339(given);
    if (!time.ok()) return time.error();
    *at = *time;
  }
  return filter;
}

}  // namespace moondial
