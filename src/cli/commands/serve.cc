#include <unistd.h>

#include "base/listen_address.h"
#include "cli/command.h"

namespace moondial {

void add_serve_command(const CommandSet& set) {
  auto options = std::make_shared<EngineMainOptions>();
  CommandOptions serve = set.add("serve", "Is the daemon: fires schedules, until it is ended");
  serve.option("-j", options->jobs, "How many tasks run at a time, unless moondial.lua says it");
  serve
      .option("--listen", options->listen,
              "ADDRESS of the API over TCP, unless moondial.lua says it (127.0.0.1:7171); none")
      .check([](const std::string& text) {
        const auto address = parse_listen_address(text);
        return text == "none" || address.ok() ? "" : address.error().message;
      });
  serve.footer(
      "Example: moondial serve\n"
      "It stays in the foreground and logs to standard error and .moondial/engine.log.\n"
      "While it runs, all other commands talk to it, and so do those who have a token:\n"
      "docs/api.md. Ctrl-C or SIGTERM stops what it runs\n"
      "gracefully, and ends it; a second one kills. While an engine that `moondial run` has\n"
      "started is at work, it waits for that one's end, and takes over.");
  serve.action([=] {
    const auto project = find_project(*set.directory);
    if (!project.ok()) return report(project.error());
    options->root = project->root;
    options->stays = true;
    if (options->listen == "none") options->listen = "";
    return set.entries.engine(*options);
  });
}

}  // namespace moondial
