#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace moondial {

/// Reads lines from a terminal, which people can edit. One at a time in a process.
class LineEditor {
 public:
  struct Completion {
    size_t replaced = 0;             ///< bytes before the cursor that a text stands for
    std::vector<std::string> texts;  ///< each begins with those bytes
  };
  enum class Signal { kNone, kInterrupt, kEnd };
  struct Events {
    /// What may stand at the end of what was typed of the line.
    std::function<Completion(const std::string& before)> complete;
    int signal_fd = -1;
    std::function<Signal()> signal;  ///< asked when `signal_fd` is readable
  };
  struct Read {
    enum class End { kLine, kInterrupted, kEnd };
    End end = End::kEnd;
    std::string line;  ///< without its line end
  };

  explicit LineEditor(Events events);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  [[nodiscard]] Read read(const std::string& prompt);
  /// What the arrow keys go through, the oldest first.
  void set_history(const std::deque<std::string>& lines);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What all of them begin with.
[[nodiscard]] std::string common_beginning(const std::vector<std::string>& texts);

/// Words in columns, one below the other, each line at most `width` columns wide.
[[nodiscard]] std::string in_columns(const std::vector<std::string>& words, size_t width);

}  // namespace moondial
