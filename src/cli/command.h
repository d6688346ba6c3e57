#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/command_options.h"
#include "cli/engine_main.h"
#include "cli/finding.h"
#include "cli/project.h"
#include "cli/session.h"
#include "cli/terminal.h"

namespace moondial {

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitInterrupted = 130;

/// What the other faces of the binary are. Handed in, so that the client can be tested alone.
struct EntryPoints {
  int (*engine)(const EngineMainOptions& options) = nullptr;
  int (*loader)(int fd) = nullptr;
  /// The DSL's types for editors, and its reference: lua/reference.h.
  Result<std::string> (*dsl_types)() = nullptr;
  Result<std::string> (*dsl_reference)(const std::string& name, bool json) = nullptr;
  /// For `doctor`: record_check.h, which needs the store.
  Finding (*file_system)(const std::string& state_dir) = nullptr;
  Finding (*record)(const std::string& state_dir) = nullptr;
};

/// Where a command puts its options and itself.
struct CommandSet {
  CLI::App& app;
  std::shared_ptr<std::string> directory;  ///< of -C
  std::shared_ptr<Action> chosen;
  EntryPoints entries;

  [[nodiscard]] CommandOptions add(const std::string& name, const std::string& help) const;
  /// One for our own use, which no help tells of.
  [[nodiscard]] CommandOptions add_hidden(const std::string& name) const;
};

void add_run_command(const CommandSet& set);
void add_backfill_command(const CommandSet& set);
void add_redo_command(const CommandSet& set);
void add_retry_command(const CommandSet& set);
void add_plan_command(const CommandSet& set);
void add_why_command(const CommandSet& set);
void add_tasks_command(const CommandSet& set);
void add_pools_command(const CommandSet& set);
void add_schedules_command(const CommandSet& set);
void add_backup_command(const CommandSet& set);
void add_triggers_command(const CommandSet& set);
void add_forecast_command(const CommandSet& set);
void add_schedule_actions(const CommandSet& set);
void add_serve_command(const CommandSet& set);
void add_console_command(const CommandSet& set);
void add_token_command(const CommandSet& set);
void add_reload_command(const CommandSet& set);
void add_repl_command(const CommandSet& set);
void add_check_command(const CommandSet& set);
void add_errors_command(const CommandSet& set);
void add_runs_command(const CommandSet& set);
void add_show_command(const CommandSet& set);
void add_logs_command(const CommandSet& set);
void add_cancel_command(const CommandSet& set);
void add_cron_command(const CommandSet& set);
void add_completion_command(const CommandSet& set);
void add_doctor_command(const CommandSet& set);
void add_mark_command(const CommandSet& set);
void add_init_command(const CommandSet& set);
void add_reference_command(const CommandSet& set);
void add_version_command(const CommandSet& set);
void add_deliver_command(const CommandSet& set);
void add_engine_commands(const CommandSet& set);

/// What completes a command line of `app` for a shell: `words` are those after the program's name,
/// the last one as far as it was typed. Prints nothing but candidates, and never fails.
[[nodiscard]] Action complete_action(const CLI::App& app, std::vector<std::string> words);

/// A task with its parameters, as commands take it.
struct TaskArguments {
  std::string task;
  std::vector<std::string> params;  ///< "name=value"
};

/// `{"task", "params"}` as JSON members without braces; kInvalid if a parameter is malformed.
[[nodiscard]] Result<std::string> task_members(const TaskArguments& arguments);

/// The positional RUN, which must be a number. `run` outlives the command line's reading.
void add_run_number(CommandOptions& command, uint64_t& run);

/// Prints why to standard error and gives the exit status that it means.
int report(const Error& error);
/// The same for an answer that is a problem; with `json`, also as a document on standard output.
int report(const ApiResponse& problem, bool json);
/// `file:line: message` and the hint, one problem after the other, to standard error.
void print_diagnostics(const std::vector<Diagnostic>& diagnostics);
/// Writes to standard output.
void print(std::string_view text);

/// Sends a request for a command that only prints: calls `show` with the body if all is well.
/// With `json` the body itself is printed.
int ask_and_show(const std::string& directory, const ApiRequest& request, bool json,
                 const std::function<std::string(const std::string& body)>& show);

}  // namespace moondial
