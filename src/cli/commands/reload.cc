#include "base/json.h"
#include "cli/api_data.h"
#include "cli/command.h"

namespace moondial {
namespace {

/// `added: tasks A, B`, a line for each sort.
std::string names_text(const Json& report, const char* what) {
  std::string out;
  for (const char* sort : {"tasks", "schedules", "triggers", "pools"}) {
    const Json& names = json_member(json_member(report, what), sort);
    if (!names.is_array() || names.empty()) continue;
    out += std::string(what) + " " + sort + ":";
    for (const Json& name : names) out += " " + name.get<std::string>();
    out += "\n";
  }
  return out;
}

int reload_command(const std::string& directory, bool json) {
  const auto project = find_project(directory);
  if (!project.ok()) return report(project.error());
  Session session(*project);
  const auto answer = session.send({"POST", "reload", "{}"});
  if (!answer.ok()) return report(answer.error());
  if (!answer->ok()) return report(*answer, json);
  const Json change = parse_json(answer->body);
  const auto problems = read_diagnostics(json_text(json_member(change, "errors")));
  if (json) {
    print(answer->body + "\n");
  } else {
    std::string text =
        names_text(change, "added") + names_text(change, "changed") + names_text(change, "removed");
    if (text.empty() && problems.empty()) text = "nothing has changed\n";
    print(text);
  }
  print_diagnostics(problems);
  return problems.empty() ? kExitOk : kExitUsage;
}

}  // namespace

void add_reload_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  CommandOptions reload = set.add("reload", "Loads the files anew, and tells what has changed");
  reload.flag("--json", *json, "Print a JSON document");
  reload.footer(
      "Example: moondial reload\n"
      "A daemon does it by itself whenever a file is saved. A file with an error keeps its last\n"
      "good version in force there; exit status 2 if there is one.");
  reload.action([=] { return reload_command(*set.directory, *json); });
}

}  // namespace moondial
