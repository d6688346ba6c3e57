#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "cli/api_data.h"
#include "cli/terminal.h"

namespace moondial {

/// Shows a run as it goes: on a terminal a block that is redrawn in place, at most ten times a
/// second, with what stays above it; else plain lines.
class RunDisplay {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RunDisplay(Terminal terminal) : terminal_(terminal) {}
  ~RunDisplay() { clear(); }
  RunDisplay(const RunDisplay&) = delete;
  RunDisplay& operator=(const RunDisplay&) = delete;

  void progress(ProgressData data, Time now);
  void change(const ChangeData& change);
  /// A line of our own, which stays.
  void say(const std::string& line);

  /// Draws if there is something new and it is time for it.
  void draw(Time now);
  /// Takes the block away, so that other text can be written.
  void clear();

 private:
  Terminal terminal_;
  ProgressData data_;
  bool have_data_ = false;
  bool waits_for_space_ = false;  // as it was told
  std::set<std::string> told_missing_;
  Time told_;                         // data_
  Time drawn_;                        // last
  std::string lasting_;               // to be written above the block
  std::vector<size_t> drawn_widths_;  // of the lines of the block that is there
};

}  // namespace moondial
