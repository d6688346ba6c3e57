// Tokens in their file, and browsers that are signed in.
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <sstream>

#include "base/hash.h"
#include "http/browser_sessions.h"
#include "http/secret_file.h"
#include "http/secrets.h"
#include "http/token_keeper.h"
#include "tests/catch.h"
#include "tests/http/raw_client.h"

namespace moondial::token_test {
using Catch::Matchers::ContainsSubstring;

namespace {

struct TokenFolder {
  ~TokenFolder() {
    for (const char* name : {"", ".lock", ".new"}) ::unlink((path + name).c_str());
  }
  void write(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path + ".new") << text;
    ::chmod((path + ".new").c_str(), mode);
    ::rename((path + ".new").c_str(), path.c_str());
  }
  void add(const std::string& name, const std::string& secret) const {
    const Status status = edit_tokens(path, [&](TokenList& list) -> Status {
      list.tokens.push_back({name, Role::kOperator, sha256_hex(secret), UtcTime(), std::nullopt});
      return {};
    });
    REQUIRE(status.ok());
  }
  TempFolder folder;
  std::string path = folder.path + "/tokens.json";
};

}  // namespace

TEST_CASE("a secret is 256 random bits") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(new_secret("p_"));
  CHECK(seen.size() == 100);
  CHECK(seen.begin()->size() == 66);
  CHECK(seen.begin()->starts_with("p_"));
  CHECK(same_secret("abc", "abc"));
  CHECK_FALSE(same_secret("abc", "abd"));
  CHECK_FALSE(same_secret("abc", "abcd"));
  CHECK(same_secret("", ""));
}

TEST_CASE("tokens are kept by their hashes, for their owner alone") {
  const TokenFolder f;
  CHECK(read_tokens(f.path)->tokens.empty());  // no file
  f.add("ci", "very-secret");
  const UtcTime end{std::chrono::seconds(2000)};
  (void)edit_tokens(f.path, [&](TokenList& list) -> Status {
    list.tokens.push_back({"b", Role::kAdmin, sha256_hex("other"), UtcTime(), end});
    list.webhooks.push_back({"hook", "key", UtcTime()});
    return {};
  });
  struct stat info {};
  REQUIRE(::stat(f.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  std::ifstream in(f.path);
  std::stringstream text;
  text << in.rdbuf();
  CHECK(text.str().find("very-secret") == std::string::npos);

  const auto list = read_tokens(f.path);
  REQUIRE(list.ok());
  REQUIRE(list->tokens.size() == 2);
  CHECK(list->tokens[0].name == "ci");
  CHECK(list->tokens[0].role == Role::kOperator);
  CHECK_FALSE(list->tokens[0].expires);
  CHECK(list->tokens[1].expires == end);
  CHECK(list->webhooks[0].secret == "key");

  // What refuses changes nothing.
  const Status refused = edit_tokens(f.path, [](TokenList& all) -> Status {
    all.tokens.clear();
    return {Code::kConflict, "no"};
  });
  CHECK_FALSE(refused.ok());
  CHECK(read_tokens(f.path)->tokens.size() == 2);

  for (const mode_t mode : {0640, 0604, 0660, 0622}) {
    ::chmod(f.path.c_str(), mode);
    CHECK_THAT(read_tokens(f.path).error().message, ContainsSubstring("chmod 600"));
  }
}

TEST_CASE("a token file that is not wholly understood lets nobody in") {
  const TokenFolder f;
  const std::string hash = sha256_hex("s");
  const auto with = [](const std::string& token) {
    return R"({"version": 1, "webhooks": [], "tokens": [)" + token + "]}";
  };
  const std::string good =
      R"({"name": "a", "role": "viewer", "created": 1, "sha256": ")" + hash + "\"";
  CHECK(parse_tokens(with(good + "}")).ok());
  CHECK(parse_tokens(with(good + R"(, "expires": 5})")).ok());
  for (const std::string& wrong :
       {std::string(""), std::string("[]"), std::string(R"({"version": 2})"), with("1"),
        with(good + R"(, "expires": "soon"})"), with(good + R"(, "expires": 1e300})"),
        with(R"({"name": "a", "role": "viewer", "created": 1, "sha256": "00"})"),
        with(R"({"name": "a", "role": "root", "created": 1, "sha256": ")" + hash + "\"}"),
        with(R"({"name": "", "role": "viewer", "created": 1, "sha256": ")" + hash + "\"}")}) {
    INFO(wrong);
    CHECK_FALSE(parse_tokens(wrong).ok());
    f.write(wrong);
    TokenKeeper keeper(f.path);
    CHECK(keeper.find("s") == nullptr);
    CHECK_FALSE(keeper.status().ok());
  }
}

TEST_CASE("a change of the token file counts at once") {
  const TokenFolder f;
  TokenKeeper keeper(f.path);
  CHECK(keeper.find("s") == nullptr);
  CHECK(keeper.status().ok());
  f.add("a", "s");
  REQUIRE(keeper.find("s") != nullptr);
  CHECK(keeper.find("s")->name == "a");
  CHECK(keeper.find("") == nullptr);
  CHECK(keeper.find(sha256_hex("s")) == nullptr);  // the hash is not the token
  ::chmod(f.path.c_str(), 0644);
  CHECK(keeper.find("s") == nullptr);
  ::chmod(f.path.c_str(), 0600);
  CHECK(keeper.find("s") != nullptr);
  (void)edit_tokens(f.path, [](TokenList& list) -> Status {
    list.tokens.clear();
    list.webhooks.push_back({"hook", "key", UtcTime()});
    return {};
  });
  CHECK(keeper.find("s") == nullptr);
  CHECK(keeper.webhook_secret("hook") == "key");
  CHECK_FALSE(keeper.webhook_secret("a"));
  ::unlink(f.path.c_str());
  CHECK_FALSE(keeper.webhook_secret("hook"));
}

TEST_CASE("a code signs in once, within a minute") {
  PollLoop clock;
  BrowserSessions sessions(clock);
  const std::string code = sessions.new_code();
  const auto session = sessions.sign_in(code);
  REQUIRE(session);
  CHECK_FALSE(sessions.sign_in(code));
  CHECK_FALSE(sessions.sign_in(""));
  CHECK(sessions.touch(*session));
  CHECK_FALSE(sessions.touch(code));
  sessions.sign_out(*session);
  CHECK_FALSE(sessions.touch(*session));

  const std::string late = sessions.new_code();
  clock.advance(BrowserSessions::kCodeLife);
  CHECK_FALSE(sessions.sign_in(late));
}

TEST_CASE("sessions are known to the next daemon, by their hashes") {
  const TokenFolder f;
  PollLoop clock;
  std::string by_code, by_token, ended;
  {
    BrowserSessions sessions(clock);
    sessions.keep_in(f.path);
    by_code = *sessions.sign_in(sessions.new_code());
    by_token = sessions.sign_in_by_token("abc");
    ended = sessions.sign_in_by_token("abc");
    sessions.sign_out(ended);
  }
  struct stat info {};
  REQUIRE(::stat(f.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(read_secret_file(f.path)->value().find(by_code) == std::string::npos);

  BrowserSessions next(clock);
  next.keep_in(f.path);
  CHECK(next.touch(by_code) == "");
  CHECK(next.touch(by_token) == "abc");
  CHECK_FALSE(next.touch(ended));
  clock.advance(BrowserSessions::kIdle);
  BrowserSessions late(clock);
  late.keep_in(f.path);
  CHECK_FALSE(late.touch(by_code));

  REQUIRE(replace_secret_file(f.path, "[{\"sha256\": 3}, 7, \"x\"] and more").ok());
  BrowserSessions damaged(clock);
  damaged.keep_in(f.path);
  CHECK(damaged.count() == 0);
}

TEST_CASE("a session ends when it is not used, and in any case, and there are only so many") {
  PollLoop clock;
  BrowserSessions sessions(clock);
  const auto idle = sessions.sign_in(sessions.new_code());
  clock.advance(BrowserSessions::kIdle - Duration(1));
  CHECK(sessions.touch(*idle));
  clock.advance(BrowserSessions::kIdle - Duration(1));
  CHECK(sessions.touch(*idle));
  clock.advance(BrowserSessions::kIdle);
  CHECK_FALSE(sessions.touch(*idle));

  const auto busy = sessions.sign_in(sessions.new_code());
  Duration passed{0};
  for (; passed + std::chrono::hours(1) < BrowserSessions::kLongest;
       passed += std::chrono::hours(1)) {
    CHECK(sessions.touch(*busy));
    clock.advance(std::chrono::hours(1));
  }
  clock.advance(std::chrono::hours(1));
  CHECK_FALSE(sessions.touch(*busy));

  std::vector<std::string> many;
  for (size_t i = 0; i <= BrowserSessions::kMost; ++i) {
    many.push_back(*sessions.sign_in(sessions.new_code()));
    clock.advance(Duration(1));
  }
  CHECK_FALSE(sessions.touch(many.front()));
  CHECK(sessions.touch(many.back()));
  std::vector<std::string> codes;
  for (size_t i = 0; i <= BrowserSessions::kMost; ++i) {
    codes.push_back(sessions.new_code());
    clock.advance(Duration(1));
  }
  CHECK_FALSE(sessions.sign_in(codes.front()));
  CHECK(sessions.sign_in(codes.back()));
}

}  // namespace moondial::token_test
