#include "cli/command_options.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "cli/command.h"

namespace moondial {

OptionValue& OptionValue::required() {
  option_.required();
  return *this;
}

OptionValue& OptionValue::one_of(std::vector<std::string> words) {
  option_.check(CLI::IsMember(std::move(words)));
  return *this;
}

OptionValue& OptionValue::between(int64_t least, int64_t most) {
  option_.check(CLI::Range(least, most));
  return *this;
}

OptionValue& OptionValue::check(
    const std::function<std::string(const std::string& text)>& problem) {
  option_.check(problem);
  return *this;
}

OptionValue& OptionValue::one_at_a_time() {
  option_.allow_extra_args(false);
  return *this;
}

OptionValue CommandOptions::option(const std::string& names, std::string& into,
                                   const std::string& help) {
  return OptionValue(*command_.add_option(names, into, help));
}
OptionValue CommandOptions::option(const std::string& names, std::vector<std::string>& into,
                                   const std::string& help) {
  return OptionValue(*command_.add_option(names, into, help));
}
OptionValue CommandOptions::option(const std::string& names, int& into, const std::string& help) {
  return OptionValue(*command_.add_option(names, into, help));
}
OptionValue CommandOptions::option(const std::string& names, uint64_t& into,
                                   const std::string& help) {
  return OptionValue(*command_.add_option(names, into, help));
}
OptionValue CommandOptions::option(const std::string& names, std::optional<std::string>& into,
                                   const std::string& help) {
  return OptionValue(*command_.add_option(names, into, help));
}
OptionValue CommandOptions::option(const std::string& names, std::optional<int>& into,
                                   const std::string& help) {
  return OptionValue(*command_.add_option(names, into, help));
}
OptionValue CommandOptions::option(const std::string& names, std::optional<double>& into,
                                   const std::string& help) {
  return OptionValue(*command_.add_option(names, into, help));
}

void CommandOptions::flag(const std::string& names, bool& into, const std::string& help) {
  command_.add_flag(names, into, help);
}

void CommandOptions::footer(const std::string& text) { command_.footer(text); }

void CommandOptions::action(Action action) {
  command_.callback([chosen = chosen_, action = std::move(action)] { *chosen = action; });
}

CommandOptions CommandSet::add(const std::string& name, const std::string& help) const {
  return {*app.add_subcommand(name, help), chosen};
}

CommandOptions CommandSet::add_hidden(const std::string& name) const {
  return {*app.add_subcommand(name, "")->group(""), chosen};
}

}  // namespace moondial
