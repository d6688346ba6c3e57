#include "cli/version.h"

#include "cli/command.h"

namespace moondial {

void add_version_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  CommandOptions version = set.add("version", "Prints the version");
  version.flag("--json", *json, "Print a JSON document");
  version.footer("Example: moondial version --json");
  version.action([=] {
    print(*json ? "{\"version\":\"" + std::string(kVersion) + "\"}\n"
                : "moondial " + std::string(kVersion) + "\n");
    return kExitOk;
  });
}

}  // namespace moondial
