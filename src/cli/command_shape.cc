#include "cli/command_shape.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

namespace moondial {
namespace {

/// `tree` and `dot` of `TEXT:{tree,dot}`.
std::vector<std::string> values_of(const std::string& type) {
  const size_t begin = type.find('{');
  const size_t end = type.find('}');
  std::vector<std::string> out;
  if (begin == std::string::npos || end == std::string::npos) return out;
  std::string_view list(type.data() + begin + 1, end - begin - 1);
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    out.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return out;
}

OptionShape option_of(const CLI::Option& option) {
  OptionShape out;
  out.help = option.get_description();
  out.positional = option.get_positional();
  out.takes_value = option.get_items_expected_max() > 0;
  out.repeatable = option.get_items_expected_max() > 1;
  out.values = values_of(option.get_type_name());
  if (out.positional) {
    out.names.push_back(option.get_name());
    return out;
  }
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  return out;
}

CommandShape command_of(const CLI::App& app, const std::string& name) {
  CommandShape out{name, app.get_description(), {}};
  for (const CLI::Option* option : app.get_options()) out.options.push_back(option_of(*option));
  return out;
}

}  // namespace

std::vector<CommandShape> shape_of(const CLI::App& app) {
  std::vector<CommandShape> out = {command_of(app, "")};
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) out.push_back(command_of(*command, command->get_name()));
  }
  return out;
}

}  // namespace moondial
