#include "http/token_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/json.h"
#include "base/text.h"
#include "http/unix_socket.h"

namespace moondial {
namespace {

constexpr size_t kMaxFile = 4 << 20;
constexpr size_t kMaxName = 64;

Error file_error(const std::string& path, int number) {
  return {Code::kIo, path + ": " + std::strerror(number), {}};
}

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

Result<std::string> read_whole(int fd, const std::string& path) {
  std::string text;
  std::array<char, 16384> part{};
  for (;;) {
    const ssize_t n = ::read(fd, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error(path, errno);
    if (n == 0) return text;
    text.append(part.data(), static_cast<size_t>(n));
    if (text.size() > kMaxFile) return not_understood(path + " is too large to hold tokens");
  }
}

/// What is in it is worth as much as a password.
Status check_owner(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return file_error(path, errno);
  if (!S_ISREG(info.st_mode)) return {Code::kInvalid, path + " is no file"};
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return {Code::kInvalid, path + " belongs to another user"};
  }
  if ((info.st_mode & 077) != 0) {
    return {Code::kInvalid, path + " can be reached by others: chmod 600 it"};
  }
  return {};
}

Status write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error(path, errno);
    text.remove_prefix(static_cast<size_t>(n));
  }
  return ::fsync(fd) == 0 ? Status() : Status(file_error(path, errno));
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

Status replace_file(const std::string& path, const std::string& text) {
  const std::string part = path + ".new";
  ::unlink(part.c_str());  // of one that was killed
  const OwnedFd fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return file_error(part, errno);
  if (Status status = write_all(fd.get(), text, part); !status.ok()) return status;
  if (::rename(part.c_str(), path.c_str()) != 0) return file_error(path, errno);
  const OwnedFd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return file_error(folder_of(path), errno);
  return {};
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
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && errno == ENOENT) return TokenList();
  if (!fd) return file_error(path, errno);
  if (const Status status = check_owner(fd.get(), path); !status.ok()) return status.error();
  const auto text = read_whole(fd.get(), path);
  if (!text.ok()) return text.error();
  auto list = parse_tokens(*text);
  if (!list.ok()) return Error{list.error().code, path + ": " + list.error().message, {}};
  return list;
}

Status edit_tokens(const std::string& path, const std::function<Status(TokenList&)>& change) {
  const std::string lock_path = path + ".lock";
  const OwnedFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return file_error(lock_path, errno);
  while (::flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return file_error(lock_path, errno);
  }
  auto list = read_tokens(path);
  if (!list.ok()) return list.error();
  if (Status status = change(*list); !status.ok()) return status;
  return replace_file(path, tokens_text(*list));
}

}  // namespace moondial
