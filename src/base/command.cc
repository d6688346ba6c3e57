#include "base/command.h"

#include <cassert>

#include "base/text.h"

namespace moondial {

CommandPiece emitted_piece(const std::string& identity, const std::string& name, bool quoted) {
  using Kind = CommandPiece::Kind;
  return {quoted ? Kind::kEmittedQuoted : Kind::kEmitted, identity + '\0' + name, 0};
}

std::string render(const CommandWord& word, std::span<const std::string> output_paths,
                   const EmittedText& emitted) {
  std::string out;
  for (const CommandPiece& piece : word) {
    if (piece.kind == CommandPiece::Kind::kLiteral) {
      out += piece.text;
      continue;
    }
    if (piece.kind == CommandPiece::Kind::kEmitted ||
        piece.kind == CommandPiece::Kind::kEmittedQuoted) {
      const size_t split = piece.text.find('\0');
      const std::string value = emitted(piece.text.substr(0, split), piece.text.substr(split + 1));
      out += piece.kind == CommandPiece::Kind::kEmitted ? value : shell_quote(value);
      continue;
    }
    assert(piece.output < output_paths.size());
    const std::string& path = output_paths[piece.output];
    out += piece.kind == CommandPiece::Kind::kOutput ? path : shell_quote(path);
  }
  return out;
}

}  // namespace moondial
