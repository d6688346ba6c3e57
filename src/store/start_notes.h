#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ids.h"

namespace moondial::store {

/// Which of the prepared attempts have started, in a small file beside the database.
///
/// How it works. A prepared attempt starts without waiting for the row of its start. A note of it
/// is written first, and not synced: that costs a microsecond, and what was written is there after
/// the death of this process. It is not after that of the machine, so the first line names the boot
/// in which the notes were written: in another one, nothing is known, and every attempt that was
/// prepared may have started. A note that cannot be written leads to the same. Loop thread only.
class StartNotes {
 public:
  /// Makes nothing.
  explicit StartNotes(std::string path) : path_(std::move(path)) {}
  ~StartNotes();
  StartNotes(const StartNotes&) = delete;
  StartNotes& operator=(const StartNotes&) = delete;

  /// When each started; nothing if that is not known.
  [[nodiscard]] std::optional<std::map<AttemptId, UtcTime>> read() const;

  /// Before anything is prepared: the notes of an earlier engine go, once.
  void begin();
  [[nodiscard]] bool has_begun() const { return !first_line_.empty(); }
  /// After begin().
  void started(AttemptId attempt, UtcTime at);
  /// The start of one of them is in the database.
  void kept();

 private:
  void write(const std::string& text);

  const std::string path_;
  std::string first_line_;  // empty: not begun
  int fd_ = -1;
  size_t bytes_ = 0;
  size_t open_ = 0;  // started, and not kept
};

}  // namespace moondial::store
