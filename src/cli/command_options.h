#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
class Option;
}  // namespace CLI

namespace moondial {

/// What the command line asks for: the program's exit status comes of calling it.
using Action = std::function<int()>;

/// What an option takes, said further.
class OptionValue {
 public:
  explicit OptionValue(CLI::Option& option) : option_(option) {}

  OptionValue& required();
  OptionValue& one_of(std::vector<std::string> words);
  OptionValue& between(int64_t least, int64_t most);
  /// `problem` gives what is wrong with a text, or nothing.
  OptionValue& check(const std::function<std::string(const std::string& text)>& problem);
  /// Of a list: one value each time the option is given, not all words that follow.
  OptionValue& one_at_a_time();

 private:
  CLI::Option& option_;
};

/// One command of the command line and what it takes. CLI11 reads it; its headers, which take long
/// to compile, are used in few sources. What is stored `into` lives until the action has been
/// called. Names are "-j,--jobs", or one word in capitals for what is told by its place.
class CommandOptions {
 public:
  CommandOptions(CLI::App& command, std::shared_ptr<Action> chosen)
      : command_(command), chosen_(std::move(chosen)) {}

  OptionValue option(const std::string& names, std::string& into, const std::string& help);
  OptionValue option(const std::string& names, std::vector<std::string>& into,
                     const std::string& help);
  OptionValue option(const std::string& names, int& into, const std::string& help);
  OptionValue option(const std::string& names, uint64_t& into, const std::string& help);
  OptionValue option(const std::string& names, std::optional<std::string>& into,
                     const std::string& help);
  OptionValue option(const std::string& names, std::optional<int>& into, const std::string& help);
  OptionValue option(const std::string& names, std::optional<double>& into,
                     const std::string& help);
  void flag(const std::string& names, bool& into, const std::string& help);
  /// What -h says at its end.
  void footer(const std::string& text);
  /// What is done when this is the command.
  void action(Action action);

 private:
  CLI::App& command_;
  std::shared_ptr<Action> chosen_;
};

}  // namespace moondial
