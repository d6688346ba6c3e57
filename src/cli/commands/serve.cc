#include <unistd.h>

#include "cli/command.h"

namespace moondial {

void add_serve_command(const CommandSet& set) {
  auto options = std::make_shared<EngineMainOptions>();
  CommandOptions serve = set.add("serve", "Is the daemon: fires schedules, until it is ended");
  serve.option("-j", options->jobs, "How many tasks run at a time, unless moondial.lua says it");
  serve.footer(
      "Example: moondial serve\n"
      "It stays in the foreground and logs to standard error and .moondial/engine.log.\n"
      "While it runs, all other commands talk to it. Ctrl-C or SIGTERM stops what it runs\n"
      "gracefully, and ends it; a second one kills. While an engine that `moondial run` has\n"
      "started is at work, it waits for that one's end, and takes over.");
  serve.action([=] {
    const auto project = find_project(*set.directory);
    if (!project.ok()) return report(project.error());
    options->root = project->root;
    options->stays = true;
    return set.entries.engine(*options);
  });
}

}  // namespace moondial
