// What a daemon tells the service manager that has started it: sd_notify(3), as systemd hears it.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "tests/catch.h"
#include "tests/e2e/daemon.h"

namespace moondial::e2e::service_manager_test {
namespace {

using Catch::Matchers::ContainsSubstring;

/// The manager's end.
class NotifySocket {
 public:
  /// `name` is a path, or begins with '@' (an abstract name).
  explicit NotifySocket(const std::string& name) : name_(name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(name.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, name.c_str(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd_ >= 0);
    const timeval patience{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }
  ~NotifySocket() { ::close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The next message; fails the test after a minute.
  std::string next() {
    char text[4096];
    const ssize_t size = ::recv(fd_, text, sizeof text, 0);
    REQUIRE(size > 0);
    return {text, static_cast<size_t>(size)};
  }
  /// What came up to `last`, without it.
  std::vector<std::string> until(const std::string& last) {
    std::vector<std::string> out;
    for (std::string text = next(); text != last; text = next()) out.push_back(text);
    return out;
  }
  /// What has come by now.
  std::vector<std::string> rest() {
    std::vector<std::string> out;
    char text[4096];
    for (;;) {
      const ssize_t size = ::recv(fd_, text, sizeof text, MSG_DONTWAIT);
      if (size <= 0) return out;
      out.emplace_back(text, static_cast<size_t>(size));
    }
  }

 private:
  std::string name_;
  int fd_ = -1;
};

constexpr const char* kTask = R"lua(task "T" { run = function() sh "env > environment" end })lua";

}  // namespace

TEST_CASE("a service manager is told when a daemon serves, that it lives, and that it ends") {
  const SpecProject project(kTask);
  NotifySocket manager((project / "notify").string());
  Running daemon =
      project.start({"serve"}, {{"NOTIFY_SOCKET", manager.name()}, {"WATCHDOG_USEC", "100000"}});
  // The watchdog's first word may come before: that it serves is told when schedules fire.
  for (const std::string& text : manager.until("READY=1")) CHECK(text == "WATCHDOG=1");
  CHECK(project.engine_pid() == daemon.pid());  // the main process, to which alone systemd listens
  for (int i = 0; i < 3; ++i) CHECK(manager.next() == "WATCHDOG=1");
  // What it starts has no say in that.
  (void)project.run({"T"});
  const std::string environment = project.read("environment");
  CHECK(environment.find("NOTIFY_SOCKET") == std::string::npos);
  CHECK(environment.find("WATCHDOG") == std::string::npos);
  daemon.signal(SIGTERM);
  for (const std::string& text : manager.until("STOPPING=1")) CHECK(text == "WATCHDOG=1");
  CHECK(daemon.finish().code == 0);
}

TEST_CASE("a watchdog that is meant for another process hears nothing") {
  const SpecProject project(kTask);
  NotifySocket manager("@moondial-" + std::to_string(::getpid()));
  Running daemon = project.start({"serve"}, {{"NOTIFY_SOCKET", manager.name()},
                                             {"WATCHDOG_USEC", "1000"},
                                             {"WATCHDOG_PID", std::to_string(::getpid())}});
  CHECK(manager.until("READY=1").empty());
  (void)project.run({"T"});
  daemon.signal(SIGINT);
  CHECK(manager.until("STOPPING=1").empty());
  CHECK(daemon.finish().code == 0);
  CHECK(manager.rest().empty());
}

// systemd ends what is not ready after 90 seconds, unless told that more is needed.
TEST_CASE("a daemon that waits to take over has its service manager wait, too") {
  const SpecProject project(R"lua(
    task "Long" { sh = "touch begun; until [ -e go ]; do sleep 0.02; done" })lua");
  NotifySocket manager((project / "notify").string());
  Running run = project.start({"run", "Long"});
  wait_until("its work", [&] { return project.exists("begun"); });
  Running daemon = project.start({"serve"}, {{"NOTIFY_SOCKET", manager.name()}});
  daemon.wait_for_output("taking over when it ends");
  // Again and again, each time for longer than it takes to the next.
  for (int i = 0; i < 2; ++i) CHECK(manager.next() == "EXTEND_TIMEOUT_USEC=60000000");
  project.write("go", "");
  CHECK(run.finish().code == 0);
  for (const std::string& text : manager.until("READY=1")) {
    CHECK_THAT(text, ContainsSubstring("EXTEND_TIMEOUT_USEC="));
  }
  // Who waits can be told to end, as well.
  daemon.signal(SIGTERM);
  CHECK(daemon.finish().code == 0);
}

}  // namespace moondial::e2e::service_manager_test
