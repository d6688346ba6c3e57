// tasks, pools, check: what the files declare.
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/api_data.h"
#include "cli/command.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

using Json = nlohmann::json;

/// `date=DATE [engine=baidu|so360]`: in brackets what may be left out.
std::string signature(const Json& params) {
  std::string out;
  for (const Json& param : params) {
    std::string values;
    for (const Json& choice : param.value("choices", Json::array())) {
      values += (values.empty() ? "" : "|") + choice.get<std::string>();
    }
    const std::string kind = param.value("kind", "");
    if (values.empty())
      values = param.value("secret", false) ? "<" + kind + ", secret>" : "<" + kind + ">";
    const std::string one = param.value("name", "") + "=" + values;
    out += " " + (param.value("required", true) ? one : "[" + one + "]");
  }
  return out;
}

std::string tasks_text(const std::string& body) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  const Json tasks = Json::parse(body, nullptr, false);
  if (!tasks.is_array() || tasks.empty()) return "no tasks are declared\n";
  std::string out;
  for (const Json& task : tasks) {
    out += terminal.paint(Tone::kStrong, task.value("name", "")) +
           signature(task.value("params", Json::array())) + "\n";
    if (const std::string doc = task.value("doc", ""); !doc.empty()) {
      out += "    " + terminal.paint(Tone::kFaint, doc) + "\n";
    }
    for (const Json& param : task.value("params", Json::array())) {
      const std::string doc = param.value("doc", "");
      if (!doc.empty()) {
        out += "    " + terminal.paint(Tone::kFaint, param.value("name", "") + ": " + doc) + "\n";
      }
    }
  }
  return out;
}

std::string pools_text(const std::string& body) {
  const Json pools = Json::parse(body, nullptr, false);
  if (!pools.is_array() || pools.empty()) return "no pools are declared\n";
  std::string out;
  for (const Json& pool : pools) {
    out += pool.value("name", "") + "  " + std::to_string(pool.value("size", int64_t{0})) + "\n";
  }
  return out;
}

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

/// A command that asks for one list.
void add_list_command(const CommandSet& set, const std::string& name, const std::string& help,
                      const std::string& footer, std::string (*show)(const std::string&)) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = set.app.add_subcommand(name, help);
  command->add_flag("--json", *json, "Print a JSON list");
  command->footer(footer);
  command->callback([set, json, name, show] {
    *set.chosen = [=] { return ask_and_show(*set.directory, {"GET", name, ""}, *json, show); };
  });
}

}  // namespace

void add_tasks_command(const CommandSet& set) {
  add_list_command(set, "tasks", "Lists the declared tasks with their parameters",
                   "Example: moondial tasks\nWhat stands in brackets may be left out.",
                   &tasks_text);
}

void add_pools_command(const CommandSet& set) {
  add_list_command(set, "pools", "Lists the declared pools with their sizes",
                   "Example: moondial pools --json", &pools_text);
}

void add_check_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  CLI::App* check = set.app.add_subcommand("check", "Loads all files and reports every error");
  check->add_flag("--json", *json, "Print a JSON list of errors");
  check->footer("Example: moondial check\nExit status: 0 no errors, 2 some.");
  check->callback(
      [set, json] { *set.chosen = [=] { return check_command(*set.directory, *json); }; });
}

}  // namespace moondial
