// Texts with ${…}, and the shell script that is made of one. Input: the template.
#include "base/template.h"

#include <algorithm>
#include <map>

#include "base/shell_script.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT

using Pieces = std::vector<TemplatePiece>;

std::string written(const Pieces& pieces) {
  std::string out;
  for (const TemplatePiece& piece : pieces) {
    for (size_t at = 0; at < piece.text.size(); ++at) {
      if (!piece.is_placeholder && piece.text.compare(at, 2, "${") == 0) out += '$';
      out += piece.text[at];
    }
  }
  return out;
}

/// Reads a word of a POSIX shell that stands in single quotes, with \' between them.
std::string read_quoted(std::string_view& rest) {
  std::string out;
  expect(rest.starts_with('\''), "a value begins with a quote");
  while (rest.starts_with('\'')) {
    const size_t end = rest.find('\'', 1);
    expect(end != std::string_view::npos, "a quote is closed");
    out += rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    if (rest.starts_with("\\'")) {
      out += '\'';
      rest.remove_prefix(2);
    }
  }
  return out;
}

/// What a script assigns before its first command, and the rest of it.
struct Script {
  std::map<std::string, std::string> variables;
  std::string body;
};

Script read_script(std::string_view text) {
  Script script;
  while (text.starts_with("__moondial")) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos ||
        text.substr(0, equals).find_first_of(" \n'\"$;") != std::string_view::npos) {
      break;
    }
    std::string_view rest = text.substr(equals + 1);
    if (!rest.starts_with('\'')) break;
    std::string value = read_quoted(rest);
    if (!rest.starts_with("; ")) break;
    const std::string name(text.substr(0, equals));
    expect(script.variables.emplace(name, std::move(value)).second, "a variable is assigned once");
    text = rest.substr(2);
  }
  script.body = text;
  return script;
}

/// The script, whose placeholders all stand for the words `values`; "" if it cannot be made.
std::string script_of(const Pieces& pieces, const std::vector<std::string>& values) {
  const auto script =
      shell_script(pieces, [&](const TemplatePiece&) -> Result<std::vector<ShellWord>> {
        std::vector<ShellWord> words;
        for (const std::string& value : values) {
          words.push_back({ShellWord::Kind::kText, value, 0});
        }
        return words;
      });
  return script.ok() ? render(*script, {}) : "";
}

/// No value meets the shell but as a quoted assignment, from which it reads back.
void check_script(const Pieces& pieces, const std::string& text) {
  const bool has_placeholder =
      std::ranges::any_of(pieces, [](const TemplatePiece& p) { return p.is_placeholder; });
  if (!has_placeholder || text.find('\0') != std::string::npos) return;
  const std::vector<std::string> hostile = {"';$(touch /x)`id`\"\n# ", text, "''\\'"};
  const Script plain = read_script(script_of(pieces, {"a", "b", "c"}));
  const Script script = read_script(script_of(pieces, hostile));
  expect_same(script.body, plain.body, "the command is the same whatever the values are");
  expect(script.variables.size() % 3 == 0 && !script.variables.empty(),
         "each placeholder has a variable for each word");
  for (const auto& [name, value] : script.variables) {
    expect(value == hostile[0] || value == hostile[1] || value == hostile[2],
           "a value reads back as it was");
    expect(script.body.find("\"$" + name + "\"") != std::string::npos, "a variable is used");
  }
}

}  // namespace

FUZZ_TARGET(template_text) {
  const auto shell = parse_template(input, TemplateKind::kShell);
  const auto pieces = parse_template(input, TemplateKind::kText);
  expect(!shell.ok() || pieces.ok(), "what a command may be, any text may be");
  if (!pieces.ok()) return expect(!pieces.error().message.empty(), "an error says what is wrong");
  for (size_t i = 0; i < pieces->size(); ++i) {
    const TemplatePiece& piece = (*pieces)[i];
    expect(piece.text.empty() == false, "a piece is something");
    expect(piece.is_placeholder != piece.path.empty(), "a placeholder names something");
    expect(i == 0 || piece.is_placeholder || (*pieces)[i - 1].is_placeholder,
           "literals are merged");
  }
  const auto again = parse_template(written(*pieces), TemplateKind::kText);
  expect(again.ok() && *again == *pieces, "a template that is written out reads as the same");
  if (shell.ok()) check_script(*shell, std::string(input));
}
