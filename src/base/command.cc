#include "base/command.h"

#include <cassert>

#include "base/text.h"

namespace moondial {

std::string render(const CommandWord& word, std::span<const std::string> output_paths) {
  std::string out;
  for (const CommandPiece& piece : word) {
    if (piece.kind == CommandPiece::Kind::kLiteral) {
      out += piece.text;
      continue;
    }
    assert(piece.output < output_paths.size());
    const std::string& path = output_paths[piece.output];
    out += piece.kind == CommandPiece::Kind::kOutput ? path : shell_quote(path);
  }
  return out;
}

}  // namespace moondial
