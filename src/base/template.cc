#include "base/template.h"

#include <algorithm>

#include "base/shell_reader.h"
#include "base/text.h"

namespace moondial {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name(std::string_view part) {
  return !part.empty() && is_letter(part.front()) &&
         std::ranges::all_of(part, [](char c) { return is_letter(c) || is_digit(c); });
}
bool is_index(std::string_view part) {
  return !part.empty() && std::ranges::all_of(part, is_digit);
}

/// A placeholder as far as it fits in a message.
std::string shorten(std::string_view written) {
  constexpr size_t kShown = 40;
  const std::string_view shown = written.substr(0, std::min(written.find('\n'), kShown));
  return printable(shown) + (shown.size() < written.size() ? "…" : "");
}

/// Splits a placeholder, `${…}` as written, into `piece`; returns what is wrong with it, or "".
std::string read_placeholder(std::string_view written, TemplateKind kind, TemplatePiece& piece) {
  piece.is_placeholder = true;
  piece.text = std::string(written);
  const std::string quoted = shorten(written);
  const std::string_view inside = written.substr(2, written.size() - 3);
  if (inside.empty()) return quoted + " names nothing; a literal ${ is written $${";
  const std::string own = kind == TemplateKind::kShell ? "; the shell's own is written $" + quoted
                                                       : "; a literal ${ is written $${";

  const size_t colon = inside.find(':');
  std::string_view names = inside.substr(0, colon);
  if (colon != std::string_view::npos) {
    piece.format = std::string(inside.substr(colon + 1));
    if (piece.format.find('%') == std::string::npos) {
      return quoted + ": what follows the colon is no format (like ${date:%Y%m%d})" + own;
    }
  }
  for (;;) {
    const size_t dot = names.find('.');
    const std::string_view part = names.substr(0, dot);
    if (!is_name(part) && (piece.path.empty() || !is_index(part))) {
      std::string problem = quoted;
      problem += ": \"" + printable(part) + "\" is no name";
      return problem += own;
    }
    piece.path.emplace_back(part);
    if (dot == std::string_view::npos) return "";
    names.remove_prefix(dot + 1);
  }
}

class Splitter {
 public:
  Splitter(std::string_view text, TemplateKind kind) : text_(text), kind_(kind) {}

  /// Fills `pieces` and `problems`.
  void run() {
    size_t literal = 0;  // where the literal that is being read began
    for (size_t at = text_.find('$'); at != std::string_view::npos; at = text_.find('$', at)) {
      if (text_.substr(at, 3) == "$${") {
        add_literal(text_.substr(literal, at - literal));
        literal = at + 1;
        at += 3;
      } else if (text_.substr(at, 2) == "${") {
        add_literal(text_.substr(literal, at - literal));
        at = literal = add_placeholder(at);
      } else {
        ++at;
      }
    }
    add_literal(text_.substr(literal));
  }

  std::vector<TemplatePiece> pieces;
  std::vector<std::string> problems;

 private:
  void add_literal(std::string_view text) {
    if (text.empty()) return;
    if (!pieces.empty() && !pieces.back().is_placeholder) {
      pieces.back().text += text;
      return;
    }
    TemplatePiece piece;
    piece.text = std::string(text);
    pieces.push_back(std::move(piece));
  }

  /// Reads the placeholder at `at`; returns where the text goes on.
  size_t add_placeholder(size_t at) {
    const size_t end = text_.find('}', at);
    if (end == std::string_view::npos) {
      problems.push_back(shorten(text_.substr(at)) +
                         " is not closed with }; a literal ${ is written $${");
      return text_.size();
    }
    TemplatePiece piece;
    std::string problem = read_placeholder(text_.substr(at, end + 1 - at), kind_, piece);
    if (!problem.empty()) problems.push_back(std::move(problem));
    pieces.push_back(std::move(piece));
    return end + 1;
  }

  const std::string_view text_;
  const TemplateKind kind_;
};

}  // namespace

Result<std::vector<TemplatePiece>> parse_template(std::string_view text, TemplateKind kind) {
  Splitter splitter(text, kind);
  splitter.run();
  std::vector<std::string>& problems = splitter.problems;
  if (problems.empty() && kind == TemplateKind::kShell) {
    problems = misplaced_placeholders(splitter.pieces);
  }
  if (problems.empty()) return std::move(splitter.pieces);
  std::string message;
  for (const std::string& problem : problems) message += (message.empty() ? "" : "; ") + problem;
  return Error{Code::kInvalid, std::move(message), {}};
}

}  // namespace moondial
