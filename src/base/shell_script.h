#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/command.h"
#include "base/status.h"
#include "base/template.h"

namespace moondial {

/// A word that a placeholder of a shell command stands for.
struct ShellWord {
  enum class Kind : uint8_t {
    kText,      ///< `text`
    kOutput,    ///< the path of output `output`, known when the attempt starts
    kEmitted,   ///< a value that a task emitted: `text` is as of CommandPiece
    kVariable,  ///< what the environment variable `text` holds then (a secret never is in an argv)
  };
  Kind kind = Kind::kText;
  std::string text;
  uint32_t output = 0;
};

/// The words of a placeholder: none, one or several.
using ShellResolver = std::function<Result<std::vector<ShellWord>>(const TemplatePiece&)>;

/// The argument for a shell's -c that does what `pieces` (of parse_template(…, kShell)) say.
///
/// No value meets the shell as text: each is assigned, in single quotes, to a variable of its own,
/// and its place in the command is the quoted use of that variable:
///
///     sort ${input} > ${output}
///     __moondial_input='raw.csv'; __moondial_output='x.csv'; sort "$__moondial_input" > "$__mo…
///
/// So that a placeholder in a wrong place gives a wrong word, never a command. The assignments
/// stand in the command's first line, so that the shell's line numbers stay right unless a value
/// holds a newline. `resolve` is asked once for each distinct placeholder, in their order. Errors:
/// its own, and a NUL byte, which no argument can hold.
[[nodiscard]] Result<CommandWord> shell_script(std::span<const TemplatePiece> pieces,
                                               const ShellResolver& resolve);

}  // namespace moondial
