#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace moondial {

/// What a command line says: what to do, or else what to print and with which status to end.
struct ParsedCommand {
  Action action;  ///< empty: only print
  int status = kExitOk;
  std::string out;
  std::string err;
};

/// Reads the words after the program's name. Does nothing else.
[[nodiscard]] ParsedCommand parse_command_line(const std::vector<std::string>& words,
                                               const EntryPoints& entries);

/// The program.
int cli_main(int argc, const char* const* argv, const EntryPoints& entries);

}  // namespace moondial
