#include "cli/completion.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "cli/command.h"
#include "cli/completion_source.h"
#include "embed/shell_completion.h"

namespace moondial {
namespace {

int print_script(const std::string& shell) {
  for (const EmbeddedFile& file : embedded::shell_completion()) {
    if (file.name == shell) print(file.text);
  }
  return kExitOk;
}

/// With the `~` at its beginning expanded: what is completed was not yet seen by the shell.
std::string at_home(const std::string& folder) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || (folder != "~" && !folder.starts_with("~/"))) return folder;
  return home + folder.substr(1);
}

}  // namespace

void add_completion_command(const CommandSet& set) {
  auto shell = std::make_shared<std::string>();
  CommandOptions completion =
      set.add("completion", "Prints what makes a shell complete moondial's words");
  completion.option("SHELL", *shell, "bash, zsh or fish")
      .required()
      .one_of({"bash", "zsh", "fish"});
  completion.footer(
      "Example: moondial completion bash > ~/.local/share/bash-completion/completions/moondial\n"
      "bash:  eval \"$(moondial completion bash)\"    in ~/.bashrc\n"
      "zsh:   eval \"$(moondial completion zsh)\"     in ~/.zshrc, after compinit\n"
      "fish:  moondial completion fish | source     in ~/.config/fish/config.fish\n"
      "Commands, options, runs, and the project's tasks, parameters and their values.");
  completion.action([=] { return print_script(*shell); });
}

Action complete_action(const CLI::App& app, std::vector<std::string> words) {
  return [commands = shape_of(app), words = std::move(words)] {
    EngineCompletionSource source(at_home(directory_among(words)));
    print(completion_lines(complete(commands, words, source)));
    return kExitOk;
  };
}

}  // namespace moondial
