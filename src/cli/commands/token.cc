#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/date.h"
#include "base/duration.h"
#include "base/hash.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/text_layout.h"
#include "http/secrets.h"
#include "http/token_file.h"

namespace moondial {
namespace {

struct TokenArguments {
  std::string what;
  std::string name;
  std::string role = "viewer";
  std::optional<std::string> expires;
  bool json = false;
};

/// By which a token is known where it does not belong, such as in a repository.
constexpr std::string_view kTokenPrefix = "mdl_";
constexpr std::string_view kWebhookPrefix = "mdlwh_";

UtcTime now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

/// What is kept of a token, and what is told of it this once.
int tell_secret(const TokenArguments& arguments, const std::string& secret) {
  if (arguments.json) {
    print(json_text(OrderedJson{{"name", arguments.name}, {"secret", secret}}) + "\n");
  } else {
    print(secret + "\n");
    Terminal{STDERR_FILENO}.write("This is the only time that it is shown.\n");
  }
  return kExitOk;
}

int add_token(const std::string& path, const TokenArguments& arguments) {
  Token token;
  token.name = arguments.name;
  token.role = *role_from(arguments.role);
  token.created = now();
  if (arguments.expires) {
    const auto life = parse_duration(*arguments.expires);
    if (!life.ok()) return report(life.error());
    token.expires = token.created + *life;
  }
  const std::string secret = new_secret(kTokenPrefix);
  token.sha256 = sha256_hex(secret);
  const Status status = edit_tokens(path, [&](TokenList& list) -> Status {
    if (std::ranges::find(list.tokens, token.name, &Token::name) != list.tokens.end()) {
      return {Code::kConflict, "there is a token " + token.name +
                                   " already: `moondial token remove " + token.name + "`"};
    }
    list.tokens.push_back(token);
    return {};
  });
  return status.ok() ? tell_secret(arguments, secret) : report(status.error());
}

int add_webhook(const std::string& path, const TokenArguments& arguments) {
  const std::string secret = new_secret(kWebhookPrefix);
  const Status status = edit_tokens(path, [&](TokenList& list) -> Status {
    if (std::ranges::find(list.webhooks, arguments.name, &WebhookSecret::name) !=
        list.webhooks.end()) {
      return {Code::kConflict, "the webhook " + arguments.name +
                                   " has a secret already: "
                                   "`moondial token remove " +
                                   arguments.name + "`"};
    }
    list.webhooks.push_back({arguments.name, secret, now()});
    return {};
  });
  return status.ok() ? tell_secret(arguments, secret) : report(status.error());
}

int remove_token(const std::string& path, const TokenArguments& arguments) {
  const std::string& name = arguments.name;
  const Status status = edit_tokens(path, [&](TokenList& list) -> Status {
    const auto is_it = [&](const auto& one) { return one.name == name; };
    if (std::erase_if(list.tokens, is_it) + std::erase_if(list.webhooks, is_it) == 0) {
      return {Code::kNotFound, "there is no token " + name};
    }
    return {};
  });
  if (!status.ok()) return report(status.error());
  print(arguments.json ? json_text(OrderedJson{{"removed", name}}) + "\n" : name + " is removed\n");
  return kExitOk;
}

OrderedJson time_or_null(const std::optional<UtcTime>& time) {
  return time ? OrderedJson(format_rfc3339(*time, "local")) : OrderedJson(nullptr);
}

int list_tokens(const std::string& path, bool json) {
  const auto list = read_tokens(path);
  if (!list.ok()) return report(list.error());
  OrderedJson out = OrderedJson::array();
  for (const Token& token : list->tokens) {
    out.push_back({{"name", token.name},
                   {"role", to_string(token.role)},
                   {"created", time_or_null(token.created)},
                   {"expires", time_or_null(token.expires)},
                   {"expired", token.expires && *token.expires <= now()}});
  }
  for (const WebhookSecret& webhook : list->webhooks) {
    out.push_back({{"name", webhook.name},
                   {"role", "webhook"},
                   {"created", time_or_null(webhook.created)},
                   {"expires", nullptr},
                   {"expired", false}});
  }
  if (json) {
    print(json_text(out) + "\n");
    return kExitOk;
  }
  if (out.empty()) print("there are no tokens: moondial token add NAME --role viewer\n");
  size_t width = 0;
  for (const auto& one : out) width = std::max(width, one["name"].get<std::string>().size());
  for (const auto& one : out) {
    const auto role = one["role"].get<std::string>();
    const std::string end = one["expired"] == true ? "has expired"
                            : one["expires"].is_string()
                                ? "until " + one["expires"].get<std::string>()
                                : "";
    print(pad_right(one["name"].get<std::string>(), width) + "  " +
          (end.empty() ? role : pad_right(role, 8) + "  " + end) + "\n");
  }
  return kExitOk;
}

/// Where the configuration says that they are kept.
Result<std::string> ask_path(const std::string& directory) {
  const auto project = find_project(directory);
  if (!project.ok()) return project.error();
  Session session(*project);
  const auto answer = session.send({"GET", "config", ""});
  if (!answer.ok()) return answer.error();
  if (!answer->ok()) {
    return Error{Code::kInvalid,
                 "where tokens are kept cannot be told while files have errors: "
                 "moondial check",
                 {}};
  }
  const Json config = parse_json(answer->body);
  return token_path(project->root, json_string(json_member(config, "http"), "token_file"));
}

int token_command(const std::string& directory, const TokenArguments& arguments) {
  if (arguments.what != "list" && !is_token_name(arguments.name)) {
    return report(Error{Code::kInvalid,
                        arguments.name.empty()
                            ? "token " + arguments.what + " needs a NAME"
                            : "a token's name is of letters, digits, _, - and ., at most 64",
                        {}});
  }
  const auto path = ask_path(directory);
  if (!path.ok()) return report(path.error());
  if (arguments.what == "add") return add_token(*path, arguments);
  if (arguments.what == "remove") return remove_token(*path, arguments);
  if (arguments.what == "webhook") return add_webhook(*path, arguments);
  return list_tokens(*path, arguments.json);
}

}  // namespace

void add_token_command(const CommandSet& set) {
  auto arguments = std::make_shared<TokenArguments>();
  CommandOptions token = set.add("token", "Makes, lists and removes what lets in over TCP");
  token.option("ACTION", arguments->what, "What to do: add, list, remove, webhook")
      .required()
      .one_of({"add", "list", "remove", "webhook"});
  token.option("NAME", arguments->name, "By which it is listed and removed; whose webhook it is");
  token.option("--role", arguments->role, "viewer looks, operator runs, admin reloads (viewer)")
      .one_of({"viewer", "operator", "admin"});
  token.option("--expires", arguments->expires, "After how long it is good no more: 90d")
      .check([](const std::string& text) {
        const auto life = parse_duration(text);
        return life.ok() ? "" : life.error().message;
      });
  token.flag("--json", arguments->json, "Print a JSON document");
  token.footer(
      "Example: moondial token add ci --role operator --expires 90d\n"
      "         moondial token webhook github\n"
      "         moondial token list\n"
      "         moondial token remove ci\n"
      "A token is shown once, and only its hash is kept, in .moondial/tokens.json unless\n"
      "moondial.lua says where. A daemon knows of a change at once. `webhook` makes the secret by\n"
      "which the calls of a webhook are signed.");
  token.action([=] { return token_command(*set.directory, *arguments); });
}

}  // namespace moondial
