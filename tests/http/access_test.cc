// Who may ask what over TCP.
#include "base/hash.h"
#include "http/token_file.h"
#include "http/webhook_signature.h"
#include "tests/catch.h"
#include "tests/http/raw_client.h"

namespace moondial::access_test {
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* kJson = "Content-Type: application/json\r\n";

/// A server with a token of each role, of which one has expired.
struct Guarded : Served {
  Guarded() {
    server->access().set_token_path(tokens);
    const Status status = edit_tokens(tokens, [this](TokenList& list) -> Status {
      const UtcTime now = loop.utc();
      for (const Role role : {Role::kViewer, Role::kOperator, Role::kAdmin}) {
        const std::string name(to_string(role));
        list.tokens.push_back({name, role, sha256_hex(name), now, std::nullopt});
      }
      list.tokens.push_back(
          {"old", Role::kAdmin, sha256_hex("old"), now, now + std::chrono::seconds(10)});
      return {};
    });
    REQUIRE(status.ok());
  }
  ~Guarded() {
    ::unlink(tokens.c_str());
    ::unlink((tokens + ".lock").c_str());
  }
  int status(const std::string& token, const std::string& method, const std::string& path,
             const std::string& body = "", const std::string& headers = kJson) {
    auto client = tcp(token);
    if (body.empty()) client.always += headers;
    return client.request(method, path, body, headers).status;
  }
  /// The cookie of a browser that has signed in.
  std::string sign_in() {
    const Json code = client().request("POST", "/api/v1/console/codes", "{}").json();
    const std::string url = code["url"];
    auto browser = tcp();
    const auto answer = browser.get(url.substr(url.find("/login")));
    CHECK(answer.status == 303);
    CHECK_THAT(answer.head, ContainsSubstring("Location: /\r\n"));
    CHECK_THAT(answer.head,
               ContainsSubstring("; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800\r\n"));
    const size_t at = answer.head.find("Set-Cookie: ") + 12;
    return answer.head.substr(at, answer.head.find(';', at) - at);
  }
  std::string tokens = folder.path + "/tokens.json";
};

}  // namespace

TEST_CASE("over TCP nothing is told to who brings no token") {
  Guarded s;
  auto client = s.tcp();
  for (const char* path : {"/api/v1/engine", "/api/v1/runs/7", "/api/v1/nothing", "/nothing"}) {
    const auto answer = client.get(path);
    INFO(path);
    CHECK(answer.status == 401);
    CHECK_THAT(answer.head, ContainsSubstring("WWW-Authenticate: Bearer realm=\"moondial\""));
    CHECK_THAT(answer.head, ContainsSubstring("application/problem+json"));
    CHECK_THAT(answer.body, ContainsSubstring("moondial token add"));
  }
  CHECK(client.request("DELETE", "/api/v1/runs").status == 401);
  CHECK(client.get("/").status == 200);  // the console's page: it tells nothing
  const auto health = client.get("/healthz");
  CHECK(health.status == 200);
  CHECK(health.json() == parse_json(R"({"status": "ok", "warnings": []})"));
  CHECK(s.client().get("/api/v1/engine").status == 200);  // the socket needs none
}

TEST_CASE("a token that is wrong, old, removed or not one is refused") {
  Guarded s;
  CHECK(s.status("viewer", "GET", "/api/v1/engine") == 200);
  CHECK(s.status("Viewer", "GET", "/api/v1/engine") == 401);
  CHECK(s.status(sha256_hex("viewer"), "GET", "/api/v1/engine") == 401);
  CHECK(s.status("old", "GET", "/api/v1/engine") == 200);
  s.loop.advance(std::chrono::seconds(10));
  auto late = s.tcp("old");
  const auto answer = late.get("/api/v1/engine");
  CHECK(answer.status == 401);
  CHECK_THAT(answer.body, ContainsSubstring("the token has expired"));
  CHECK_THAT(answer.head, ContainsSubstring("Bearer error=\"invalid_token\""));

  auto basic = s.tcp();
  basic.always = "Authorization: Basic dmlld2VyOg==\r\n";
  CHECK(basic.get("/api/v1/engine").status == 401);
  auto lower = s.tcp();
  lower.always = "authorization: bearer viewer\r\n";
  CHECK(lower.get("/api/v1/engine").status == 200);

  (void)edit_tokens(s.tokens, [](TokenList& list) -> Status {
    list.tokens.erase(list.tokens.begin());
    return {};
  });
  CHECK(s.status("viewer", "GET", "/api/v1/engine") == 401);
  ::chmod(s.tokens.c_str(), 0644);
  CHECK(s.status("admin", "GET", "/api/v1/engine") == 401);
  auto client = s.tcp();
  CHECK(client.get("/healthz").json()["warnings"][0] == "tokens cannot be read");
}

TEST_CASE("a role may do what it says, and what those below it may") {
  Guarded s;
  const auto all = [&](const char* method, const char* path) {
    std::string out;
    for (const char* role : {"viewer", "operator", "admin"}) {
      out += std::to_string(s.status(role, method, path, *method == 'P' ? "{}" : "")) + " ";
    }
    return out;
  };
  s.api.cancelled.clear();
  CHECK(all("GET", "/api/v1/engine") == "200 200 200 ");
  CHECK(all("POST", "/api/v1/check") == "200 200 200 ");
  CHECK(all("POST", "/api/v1/runs/7/cancel") == "403 202 202 ");
  CHECK(all("POST", "/api/v1/runs/7/retry") == "403 201 201 ");
  CHECK(all("POST", "/api/v1/schedules/s/pause") == "403 200 200 ");
  CHECK(all("POST", "/api/v1/schedules/s/trigger") == "403 201 201 ");
  CHECK(all("POST", "/api/v1/reload") == "403 403 200 ");
  CHECK(all("POST", "/api/v1/engine/way") == "403 403 403 ");
  CHECK(all("POST", "/api/v1/console/codes") == "403 403 403 ");
  CHECK(all("GET", "/api/v1/nothing") == "404 404 404 ");
  CHECK(all("PUT", "/api/v1/runs") == "405 405 405 ");
  auto viewer = s.tcp("viewer");
  CHECK_THAT(viewer.request("POST", "/api/v1/marks", "{}").body,
             ContainsSubstring("this takes the role operator, and yours is viewer"));
}

TEST_CASE("a request that asks by another name, or for another page, is refused") {
  Guarded s;
  s.server->access().set_hosts({"night.test"});
  const auto ask = [&](const std::string& host, const std::string& headers) {
    auto client = s.tcp("viewer");
    const std::string own = client.host;
    client.host = host.empty() ? own : host;
    client.always += headers;
    return client.get("/api/v1/engine").status;
  };
  CHECK(ask("", "") == 200);
  const std::string own = s.server->access().listens()->text();
  for (const char* good : {"localhost", "LOCALHOST:7171", "127.0.0.1", "[::1]:80", "night.test",
                           "night.test:443", "Night.Test"}) {
    INFO(good);
    CHECK(ask(good, "") == 200);
  }
  for (const char* wrong : {"evil.test", "127.0.0.1.evil.test", "localhost.evil.test", "127.0.0.2",
                            "[::2]", "notnight.test", "0.0.0.0"}) {
    INFO(wrong);
    CHECK(ask(wrong, "") == 421);
  }
  CHECK(ask("", "Host: evil.test\r\n") == 400);
  CHECK(ask("", "Origin: http://" + own + "\r\n") == 200);
  CHECK(ask("", "Origin: https://night.test\r\n") == 200);
  for (const char* wrong :
       {"http://evil.test", "null", "http://127.0.0.1:3000", "http://localhost", "", "file://"}) {
    INFO(wrong);
    CHECK(ask("", "Origin: " + std::string(wrong) + "\r\n") == 403);
  }
  auto old = s.tcp("viewer");
  old.send("GET /api/v1/engine HTTP/1.0\r\nAuthorization: Bearer viewer\r\n\r\n");
  CHECK(old.answer().status == 400);
  auto health = s.tcp();
  health.host = "10.0.0.7:7171";
  CHECK(health.get("/healthz").status == 200);
}

TEST_CASE("a browser signs in by a code, and its changes need what a form cannot send") {
  Guarded s;
  (void)s.tcp();
  const std::string cookie = s.sign_in();
  auto browser = s.tcp();
  browser.always = "Cookie: theme=dark; " + cookie + "\r\n";
  const auto home = browser.get("/");
  CHECK(home.status == 200);
  CHECK_THAT(home.head, ContainsSubstring("text/html"));
  CHECK_THAT(home.head, ContainsSubstring("Content-Security-Policy: default-src 'none'"));
  CHECK(browser.get("/api/v1/engine").status == 200);

  const std::string run = "/api/v1/runs/7/cancel";
  CHECK(browser.request("POST", run, "{}").status == 403);
  CHECK(browser.request("POST", run, "a=b", "Content-Type: application/x-www-form-urlencoded\r\n")
            .status == 403);
  CHECK(s.api.cancelled.empty());
  browser.always += "X-Moondial: 1\r\n";
  CHECK(browser.request("POST", run, "{}", "Content-Type: text/plain\r\n").status == 415);
  CHECK(browser.request("POST", run).status == 415);
  CHECK(browser.request("POST", run, "{}").status == 202);
  CHECK(browser.request("POST", "/api/v1/reload", "{}").status == 200);
  CHECK(browser.request("POST", "/api/v1/console/codes", "{}").status == 403);

  CHECK(browser.request("GET", "/logout").status == 405);
  const auto out = browser.request("POST", "/logout", "{}");
  CHECK(out.status == 200);
  CHECK_THAT(out.head, ContainsSubstring("Max-Age=0"));
  const auto after = browser.get("/api/v1/engine");
  CHECK(after.status == 401);
  CHECK_THAT(after.body, ContainsSubstring("the session has ended"));
}

TEST_CASE("a code that is wrong, used or old signs nobody in") {
  Guarded s;
  auto browser = s.tcp();
  CHECK(browser.get("/login").status == 403);
  CHECK(browser.get("/login?code=").status == 403);
  CHECK(browser.get("/login?code=1234").status == 403);
  auto owner = s.client();
  const auto code = [&] {
    const std::string url = owner.request("POST", "/api/v1/console/codes", "{}").json()["url"];
    return url.substr(url.find("/login"));
  };
  const std::string used = code();
  browser.send("HEAD " + used + " HTTP/1.1\r\nHost: " + browser.host + "\r\n\r\n");
  browser.wait([&] { return browser.received.find("\r\n\r\n") != std::string::npos; });
  CHECK(browser.received.starts_with("HTTP/1.1 405"));
  browser.received.clear();
  CHECK(browser.get(used).status == 303);
  CHECK(browser.get(used).status == 403);
  const std::string late = code();
  s.loop.advance(std::chrono::minutes(1));
  auto again = s.tcp();
  CHECK(again.get(late).status == 403);
}

TEST_CASE("a webhook is called over TCP by who signs with its secret, or is an operator") {
  Guarded s;
  (void)edit_tokens(s.tokens, [](TokenList& list) -> Status {
    list.webhooks.push_back({"deploy", "key", UtcTime()});
    list.webhooks.push_back({"other", "another", UtcTime()});
    return {};
  });
  const std::string body = R"({"version": "1.2"})";
  const auto call = [&](const std::string& name, const std::string& signature,
                        const std::string& sent, const std::string& token = "") {
    auto client = s.tcp(token);
    if (!signature.empty()) client.always += "X-Moondial-Signature: " + signature + "\r\n";
    return client.request("POST", "/api/v1/webhooks/" + name, sent, "Content-Type: text/plain\r\n");
  };
  const std::string signature = webhook_signature("key", body, s.loop.utc());
  CHECK(call("deploy", signature, body).status == 202);
  CHECK(s.api.called == "deploy " + body);
  s.api.called.clear();
  const auto bare = call("deploy", "", body);
  CHECK(bare.status == 401);
  CHECK_THAT(bare.body, ContainsSubstring("X-Moondial-Signature is missing"));
  CHECK_THAT(bare.head, ContainsSubstring("WWW-Authenticate: X-Moondial-Signature realm="));
  CHECK(call("deploy", signature, body + " ").status == 401);
  CHECK(call("deploy", "t=1,v1=00", body).status == 401);
  CHECK(call("other", signature, body).status == 401);
  const auto unknown = call("unknown", signature, body);
  CHECK(unknown.status == 401);
  CHECK_THAT(unknown.head, ContainsSubstring("WWW-Authenticate: "));
  CHECK(call("deploy", "", body, "viewer").status == 401);
  // Nobody has said who they are before the body is there: little of it is kept.
  CHECK(call("deploy", signature, std::string((256 << 10) + 1, 'a')).status == 413);
  s.loop.advance(std::chrono::minutes(6));
  CHECK(call("deploy", signature, body).status == 401);
  CHECK(s.api.called.empty());
  CHECK(call("deploy", "", body, "operator").status == 202);
  auto owner = s.client();
  CHECK(owner.request("POST", "/api/v1/webhooks/deploy", "x", "").status == 202);
  CHECK(s.api.called == "deploy x");
}

TEST_CASE("a console needs a daemon that listens") {
  Served s;
  auto owner = s.client();
  const auto answer = owner.request("POST", "/api/v1/console/codes", "{}");
  CHECK(answer.status == 409);
  CHECK_THAT(answer.body, ContainsSubstring("moondial serve"));
  CHECK(owner.get("/api/v1/engine").json()["listens"].is_null());
}

TEST_CASE(
    "the console's page is for anybody, at all of its addresses, and keeps scripts of others out") {
  Guarded s;
  auto client = s.tcp();
  client.always = "Accept: text/html\r\n";
  for (const char* path : {"/", "/runs/7", "/tasks/sem.Report"}) {
    const auto page = client.get(path);
    INFO(path << "\n" << page.head);
    CHECK(page.status == 200);
    CHECK_THAT(page.head, ContainsSubstring("Content-Type: text/html"));
    CHECK_THAT(page.head, ContainsSubstring("script-src 'self'"));
    CHECK_THAT(page.body, ContainsSubstring("<html"));  // not compressed for who did not ask so
    CHECK(page.head.find("unsafe") == std::string::npos);
  }
  CHECK(client.get("/api/v1/runs").status == 401);
  CHECK(client.request("POST", "/", "{}").status == 401);
}

TEST_CASE("a token signs a browser in, for as long and as far as it is good") {
  Guarded s;
  auto browser = s.tcp("viewer");
  const auto in = browser.request("POST", "/login", "{}", "Content-Type: application/json\r\n");
  REQUIRE(in.status == 200);
  const size_t cookie = in.head.find("Set-Cookie: ") + 12;
  browser.always = "Cookie: " + in.head.substr(cookie, in.head.find(';', cookie) - cookie) + "\r\n";
  const auto engine = browser.get("/api/v1/engine");
  CHECK(engine.status == 200);
  CHECK(engine.json()["role"] == "viewer");
  browser.always += "X-Moondial: 1\r\n";
  CHECK(browser.request("POST", "/api/v1/runs/7/cancel", "{}", "Content-Type: application/json\r\n")
            .status == 403);
  // A session is made of a token, not of another session.
  CHECK(browser.request("POST", "/login", "{}", "Content-Type: application/json\r\n").status ==
        400);
  ::unlink(s.tokens.c_str());
  CHECK(browser.get("/api/v1/engine").status == 401);
  auto nobody = s.tcp();
  CHECK(nobody.request("POST", "/login", "{}", "Content-Type: application/json\r\n").status == 401);
}

TEST_CASE("every answer says that it is to be kept, shown and taken for nothing else") {
  Guarded s;
  auto client = s.tcp("viewer");
  for (const char* path : {"/api/v1/engine", "/api/v1/nothing", "/nothing", "/healthz", "/login"}) {
    const auto answer = client.get(path);
    INFO(path << "\n" << answer.head);
    for (const char* header :
         {"X-Content-Type-Options: nosniff\r\n", "Cache-Control: no-store\r\n",
          "Referrer-Policy: no-referrer\r\n", "X-Frame-Options: DENY\r\n",
          "Content-Security-Policy: default-src 'none'", "frame-ancestors 'none'"}) {
      CHECK_THAT(answer.head, ContainsSubstring(header));
    }
    CHECK(answer.head.find("Access-Control") == std::string::npos);
  }
}

}  // namespace moondial::access_test
