// Requests that no honest client sends, against a real daemon: each is refused or cut off, and the
// daemon goes on as before.
#include <dirent.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/e2e/tcp_client.h"

namespace moondial::e2e::hostile_test {
namespace {

using Headers = std::map<std::string, std::string>;

constexpr const char* kTask = R"lua(
  task "A" { params = { n = param.int }, output = "out/${n}", sh = "touch ${output}" }
)lua";

/// Descriptors of a process, and its resident memory in KiB.
struct Usage {
  explicit Usage(pid_t pid) {
    const std::string proc = "/proc/" + std::to_string(pid);
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir((proc + "/fd").c_str()), ::closedir);
    while (::readdir(folder.get()) != nullptr) ++descriptors;
    std::ifstream status(proc + "/status");
    for (std::string word; status >> word;) {
      if (word == "VmRSS:") status >> resident;
    }
  }
  int descriptors = 0;
  long resident = 0;
};

/// A daemon under attack.
class Target {
 public:
  Target() : project_(kTask), daemon_(project_) {
    viewer_ = add_token(project_, "viewer");
    operator_ = add_token(project_, "operator");
    admin_ = add_token(project_, "admin");
    const Finished old = project_.moondial({"token", "add", "old", "--expires", "0s"});
    expired_ = old.out.substr(0, old.out.find('\n'));
    const Finished gone = project_.moondial({"token", "add", "gone"});
    removed_ = gone.out.substr(0, gone.out.find('\n'));
    (void)project_.moondial({"token", "remove", "gone"});
  }

  [[nodiscard]] Headers as(const std::string& token, Headers headers = {}) const {
    headers["Authorization"] = "Bearer " + token;
    return headers;
  }
  [[nodiscard]] Headers json_as(const std::string& token, Headers headers = {}) const {
    headers["Content-Type"] = "application/json";
    return as(token, std::move(headers));
  }
  /// On a connection of its own; `status` is what it has to be.
  void ask(int status, const std::string& method, const std::string& path, const Headers& headers,
           const std::string& body = "") {
    ++attacks;
    const auto answer = daemon_.connect().ask(method, path, headers, body);
    INFO(method << " " << path.substr(0, 200) << "\n" << answer.head << answer.body);
    CHECK(answer.status == status);
    CHECK(answer.header("x-content-type-options") == "nosniff");
    CHECK(answer.header("content-type") == "application/problem+json");
    const Json problem = answer.json();
    CHECK(problem["status"] == status);
    CHECK(problem["detail"].is_string());
  }
  /// Bytes that are no request: a 4xx or the end of the connection.
  void send(const std::string& bytes) {
    ++attacks;
    TcpClient client = daemon_.connect();
    client.send(bytes);
    const auto answer = client.answer();
    INFO(bytes.substr(0, 200) << "\n" << answer.head);
    CHECK((answer.status == 0 || (answer.status >= 400 && answer.status < 500) ||
           answer.status == 505));  // of another version of HTTP
  }
  void check_alive() {
    const auto answer = daemon_.connect().ask("GET", "/api/v1/engine", as(viewer_));
    CHECK(answer.status == 200);
  }
  [[nodiscard]] std::string host() const { return "Host: " + daemon_.address() + "\r\n"; }
  [[nodiscard]] std::string bearer(const std::string& token) const {
    return "Authorization: Bearer " + token + "\r\n";
  }
  [[nodiscard]] pid_t pid() { return daemon_.daemon().process().pid(); }

  SpecProject project_;
  ApiDaemon daemon_;
  std::string viewer_, operator_, admin_, expired_, removed_;
  int attacks = 0;
};

void attack_paths(Target& t) {
  const Headers viewer = t.as(t.viewer_);
  for (const char* path :
       {"/api/v1/../../etc/passwd", "/api/v1/attempts/../../../etc/passwd/log",
        "/api/v1/attempts/%2e%2e%2f%2e%2e%2fetc%2fpasswd/log", "//etc/passwd",
        "/.moondial/tokens.json", "/api/v1/attempts/1%00/log", "/api/v1/attempts/-1/log",
        "/api/v1/attempts/99999999999999999999999/log", "/api/v1/attempts/7/log", "/api/v1/runs/7",
        "/API/V1/engine", "/api/v1", "/api/v1/", "/api/v1/runs//"}) {
    t.ask(404, "GET", path, viewer);
  }
  t.ask(414, "GET", "/" + std::string(20'000, 'a'), viewer);
  t.ask(404, "POST", "/api/v1/schedules/..%2f..%2fx/pause", t.json_as(t.operator_), "{}");
}

void attack_names(Target& t) {
  for (const char* host :
       {"evil.test", "127.0.0.1.evil.test:7171", "localhost@evil.test", "[::2]"}) {
    t.ask(421, "GET", "/api/v1/engine", t.as(t.viewer_, {{"Host", host}}));
  }
  for (const char* origin : {"http://evil.test", "null", "http://localhost:1"}) {
    t.ask(403, "POST", "/api/v1/runs", t.json_as(t.admin_, {{"Origin", origin}}),
          R"({"task": "A", "params": {"n": 1}})");
  }
  t.send("GET /api/v1/engine HTTP/1.1\r\n" + t.host() + "Host: evil.test\r\n" +
         t.bearer(t.viewer_) + "\r\n");
  t.send("GET /api/v1/engine HTTP/1.0\r\n" + t.bearer(t.viewer_) + "\r\n");
}

void attack_tokens(Target& t) {
  for (const std::string& token :
       {std::string("x"), t.expired_, t.removed_, t.viewer_.substr(0, t.viewer_.size() - 1),
        t.viewer_ + "0", std::string(10'000, 'a')}) {
    t.ask(401, "GET", "/api/v1/engine", t.as(token));
  }
  t.ask(401, "GET", "/api/v1/engine", {{"Authorization", "Basic YTpi"}});
  t.ask(401, "GET", "/api/v1/engine", {{"Cookie", "moondial_7171=" + std::string(64, 'a')}});
  t.ask(401, "GET", "/api/v1/engine?token=" + t.viewer_, {});
  t.ask(401, "POST", "/api/v1/runs", {{"Content-Type", "application/json"}}, R"({"task": "A"})");
  for (const char* path :
       {"runs", "runs/1/cancel", "runs/1/retry", "marks", "cancels", "schedules/x/trigger"}) {
    t.ask(403, "POST", std::string("/api/v1/") + path, t.json_as(t.viewer_), "{}");
  }
  t.ask(403, "POST", "/api/v1/reload", t.json_as(t.operator_), "{}");
  for (const char* path : {"engine/way", "console/codes"}) {
    t.ask(403, "POST", std::string("/api/v1/") + path, t.json_as(t.admin_), "{}");
  }
}

void attack_bodies(Target& t) {
  const Headers json = t.json_as(t.operator_);
  const std::string deep = std::string(100'000, '[');
  for (const std::string& body :
       {std::string("{"), std::string("null"), std::string("\xff\xfe{}"), deep,
        R"({"task": )" + deep, std::string(R"({"task": "A", "params": {"n": [1]}})"),
        std::string(R"({"task": "A", "jobs": 1e308})"), std::string(R"({"tsak": "A"})"),
        std::string(R"({"task": "A", "environment": ["\u0000"]})")}) {
    t.ask(400, "POST", "/api/v1/runs", json, body);
  }
  t.ask(422, "POST", "/api/v1/runs", json, R"({"task": "../../x", "params": {}})");
  t.ask(422, "POST", "/api/v1/runs", json, R"x({"task": "A", "params": {"n": "$(reboot)"}})x");
  t.ask(413, "POST", "/api/v1/runs", json, std::string(9 << 20, ' '));
  t.ask(415, "POST", "/api/v1/runs", t.as(t.operator_), "task=A");
  t.ask(415, "POST", "/api/v1/runs/1/cancel", t.as(t.operator_, {{"Content-Type", "text/plain"}}),
        "{}");
  t.ask(405, "DELETE", "/api/v1/runs", json);
  t.ask(405, "TRACE", "/api/v1/engine", json);
  t.ask(400, "GET", "/api/v1/runs?limit=-1", json);
  t.ask(400, "GET", "/api/v1/runs?before=x", json);
  t.ask(400, "GET", "/api/v1/events?after=x", json);
  // A gigabyte is promised: it is refused before it comes.
  t.send("POST /api/v1/runs HTTP/1.1\r\n" + t.host() + t.bearer(t.operator_) +
         "Content-Type: application/json\r\nExpect: 100-continue\r\n"
         "Content-Length: 1073741824\r\n\r\n");
}

void attack_bytes(Target& t) {
  t.send("\r\n\r\n\r\n GET\r\n\r\n");
  t.send(std::string(200'000, 'A'));
  t.send("GET / HTTP/9.9\r\n\r\n");
  t.send("\x16\x03\x01\x02\x01\x01\xfc\x03\x03 a client that speaks TLS\r\n\r\n");
  t.send("GET /api/v1/engine HTTP/1.1\r\nBad Header\r\n: empty\r\n\r\n");
  std::string bomb = "GET /api/v1/engine HTTP/1.1\r\n" + t.host();
  for (int i = 0; i < 20'000; ++i) bomb += "X-" + std::to_string(i) + ": a\r\n";
  t.send(bomb + "\r\n");
  t.send("GET /api/v1/engine HTTP/1.1\r\n" + t.host() + "X: " + std::string(1 << 20, 'a') +
         "\r\n\r\n");
  const std::string post = "POST /api/v1/runs HTTP/1.1\r\n" + t.host() + t.bearer(t.operator_) +
                           "Content-Type: application/json\r\n";
  t.send(post + "Content-Length: 4\r\nContent-Length: 40\r\n\r\n{}{}");
  t.send(post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  t.send(post + "Content-Length: -1\r\n\r\n{}");
  t.send(post + "Content-Length: 99999999999999999999999\r\n\r\n{}");
  t.send(post + "Transfer-Encoding: chunked\r\n\r\nZZZZ\r\n{}\r\n0\r\n\r\n");
}

/// A good request with garbage behind it is answered; the garbage ends the connection.
void attack_pipeline(Target& t) {
  ++t.attacks;
  TcpClient client = t.daemon_.connect();
  const std::string good = "GET /healthz HTTP/1.1\r\n" + t.host() + "\r\n";
  client.send(good + good + "\x01\x02\x03 garbage\r\n\r\n" + good);
  CHECK(client.answer().status == 200);
  CHECK(client.answer().status == 200);
  const auto garbage = client.answer();
  CHECK((garbage.status == 0 || (garbage.status >= 400 && garbage.status < 500)));
  client.wait_for_end();
}

/// Connections that send nothing, or stop in the middle, are in nobody's way.
void attack_slowly(Target& t) {
  std::vector<TcpClient> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(t.daemon_.connect());
    if (i % 2 == 0) silent.back().send("GET /healthz HTTP/1.1\r\nX: ");
  }
  ++t.attacks;
  t.check_alive();
}

/// Listeners that do not read, while much happens.
void attack_streams(Target& t) {
  std::vector<TcpClient> stalled;
  for (int i = 0; i < 20; ++i) {
    stalled.push_back(t.daemon_.connect());
    stalled.back().send("GET /api/v1/events?after=0 HTTP/1.1\r\n" + t.host() + t.bearer(t.viewer_) +
                        "\r\n");
  }
  ++t.attacks;
  (void)t.project_.command({"run", "A", "n=1"});
  t.check_alive();
}

}  // namespace

TEST_CASE("many large bodies that come slowly do not fill the daemon up") {
  Target t;
  const std::string head = "POST /api/v1/runs HTTP/1.1\r\n" + t.host() + t.bearer(t.operator_) +
                           "Content-Type: application/json\r\n";
  constexpr size_t kWhole = 8 << 20;
  const std::string nearly_all(kWhole - 1, ' ');
  std::vector<TcpClient> slow;
  for (int i = 0; i < 8; ++i) {
    slow.push_back(t.daemon_.connect());
    REQUIRE(slow.back().send(head + "Content-Length: " + std::to_string(kWhole) + "\r\n\r\n" +
                             nearly_all));
  }
  const auto ask = [&](size_t size) {
    return t.daemon_.connect().ask("POST", "/api/v1/runs", t.json_as(t.operator_),
                                   std::string(size, ' '));
  };
  wait_until("the bodies are there", [&] { return ask(kWhole).status == 503; });
  const auto refused = ask(kWhole);
  CHECK(refused.status == 503);
  CHECK(refused.header("retry-after") == "5");
  CHECK(refused.header("content-type") == "application/problem+json");
  CHECK(refused.json()["status"] == 503);
  // Who sends little, and the project's user, are heard all the same.
  CHECK(ask(1000).status == 400);
  CHECK(t.project_.command({"run", "A", "n=1"}).code == 0);
  slow.clear();
  wait_until("there is room again", [&] { return ask(kWhole).status == 400; });
}

TEST_CASE("hostile requests are refused, one by one, and leave nothing behind") {
  Target t;
  const auto all = [&t] {
    for (const auto attack : {attack_paths, attack_names, attack_tokens, attack_bodies,
                              attack_bytes, attack_pipeline, attack_slowly, attack_streams}) {
      attack(t);
      t.check_alive();
    }
  };
  all();  // what is made once is made now
  CHECK(t.attacks >= 40);
  wait_until("the connections have gone", [&] { return Usage(t.pid()).descriptors < 100; });
  const Usage before(t.pid());
  for (int round = 0; round < 3; ++round) all();
  wait_until("the connections have gone",
             [&] { return Usage(t.pid()).descriptors <= before.descriptors; });
  const Usage after(t.pid());
  INFO(before.resident << " KiB before, " << after.resident << " KiB after");
  // A sanitizer holds what is freed for a while.
  if (!is_sanitized()) CHECK(after.resident < before.resident + (16 << 10));

  // Nothing of it has been done.
  CHECK(t.project_.exists("out/1"));
  CHECK(t.project_.json({"runs"}).size() == 4);
  const std::string log = t.project_.read(".moondial/engine.log");
  for (const std::string& token : {t.viewer_, t.operator_, t.admin_, t.expired_, t.removed_}) {
    CHECK(log.find(token) == std::string::npos);
  }
  t.daemon_.daemon().end();
}

}  // namespace moondial::e2e::hostile_test
