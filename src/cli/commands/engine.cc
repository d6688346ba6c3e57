// The other faces of the binary; for moondial itself, and so not in the help.
#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace moondial {

void add_engine_commands(const CommandSet& set) {
  auto options = std::make_shared<EngineMainOptions>();
  CLI::App* engine = set.app.add_subcommand("__engine", "")->group("");
  engine->add_option("--root", options->root)->required();
  engine->add_option("--ready-fd", options->ready_fd);
  engine->add_option("-j", options->jobs);
  engine->callback(
      [set, options] { *set.chosen = [set, options] { return set.entries.engine(*options); }; });

  auto fd = std::make_shared<int>(-1);
  CLI::App* loader = set.app.add_subcommand("__loader", "")->group("");
  loader->add_option("FD", *fd)->required();
  loader->callback([set, fd] { *set.chosen = [set, fd] { return set.entries.loader(*fd); }; });
}

}  // namespace moondial
