#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/secret_masker.h"

namespace moondial {

struct EmittedValues {
  std::map<std::string, std::string> values;  ///< name → JSON value
  std::vector<std::string> problems;          ///< lines that were not understood, for the log
};

/// Understands the lines `name=value` that a command wrote to $MOONDIAL_EMIT. A value that reads as
/// a finite decimal number is a number, any other is a string of at most 1 KiB. Names are
/// [%a_][%w_.]*. Later lines win; empty lines are skipped.
[[nodiscard]] EmittedValues parse_emitted(std::string_view text);

/// Where the command of an attempt writes what it emits: $MOONDIAL_EMIT.
[[nodiscard]] std::string emit_path(const std::string& state_dir, AttemptId attempt);

/// Reads the file of an attempt, at most 64 KiB of it; nothing if there is none. What
/// it holds of secrets is masked before anything is made of it.
[[nodiscard]] EmittedValues read_emit_file(const std::string& path, const SecretMasker& masker);

/// Removes it, if it is there.
void forget_emit_file(const std::string& state_dir, AttemptId attempt);

/// The text that an emitted value stands for in a command: of a string what it holds.
[[nodiscard]] std::string emitted_text(const std::string& json);

/// A JSON string or number with what it holds of secrets masked: a string, where it held some.
[[nodiscard]] std::string mask_json(const SecretMasker& masker, const std::string& json);

}  // namespace moondial
