// Notices from outside: a mail server, a web server and a command get them.
#include "tests/catch.h"
#include "tests/e2e/daemon.h"

namespace moondial::e2e::notify_test {
namespace {

using Catch::Matchers::ContainsSubstring;

/// Takes one mail and one call, whichever comes first, and writes them to files.
constexpr const char* kServers = R"py(
import socket, threading
def listen(name):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(5)
    open(name + ".tmp", "w").write(str(s.getsockname()[1]))
    import os
    os.rename(name + ".tmp", name)
    return s
def smtp(s):
    c, _ = s.accept()
    f = c.makefile("rwb", 0)
    f.write(b"220 test\r\n")
    mail, text = False, b""
    for line in f:
        if mail:
            if line == b".\r\n":
                mail = False
                open("mail", "wb").write(text)
                f.write(b"250 ok\r\n")
            else:
                text += line
        elif line.upper().startswith(b"DATA"):
            mail = True
            f.write(b"354 go\r\n")
        elif line.upper().startswith(b"QUIT"):
            f.write(b"221 bye\r\n")
            break
        else:
            text += line if line.upper().startswith((b"MAIL", b"RCPT")) else b""
            f.write(b"250 ok\r\n")
def web(s):
    c, _ = s.accept()
    f = c.makefile("rwb", 0)
    size = 0
    for line in f:
        if line.lower().startswith(b"content-length:"):
            size = int(line.split(b":")[1])
        if line == b"\r\n":
            break
    open("call", "wb").write(f.read(size))
    f.write(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
threads = [threading.Thread(target=t, args=(listen(n),)) for t, n in ((smtp, "smtp"), (web, "web"))]
[t.start() for t in threads]
[t.join() for t in threads]
)py";

}  // namespace

TEST_CASE("who is to know of failures gets an e-mail, a call, or runs a command") {
  const SpecProject project(R"lua(
task "Bad" { params = { n = param.int }, run = function(t) error("käse " .. string.rep("x", 100)) end }
task "All" { requires = each(1, 3, function(n) return tasks.Bad{ n = n } end) }
)lua");
  project.write("servers.py", kServers);
  REQUIRE(run_program({"sh", "-c", "python3 servers.py > /dev/null 2>&1 &"}, project.root()).code ==
          0);
  wait_until("the servers", [&] { return project.exists("smtp") && project.exists("web"); });
  project.write(
      "moondial.lua",
      "return { notify = { group = '0.2s',\n"
      "{ email = { to = { 'ops@example.org', 'two@example.org' }, from = 'm@example.org',\n"
      "  smtp = 'smtp://127.0.0.1:" +
          project.read("smtp") +
          "' } },\n"
          "{ webhook = 'http://127.0.0.1:" +
          project.read("web") +
          "/hook', on = 'failure' },\n"
          "{ command = { 'sh', '-c', 'cat > told; echo \"$MOONDIAL_TITLE\" > title' } },\n"
          "{ command = { 'no-such-program' } } } }");
  Daemon daemon(project);
  (void)project.run({"All"}, 1);
  daemon.process().wait_for_output("a notice to no-such-program is lost: ");
  wait_until("the mail", [&] { return project.exists("mail") && !project.read("mail").empty(); });
  wait_until("the call", [&] { return project.exists("call") && !project.read("call").empty(); });
  wait_until("the command",
             [&] { return project.exists("title") && !project.read("title").empty(); });
  const std::string mail = project.read("mail");
  CHECK_THAT(mail, ContainsSubstring("RCPT TO:<ops@example.org>") &&
                       ContainsSubstring("RCPT TO:<two@example.org>") &&
                       ContainsSubstring("From: moondial <m@example.org>\r\n") &&
                       ContainsSubstring("_3_failures?=") &&
                       ContainsSubstring("\r\nBad(n=3D1)\r\nBad(n=3D2)\r\n") &&
                       ContainsSubstring("k=C3=A4se"));
  const Json call = Json::parse(project.read("call"));
  CHECK(call["items"].size() == 3);
  CHECK(call["items"][0]["kind"] == "failure");
  CHECK(call["items"][0]["name"] == "Bad");
  CHECK(call["items"][0]["run"] == 1);
  CHECK_THAT(project.read("title"), ContainsSubstring(": 3 failures\n"));
  CHECK(Json::parse(project.read("told"))["items"].size() == 3);
  daemon.end();
}

}  // namespace moondial::e2e::notify_test
