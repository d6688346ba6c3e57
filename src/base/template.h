#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace moondial {

/// One part of a text with `${…}`: either literal text or a placeholder.
struct TemplatePiece {
  bool is_placeholder = false;
  std::string text;               ///< the literal text, or the placeholder as written, for errors
  std::vector<std::string> path;  ///< `${input.cost}` → {"input", "cost"}; names are [%a_][%w_]*,
                                  ///< later parts may also be numbers (`${output.1}`)
  std::string format;             ///< `${date:%Y%m%d}` → "%Y%m%d"; "" if none
  bool operator==(const TemplatePiece&) const = default;
};

/// Where a template stands, which decides where a placeholder may stand in it.
enum class TemplateKind {
  kText,   ///< output, env, cwd, reads, an element of a sh list: anywhere
  kShell,  ///< a sh string: only where the shell would read an unquoted word
};

/// Splits `text` into pieces. `$${` is a literal `${`; a `$` not followed by `{` is literal.
/// Adjacent literals are merged. Errors (kInvalid) say what is wrong, quote the placeholder and
/// give the way out: an unclosed or empty `${`, a malformed name, and for kShell a placeholder
/// inside single, double or $'…' quotes, backticks, a here-document or its delimiter, a comment,
/// an arithmetic expansion, or right after a backslash.
///
/// For kShell this is a reader of the shell's quoting, not of its grammar; it follows quotes
/// through nested $(…), and where it cannot be sure it refuses. It only serves clear errors:
/// values never meet the shell as text (see ShellScript), so that a mistake here is no hole.
[[nodiscard]] Result<std::vector<TemplatePiece>> parse_template(std::string_view text,
                                                                TemplateKind kind);

}  // namespace moondial
