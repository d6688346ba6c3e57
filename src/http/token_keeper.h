#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "http/token_file.h"

namespace moondial {

/// What the token file says now: it is read again when it has changed. Loop thread only.
class TokenKeeper {
 public:
  explicit TokenKeeper(std::string path) : path_(std::move(path)) {}

  void set_path(std::string path);
  [[nodiscard]] const std::string& path() const { return path_; }

  /// The token that `secret` is, whether it has expired or not; nothing if it is none. Takes as
  /// long for a wrong one as for a right one.
  [[nodiscard]] const Token* find(std::string_view secret);
  /// The same by the SHA-256 of its secret.
  [[nodiscard]] const Token* find_hash(std::string_view sha256);
  /// The secret of a webhook; nothing if it has none.
  [[nodiscard]] std::optional<std::string> webhook_secret(std::string_view name);

  /// Why nobody can be let in: the file cannot be read, or makes no sense.
  [[nodiscard]] Status status();

 private:
  void look();

  std::string path_;
  bool looked_ = false;
  struct stat seen_ {};
  TokenList list_;
  Status status_;
};

}  // namespace moondial
