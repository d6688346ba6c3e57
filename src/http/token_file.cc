#include "http/token_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/json.h"
#include "base/text.h"
#include "http/secret_file.h"
#include "http/unix_socket.h"

namespace moondial {
namespace {

constexpr size_t kMaxName = 64;

Error not_understood(const std::string& what) { return {Code::kCorrupt, what, {}}; }

int64_t seconds_of(UtcTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::optional<UtcTime> time_of(const Json& seconds) {
  constexpr int64_t kMost = int64_t{1} << 40;
  if (!seconds.is_number_integer()) return std::nullopt;
  const auto number = seconds.get<int64_t>();
  if (number < -kMost || number > kMost) return std::nullopt;
  return UtcTime(std::chrono::seconds(number));
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<Token> read_token(const Json& json) {
  Token out;
  out.name = json_string(json, "name");
  if (!is_token_name(out.name)) return not_understood("a token has no name");
  const auto role = role_from(json_string(json, "role"));
  if (!role) return not_understood("the token " + out.name + " has no role that there is");
  out.role = *role;
  out.sha256 = json_string(json, "sha256");
  const auto created = time_of(json_member(json, "created"));
  if (!is_sha256(out.sha256) || !created) {
    return not_understood("the token " + out.name + " is damaged");
  }
  out.created = *created;
  const Json& expires = json_member(json, "expires");
  out.expires = time_of(expires);
  if (!out.expires && !expires.is_null()) {
    return not_understood("it is not clear when the token " + out.name + " expires");
  }
  return out;
}

Result<WebhookSecret> read_webhook(const Json& json) {
  WebhookSecret out;
  out.name = json_string(json, "name");
  out.secret = json_string(json, "secret");
  const auto created = time_of(json_member(json, "created"));
  if (!is_token_name(out.name) || out.secret.empty() || !created) {
    return not_understood("the secret of a webhook is damaged");
  }
  out.created = *created;
  return out;
}

}  // namespace

std::string token_path(const std::string& root, const std::string& configured) {
  const std::string path = configured.empty() ? std::string(kDefaultTokenFile) : configured;
  return path.starts_with('/') ? path : root + "/" + path;
}

bool is_token_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

Result<TokenList> parse_tokens(std::string_view text) {
  const Json json = parse_json(text);
  if (!json.is_object() || json_member(json, "version") != 1) {
    return not_understood("it holds no tokens that this version of moondial understands");
  }
  TokenList out;
  for (const Json& entry : json_member(json, "tokens")) {
    auto token = read_token(entry);
    if (!token.ok()) return token.error();
    out.tokens.push_back(std::move(token).value());
  }
  for (const Json& entry : json_member(json, "webhooks")) {
    auto webhook = read_webhook(entry);
    if (!webhook.ok()) return webhook.error();
    out.webhooks.push_back(std::move(webhook).value());
  }
  return out;
}

std::string tokens_text(const TokenList& list) {
  OrderedJson tokens = OrderedJson::array();
  for (const Token& token : list.tokens) {
    OrderedJson entry{{"name", token.name},
                      {"role", to_string(token.role)},
                      {"sha256", token.sha256},
                      {"created", seconds_of(token.created)}};
    if (token.expires) entry["expires"] = seconds_of(*token.expires);
    tokens.push_back(std::move(entry));
  }
  OrderedJson webhooks = OrderedJson::array();
  for (const WebhookSecret& webhook : list.webhooks) {
    webhooks.push_back({{"name", webhook.name},
                        {"secret", webhook.secret},
                        {"created", seconds_of(webhook.created)}});
  }
  return json_text(OrderedJson{{"version", 1}, {"tokens", tokens}, {"webhooks", webhooks}}) + "\n";
}

Result<TokenList> read_tokens(const std::string& path) {
  const auto text = read_secret_file(path);
  if (!text.ok()) return text.error();
  if (!*text) return TokenList();
  auto list = parse_tokens(**text);
  if (!list.ok()) return Error{list.error().code, path + ": " + list.error().message, {}};
  return list;
}

Status edit_tokens(const std::string& path, const std::function<Status(TokenList&)>& change) {
  const std::string lock_path = path + ".lock";
  const OwnedFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return Error{Code::kIo, lock_path + ": " + std::strerror(errno), {}};
  while (::flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return Error{Code::kIo, lock_path + ": " + std::strerror(errno), {}};
  }
  auto list = read_tokens(path);
  if (!list.ok()) return list.error();
  if (Status status = change(*list); !status.ok()) return status;
  return replace_secret_file(path, tokens_text(*list));
}

}  // namespace moondial
