#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "uv/hold_protocol.h"

namespace moondial::hold {

/// What a command has said and no engine has kept yet, in memory only: it may hold secrets, which
/// only an engine can mask.
class Output {
 public:
  /// Full: then no more is read, and the command waits at its next write.
  static constexpr size_t kBound = size_t{4} << 20;

  /// Takes what is in the pipe; past the bound if `at_end`. False when the pipe has ended.
  bool read(int pipe, bool at_end);
  [[nodiscard]] bool full() const { return kept_.size() >= kBound; }

  /// What comes after byte `from`, at most `most` bytes of it.
  [[nodiscard]] std::string_view after(uint64_t from, size_t most) const;
  [[nodiscard]] uint64_t end() const { return logged_.bytes + kept_.size(); }
  /// Forgets what an engine has kept.
  void logged(Position up_to);
  [[nodiscard]] Position logged() const { return logged_; }

 private:
  std::string kept_;
  Position logged_;
};

}  // namespace moondial::hold
