// The other faces of the binary; for moondial itself, and so not in the help.

#include "cli/command.h"

namespace moondial {

void add_engine_commands(const CommandSet& set) {
  auto options = std::make_shared<EngineMainOptions>();
  CommandOptions engine = set.add_hidden("__engine");
  engine.option("--root", options->root, "").required();
  engine.option("--ready-fd", options->ready_fd, "");
  engine.option("-j", options->jobs, "");
  engine.action([=] { return set.entries.engine(*options); });

  auto fd = std::make_shared<int>(-1);
  CommandOptions loader = set.add_hidden("__loader");
  loader.option("FD", *fd, "").required();
  loader.action([=] { return set.entries.loader(*fd); });
}

}  // namespace moondial
