#include "http/token_keeper.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "http/secrets.h"

namespace moondial {
namespace {

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec && a.st_ctim.tv_sec == b.st_ctim.tv_sec &&
         a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

}  // namespace

void TokenKeeper::set_path(std::string path) {
  if (path == path_) return;
  path_ = std::move(path);
  looked_ = false;
}

void TokenKeeper::look() {
  struct stat now {};
  if (::stat(path_.c_str(), &now) != 0) now = {};
  if (looked_ && same_file(now, seen_)) return;
  looked_ = true;
  seen_ = now;
  auto list = read_tokens(path_);
  status_ = list.status();
  list_ = list.ok() ? std::move(list).value() : TokenList();
}

const Token* TokenKeeper::find(std::string_view secret) { return find_hash(sha256_hex(secret)); }

const Token* TokenKeeper::find_hash(std::string_view sha256) {
  look();
  const Token* found = nullptr;
  for (const Token& token : list_.tokens) {
    if (same_secret(token.sha256, sha256)) found = &token;
  }
  return found;
}

std::optional<std::string> TokenKeeper::webhook_secret(std::string_view name) {
  look();
  const auto found = std::ranges::find(list_.webhooks, name, &WebhookSecret::name);
  if (found == list_.webhooks.end()) return std::nullopt;
  return found->secret;
}

Status TokenKeeper::status() {
  look();
  return status_;
}

}  // namespace moondial
