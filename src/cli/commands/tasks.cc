#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"

namespace moondial {
namespace {

/// ` date=<date> [engine=baidu|so360]`: in brackets what may be left out.
std::string signature(const Json& params) {
  std::string out;
  for (const Json& param : params) {
    std::string values;
    for (const Json& choice : param.value("choices", Json::array())) {
      values += (values.empty() ? "" : "|") + choice.get<std::string>();
    }
    const std::string kind = param.value("kind", "");
    if (values.empty()) {
      values = param.value("secret", false) ? "<" + kind + ", secret>" : "<" + kind + ">";
    }
    const std::string one = param.value("name", "") + "=" + values;
    out += " " + (param.value("required", true) ? one : "[" + one + "]");
  }
  return out;
}

/// What is known of a parameter beside its kind: `engine: whose report (baidu unless given)`.
std::string remark(const Json& param) {
  const std::string doc = param.value("doc", "");
  const auto standard = param.find("default");
  std::string out = doc;
  if (standard != param.end() && standard->is_string()) {
    const auto text = standard->get<std::string>();
    out += (doc.empty() ? "" : " ") + ("(" + (text.empty() ? "\"\"" : text) + " unless given)");
  }
  return out.empty() ? "" : param.value("name", "") + ": " + out;
}

std::string words_of(const Json& words) {
  std::string out;
  for (const Json& word : words) out += (out.empty() ? "" : ", ") + word.get<std::string>();
  return out;
}

std::string tasks_text(const std::string& body, const std::string& tag) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  const Json tasks = parse_json(body);
  if ((!tasks.is_array() || tasks.empty()) && !tag.empty()) {
    return "no task has the tag '" + printable(tag) + "'; `moondial tasks` lists all with theirs\n";
  }
  if (!tasks.is_array() || tasks.empty()) {
    return "no tasks are declared: write one in a file pipelines/NAME.lua, or let `moondial init` "
           "write an example\n";
  }
  std::string out;
  for (const Json& task : tasks) {
    out += terminal.paint(Tone::kStrong, task.value("name", "")) +
           signature(task.value("params", Json::array())) + "\n";
    if (const std::string doc = task.value("doc", ""); !doc.empty()) {
      out += "    " + terminal.paint(Tone::kFaint, doc) + "\n";
    }
    if (const std::string tags = words_of(task.value("tags", Json::array())); !tags.empty()) {
      out += "    " + terminal.paint(Tone::kFaint, "tags: " + tags) + "\n";
    }
    for (const Json& param : task.value("params", Json::array())) {
      const std::string text = remark(param);
      if (!text.empty()) out += "    " + terminal.paint(Tone::kFaint, text) + "\n";
    }
  }
  return out;
}

}  // namespace

void add_tasks_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  CommandOptions tasks = set.add("tasks", "Lists the declared tasks with their parameters");
  tasks.flag("--json", *json, "Print a JSON list");
  auto tag = std::make_shared<std::string>();
  tasks.option("--tag", *tag, "Only those that have this tag");
  tasks.footer(
      "Example: moondial tasks --tag nightly\n"
      "What stands in brackets may be left out.");
  tasks.action([=] {
    const std::string path = tag->empty() ? "tasks" : "tasks?tag=" + query_value(*tag);
    return ask_and_show(*set.directory, {"GET", path, ""}, *json,
                        [tag](const std::string& body) { return tasks_text(body, *tag); });
  });
}

}  // namespace moondial
