#include "base/shell_script.h"

#include <map>
#include <set>
#include <utility>

#include "base/text.h"

namespace moondial {
namespace {

/// Appends to a word, joining literals.
void append(CommandWord& word, std::string_view text) {
  if (text.empty()) return;
  if (word.empty() || word.back().kind != CommandPiece::Kind::kLiteral) word.emplace_back();
  word.back().text += text;
}

Error nul_byte(const std::string& where) {
  return Error{Code::kInvalid, where + " holds a NUL byte, which no command can take", {}};
}

class Builder {
 public:
  explicit Builder(const ShellResolver& resolve) : resolve_(resolve) {}

  Result<CommandWord> build(std::span<const TemplatePiece> pieces) {
    for (const TemplatePiece& piece : pieces) {
      Status added = piece.is_placeholder ? add_placeholder(piece) : add_literal(piece.text);
      if (!added.ok()) return added.error();
    }
    for (CommandPiece& piece : script_) {
      if (piece.kind == CommandPiece::Kind::kLiteral) {
        append(assignments_, piece.text);
      } else {
        assignments_.push_back(std::move(piece));
      }
    }
    return std::move(assignments_);
  }

 private:
  Status add_literal(const std::string& text) {
    if (text.find('\0') != std::string::npos) return nul_byte("the command");
    append(script_, text);
    return Status();
  }

  Status add_placeholder(const TemplatePiece& piece) {
    const auto known = uses_.find({piece.path, piece.format});
    if (known != uses_.end()) {
      append(script_, known->second);
      return Status();
    }
    auto words = resolve_(piece);
    if (!words.ok()) return words.status();
    std::string use;
    for (size_t i = 0; i < words->size(); ++i) {
      const ShellWord& word = (*words)[i];
      if (word.kind == ShellWord::Kind::kText && word.text.find('\0') != std::string::npos) {
        return nul_byte("the value of " + printable(piece.text));
      }
      if (i > 0) use += ' ';
      use += "\"$" + variable(piece, i, words->size(), word) + "\"";
    }
    append(script_, use);
    uses_.emplace(std::pair(piece.path, piece.format), std::move(use));
    return Status();
  }

  /// The variable that holds `word`, assigned if need be.
  std::string variable(const TemplatePiece& piece, size_t index, size_t count,
                       const ShellWord& word) {
    if (word.kind == ShellWord::Kind::kVariable) return word.text;
    std::string base = "__moondial";
    for (const std::string& part : piece.path) base += "_" + part;
    if (count > 1) base += "_" + std::to_string(index + 1);
    // ${a.b} and ${a_b}, ${date} and ${date:%Y} would share a name.
    std::string name = base;
    for (int copy = 2; !names_.insert(name).second; ++copy) {
      name = base + "_v" + std::to_string(copy);
    }
    append(assignments_, name + "=");
    if (word.kind == ShellWord::Kind::kOutput) {
      assignments_.push_back({CommandPiece::Kind::kOutputQuoted, "", word.output});
    } else if (word.kind == ShellWord::Kind::kEmitted) {
      assignments_.push_back({CommandPiece::Kind::kEmittedQuoted, word.text, 0});
    } else {
      append(assignments_, shell_quote(word.text));
    }
    append(assignments_, "; ");
    return name;
  }

  const ShellResolver& resolve_;
  CommandWord assignments_;
  CommandWord script_;
  std::map<std::pair<std::vector<std::string>, std::string>, std::string> uses_;
  std::set<std::string> names_;
};

}  // namespace

Result<CommandWord> shell_script(std::span<const TemplatePiece> pieces,
                                 const ShellResolver& resolve) {
  return Builder(resolve).build(pieces);
}

}  // namespace moondial
