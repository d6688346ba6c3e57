#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "http/role.h"

namespace moondial {

/// A bearer token, of which only its hash is kept.
struct Token {
  std::string name;
  Role role = Role::kViewer;
  std::string sha256;
  UtcTime created;
  std::optional<UtcTime> expires;
};

/// By which a webhook's sender signs: both sides need it, so it is kept as it is.
struct WebhookSecret {
  std::string name;
  std::string secret;
  UtcTime created;
};

/// All that lets somebody in.
struct TokenList {
  std::vector<Token> tokens;
  std::vector<WebhookSecret> webhooks;
};

/// Where tokens are kept unless told otherwise, beneath a project's root.
constexpr std::string_view kDefaultTokenFile = ".moondial/tokens.json";

/// The file's path: what the configuration says, beneath `root` unless it is absolute.
[[nodiscard]] std::string token_path(const std::string& root, const std::string& configured);

/// Letters, digits, `_`, `-` and `.`, at most 64.
[[nodiscard]] bool is_token_name(std::string_view name);

/// Of the file's text. A file that is not wholly understood lets nobody in.
[[nodiscard]] Result<TokenList> parse_tokens(std::string_view text);
[[nodiscard]] std::string tokens_text(const TokenList& list);

/// None where there is no file. Refuses one that others than its owner may read or write, and one
/// of another user.
[[nodiscard]] Result<TokenList> read_tokens(const std::string& path);

/// Reads, has `change` change it, and replaces the file by a new one, mode 0600, synced: whoever
/// reads meanwhile sees all of the old one or all of the new one. One process at a time.
[[nodiscard]] Status edit_tokens(const std::string& path,
                                 const std::function<Status(TokenList&)>& change);

}  // namespace moondial
