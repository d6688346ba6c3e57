#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace moondial {

/// One part of a word of a command that is made before the paths of its outputs are known.
struct CommandPiece {
  enum class Kind : uint8_t {
    kLiteral,       ///< `text`
    kOutput,        ///< the path of output `output`, as it is
    kOutputQuoted,  ///< the same as one word of a POSIX shell
  };
  Kind kind = Kind::kLiteral;
  std::string text;
  uint32_t output = 0;  ///< index of an output
  bool operator==(const CommandPiece&) const = default;
};

/// A word: its pieces, one after another.
using CommandWord = std::vector<CommandPiece>;

/// The word with the paths put in; every index in it is below output_paths.size().
[[nodiscard]] std::string render(const CommandWord& word,
                                 std::span<const std::string> output_paths);

}  // namespace moondial
