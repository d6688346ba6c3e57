#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace moondial {

/// One part of a word of a command that is made before the paths of its outputs are known, and
/// before what its requirements emit is.
struct CommandPiece {
  enum class Kind : uint8_t {
    kLiteral,       ///< `text`
    kOutput,        ///< the path of output `output`, as it is
    kOutputQuoted,  ///< the same as one word of a POSIX shell
    kEmitted,       ///< what a task emitted: `text` is its identity, NUL, the name of the value
    kEmittedQuoted,
  };
  Kind kind = Kind::kLiteral;
  std::string text;
  uint32_t output = 0;  ///< index of an output
  bool operator==(const CommandPiece&) const = default;
};

/// A word: its pieces, one after another.
using CommandWord = std::vector<CommandPiece>;

/// Gives the text of a value that the last success of a task emitted.
using EmittedText =
    std::function<std::string(const std::string& identity, const std::string& name)>;

/// The piece that stands for such a value.
[[nodiscard]] CommandPiece emitted_piece(const std::string& identity, const std::string& name,
                                         bool quoted);

/// The word with the paths put in; every index in it is below output_paths.size().
[[nodiscard]] std::string render(const CommandWord& word, std::span<const std::string> output_paths,
                                 const EmittedText& emitted = {});

}  // namespace moondial
