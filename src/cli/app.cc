#include "cli/app.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "cli/version.h"

namespace moondial {
namespace {

/// Taken before anything is read: what follows it may be any half of a command line.
constexpr std::string_view kComplete = "__complete";

constexpr const char* kFooter =
    "Example: moondial run sem.Report date=2015-09-18\n"
    "`moondial COMMAND -h` tells more about a command.";

void add_commands(const CommandSet& set) {
  add_run_command(set);
  add_backfill_command(set);
  add_redo_command(set);
  add_retry_command(set);
  add_plan_command(set);
  add_why_command(set);
  add_tasks_command(set);
  add_pools_command(set);
  add_schedules_command(set);
  add_backup_command(set);
  add_triggers_command(set);
  add_forecast_command(set);
  add_runs_command(set);
  add_show_command(set);
  add_errors_command(set);
  add_logs_command(set);
  add_cancel_command(set);
  add_mark_command(set);
  add_schedule_actions(set);
  add_serve_command(set);
  add_console_command(set);
  add_token_command(set);
  add_reload_command(set);
  add_repl_command(set);
  add_cron_command(set);
  add_check_command(set);
  add_doctor_command(set);
  add_init_command(set);
  add_reference_command(set);
  add_completion_command(set);
  add_version_command(set);
  add_deliver_command(set);
  add_engine_commands(set);
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : "; did you mean '" + near + "'?";
}

/// Where the command stands among the words; their number if there is none.
size_t command_at(const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "-C") {
      ++i;
    } else if (!words[i].starts_with('-')) {
      return i;
    }
  }
  return words.size();
}

const CLI::App* find_command(const CLI::App& app, const std::vector<std::string>& words) {
  const size_t at = command_at(words);
  if (at == words.size()) return nullptr;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == words[at]) return command;
  }
  return nullptr;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
    for (const std::string& name : option->get_snames()) out.push_back("-" + name);
  }
  return out;
}

/// An option that neither the command nor the program knows, with the nearest that they do.
std::string unknown_option(const std::vector<std::string>& words, const CLI::App& app,
                           const CLI::App& command) {
  std::vector<std::string> known = option_names(command);
  for (std::string& name : option_names(app)) known.push_back(std::move(name));
  for (const std::string& word : words) {
    if (word == "--") break;
    if (word.size() < 2 || word[0] != '-') continue;
    const std::string name =
        word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (name == "-C") continue;
    return "unknown option '" + printable(name) + "'" + did_you_mean(name, known);
  }
  return "";
}

ParsedCommand usage_error(const std::string& message, const std::string& command) {
  ParsedCommand out;
  out.status = kExitUsage;
  out.err = "moondial: " + message + "\nSee `moondial" + (command.empty() ? "" : " " + command) +
            " -h`.\n";
  return out;
}

ParsedCommand unknown_command(const std::string& word, const CLI::App& app) {
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_name().starts_with("__")) known.push_back(command->get_name());
  }
  return usage_error("unknown command '" + printable(word) + "'" + did_you_mean(word, known), "");
}

/// What CLI11 says when it refuses a command line, as we say it.
ParsedCommand refusal(const CLI::ParseError& error, const std::vector<std::string>& words,
                      CLI::App& app) {
  ParsedCommand out;
  if (error.get_exit_code() == 0) {  // -h
    std::ostringstream text;
    app.exit(error, text, text);
    out.out = text.str();
    return out;
  }
  const CLI::App* command = find_command(app, words);
  const std::string name = command == nullptr ? "" : command->get_name();
  const std::string option = unknown_option(words, app, command == nullptr ? app : *command);
  if (!option.empty()) return usage_error(option, name);
  return usage_error(error.what(), name);
}

}  // namespace

ParsedCommand parse_command_line(const std::vector<std::string>& words,
                                 const EntryPoints& entries) {
  CLI::App app("A scheduler for data pipelines, with tasks written in Lua.", "moondial");
  CommandSet set{app, std::make_shared<std::string>(), std::make_shared<Action>(), entries};
  bool version = false;
  app.add_option("-C", *set.directory, "The project's folder (else found upward from here)");
  app.add_flag("--version", version, "Prints the version");
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  app.fallthrough();
  add_commands(set);

  if (!words.empty() && words[0] == kComplete) {
    ParsedCommand out;
    out.action = complete_action(app, {words.begin() + 1, words.end()});
    return out;
  }
  const size_t at = command_at(words);
  if (at < words.size() && find_command(app, words) == nullptr) {
    return unknown_command(words[at], app);
  }
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    return refusal(error, words, app);
  }
  ParsedCommand out;
  // Taken out, since it holds the set, and so what it would stand in.
  out.action = std::exchange(*set.chosen, nullptr);
  if (out.action) return out;
  if (version) {
    out.out = "moondial " + std::string(kVersion) + "\n";
    return out;
  }
  out.status = kExitUsage;
  out.err = app.help();
  return out;
}

int cli_main(int argc, const char* const* argv, const EntryPoints& entries) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const ParsedCommand command = parse_command_line(words, entries);
  Terminal{STDOUT_FILENO}.write(command.out);
  Terminal{STDERR_FILENO}.write(command.err);
  const int status = command.action ? command.action() : command.status;
  if (output_error() == 0) return status;
  Terminal{STDERR_FILENO}.write("moondial: the output could not be written: " +
                                std::generic_category().message(output_error()) + "\n");
  return status == kExitOk ? kExitFailed : status;
}

}  // namespace moondial
