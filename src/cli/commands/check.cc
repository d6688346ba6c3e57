
#include "cli/api_data.h"
#include "cli/command.h"

namespace moondial {
namespace {

int check_command(const std::string& directory, bool json) {
  auto project = find_project(directory);
  if (!project.ok()) return report(project.error());
  Session session(std::move(project).value());
  const auto answer = session.send({"POST", "check", ""});
  if (!answer.ok()) return report(answer.error());
  if (!answer->ok()) return report(*answer, json);
  const auto problems = read_diagnostics(answer->body);
  if (json) {
    print(answer->body + "\n");
  } else if (problems.empty()) {
    print("all files load without an error\n");
  } else {
    print_diagnostics(problems);
    print(std::to_string(problems.size()) + (problems.size() == 1 ? " error\n" : " errors\n"));
  }
  return problems.empty() ? kExitOk : kExitUsage;
}

}  // namespace

void add_check_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  CommandOptions check = set.add("check", "Loads all files and reports every error");
  check.flag("--json", *json, "Print a JSON list of errors");
  check.footer("Example: moondial check\nExit status: 0 no errors, 2 some.");
  check.action([=] { return check_command(*set.directory, *json); });
}

}  // namespace moondial
