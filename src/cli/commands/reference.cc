
#include "cli/command.h"

namespace moondial {
namespace {

int reference_command(const EntryPoints& entries, const std::string& name, bool json) {
  const auto text = entries.dsl_reference(name, json);
  if (!text.ok()) return report(text.error());
  print(*text);
  return kExitOk;
}

}  // namespace

void add_reference_command(const CommandSet& set) {
  auto name = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  CommandOptions reference = set.add("reference", "Explains what a pipeline's Lua can use");
  reference.option("NAME", *name, "A global, a field, a method, an option or a type");
  reference.flag("--json", *json, "Print a JSON list");
  reference.footer(
      "Examples: moondial reference task.retry\n"
      "          moondial reference timeout        all that have this name\n"
      "          moondial reference > dsl.md       everything, as Markdown");
  reference.action([=] { return reference_command(set.entries, *name, *json); });
}

}  // namespace moondial
