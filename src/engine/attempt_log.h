#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"

namespace moondial {

/// Where the log of an attempt is kept, beneath the state directory.
[[nodiscard]] std::string log_path(const std::string& state_dir, AttemptId attempt);

/// What an attempt says, kept line by line, each behind its time (RFC 3339, UTC). The file is made
/// when the first byte arrives, and is cut at a bound: lines after that are counted, and the count
/// is the last line. A line that is longer than 64 KiB is broken. A log that cannot be written
/// (disk full) loses lines and never the attempt. Loop thread only.
class AttemptLog {
 public:
  static constexpr int64_t kDefaultBound = 64 << 20;

  /// `on_line` gets each whole line without its time; may be empty. `clock` outlives this.
  AttemptLog(const Clock& clock, std::string path, std::function<void(std::string_view)> on_line,
             int64_t bound_bytes = kDefaultBound);
  ~AttemptLog();
  AttemptLog(const AttemptLog&) = delete;
  AttemptLog& operator=(const AttemptLog&) = delete;

  /// Raw output of a command, in pieces of any size.
  void output(std::string_view bytes);
  /// One or more whole lines of the script, or of moondial itself: `level` is "" or "warn" ….
  void lines(std::string_view level, std::string_view text);
  /// Goes on with a log that another process has begun, if there is one: what it had not written
  /// whole is cut off. The command's output comes again from where there were `kept` lines; those
  /// lines of it that are there are neither written nor told again.
  void resume(uint64_t kept);
  /// Lines in the file, up to where the command's output is by now.
  [[nodiscard]] uint64_t lines_written() const { return lines_ - again_; }
  /// Nothing of output() waits for the end of its line.
  [[nodiscard]] bool at_line_start() const { return partial_.empty(); }
  /// Ends an unfinished line of output().
  void end_line();
  /// Ends an unfinished line and writes all out.
  void finish();
  /// The last lines, at most eight, joined by line ends.
  [[nodiscard]] std::string tail() const;

 private:
  void line(std::string_view prefix, std::string_view text);
  void output_line();
  void add_to_tail(std::string text);
  void write_out();

  const Clock& clock_;
  const std::string path_;
  const std::function<void(std::string_view)> on_line_;
  const int64_t bound_;
  int fd_ = -1;
  bool broken_ = false;
  int64_t written_ = 0;
  uint64_t lines_ = 0;  // in the file
  uint64_t again_ = 0;  // so many lines of output() are there already
  int64_t dropped_lines_ = 0;
  std::string partial_;  // of output()
  std::string pending_;  // lines not yet written
  std::deque<std::string> tail_;
};

}  // namespace moondial
