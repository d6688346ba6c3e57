#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/json.h"
#include "cli/command.h"

extern char** environ;

namespace moondial {
namespace {

bool has_screen() {
#ifdef __APPLE__
  return true;
#else
  const char* x11 = std::getenv("DISPLAY");
  const char* wayland = std::getenv("WAYLAND_DISPLAY");
  return (x11 != nullptr && *x11 != 0) || (wayland != nullptr && *wayland != 0);
#endif
}

/// Has the desktop's own program open it, if there is one. Does not wait for it.
void open_browser(std::string url) {
#ifdef __APPLE__
  std::string program = "open";
#else
  std::string program = "xdg-open";
#endif
  std::array<char*, 3> argv = {program.data(), url.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  static_cast<void>(
      ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ));  // the URL is there
  posix_spawn_file_actions_destroy(&actions);
}

int console_command(const std::string& directory, bool no_open, bool json) {
  return ask_and_show(directory, {"POST", "console/codes", "{}"}, json,
                      [no_open](const std::string& body) {
                        const std::string url = json_string(parse_json(body), "url");
                        if (!no_open && has_screen()) open_browser(url);
                        return url + "\n";
                      });
}

}  // namespace

void add_console_command(const CommandSet& set) {
  auto no_open = std::make_shared<bool>(false);
  auto json = std::make_shared<bool>(false);
  CommandOptions console = set.add("console", "Opens the daemon in a browser, signed in");
  console.flag("--no-open", *no_open, "Only print the address");
  console.flag("--json", *json, "Print a JSON document, and open nothing");
  console.footer(
      "Example: moondial console\n"
      "The address is good for one sign-in, within a minute. The session ends after 12 hours\n"
      "without use, after a week, and with the daemon.");
  console.action([=] { return console_command(*set.directory, *no_open, *json); });
}

}  // namespace moondial
