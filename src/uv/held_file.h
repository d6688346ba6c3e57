#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/status.h"
#include "engine/process_runner.h"
#include "uv/unique_fd.h"

// The files that tell of held commands: <state>/held/<attempt>, and the socket beside each. What
// stands in them: uv/hold_protocol.h.

namespace moondial {

/// Of a file, what is known of its command.
struct HeldState {
  bool alive = false;                   ///< its holder is there
  bool readable = false;                ///< of this boot, and of a version that we know
  int pid = 0;                          ///< of the command
  bool delivered = false;               ///< an engine had kept all of its output
  std::optional<CommandResult> result;  ///< it is over
};

/// The directory of such files. Constant after construction; makes nothing before create().
class HeldFiles {
 public:
  explicit HeldFiles(std::string state_dir) : directory_(std::move(state_dir) + "/held") {}

  /// A new file, with its first line, locked for as long as the descriptor or a copy of it is open.
  [[nodiscard]] Result<UniqueFd> create(AttemptId attempt) const;
  [[nodiscard]] HeldState look(AttemptId attempt) const;
  [[nodiscard]] std::vector<AttemptId> list() const;
  void remove(AttemptId attempt) const;
  /// To the holder's socket; blocking.
  [[nodiscard]] Result<UniqueFd> connect(AttemptId attempt) const;
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  [[nodiscard]] std::string path(AttemptId attempt) const;

  const std::string directory_;
};

/// What a holder says when nothing of its command is left: the exit line, and a line for each
/// process that was left behind. Nothing if it makes no sense.
[[nodiscard]] std::optional<CommandResult> parse_held_exit(std::string_view text);

}  // namespace moondial
