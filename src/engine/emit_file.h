#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace moondial {

struct EmittedValues {
  std::map<std::string, std::string> values;  ///< name → JSON value
  std::vector<std::string> problems;          ///< lines that were not understood, for the log
};

/// Understands the lines `name=value` that a command wrote to $MOONDIAL_EMIT. A value that reads as
/// a finite decimal number is a number, any other is a string of at most 1 KiB. Names are
/// [%a_][%w_.]*. Later lines win; empty lines are skipped.
[[nodiscard]] EmittedValues parse_emitted(std::string_view text);

/// Reads and removes the file of an attempt, at most 64 KiB of it; nothing if there is none.
[[nodiscard]] EmittedValues read_emit_file(const std::string& path);

}  // namespace moondial
