#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace moondial {
namespace {

struct CancelArguments {
  uint64_t run = 0;
  bool kill = false;
  bool json = false;
};

int cancel_command(const std::string& directory, const CancelArguments& arguments) {
  const std::string number = std::to_string(arguments.run);
  const ApiRequest request{"POST", "runs/" + number + "/cancel",
                           arguments.kill ? R"({"kill":true})" : R"({"kill":false})"};
  return ask_and_show(directory, request, arguments.json, [&number](const std::string&) {
    return "run " + number + " is being cancelled; see `moondial show " + number + "`\n";
  });
}

}  // namespace

void add_cancel_command(const CommandSet& set) {
  auto arguments = std::make_shared<CancelArguments>();
  CLI::App* cancel = set.app.add_subcommand("cancel", "Stops a run");
  add_run_number(*cancel, arguments->run);
  cancel->add_flag("--kill", arguments->kill, "Without grace");
  cancel->add_flag("--json", arguments->json, "Print a JSON document");
  cancel->footer(
      "Example: moondial cancel 7\n"
      "Tasks that another run wants as well go on.");
  cancel->callback([set, arguments] {
    *set.chosen = [=] { return cancel_command(*set.directory, *arguments); };
  });
}

}  // namespace moondial
