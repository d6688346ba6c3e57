#pragma once

#include <deque>
#include <string>

namespace moondial {

/// The lines that were typed, kept in a file of the user's alone. Each line is there once, where it
/// was typed last; the oldest go. Several that write at the same time lose nothing. A file that
/// cannot be read or written is gone without.
class LineHistory {
 public:
  static constexpr size_t kMost = 1000;

  explicit LineHistory(std::string path);

  /// The oldest first.
  [[nodiscard]] const std::deque<std::string>& lines() const { return lines_; }
  /// Empty lines are not kept.
  void add(const std::string& line);

 private:
  void put(const std::string& line);
  void write_anew() const;

  const std::string path_;
  std::deque<std::string> lines_;
};

}  // namespace moondial
