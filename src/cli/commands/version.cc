#include "cli/version.h"

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace moondial {

void add_version_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  CLI::App* version = set.app.add_subcommand("version", "Prints the version");
  version->add_flag("--json", *json, "Print a JSON document");
  version->footer("Example: moondial version --json");
  version->callback([set, json] {
    *set.chosen = [json] {
      print(*json ? "{\"version\":\"" + std::string(kVersion) + "\"}\n"
                  : "moondial " + std::string(kVersion) + "\n");
      return kExitOk;
    };
  });
}

}  // namespace moondial
