#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace moondial::hold {

/// What to start, as the engine wrote it.
struct Order {
  /// NUL after each: directory, program, number of words, of secrets, words, secrets, environment.
  std::string text;
  std::string directory;
  const char* program = nullptr;
  std::string secrets;                   ///< NUL after each
  std::vector<char*> argv, environment;  ///< with a null pointer at the end; into text
};
/// Reads it whole; false if it makes no sense.
bool read_order(int fd, Order& order);

/// Milliseconds that only go forward.
int64_t now_ms();

/// The command and all that comes of it. This process is the reaper of them, and of nothing else:
/// all its children are the command's.
class Command {
 public:
  /// Starts it with its output to `output`. Returns 0, or the errno.
  int start(const Order& order, int output);

  [[nodiscard]] int pid() const { return pid_; }
  /// TERM now, KILL after the grace; asked again, the shorter time counts.
  void stop(int64_t grace_ms);
  /// Goes on with its end, as far as that is possible now. `output_open`: somebody may still write.
  void go_on(bool output_open);
  /// Nothing is left of it but its exit status, which take_exit() takes.
  [[nodiscard]] bool is_over() const { return over_; }
  /// When go_on() wants to be called at the latest, or -1.
  [[nodiscard]] int64_t due_ms() const;

  /// Reaps the leader. The line of hold_protocol.h, with its end.
  [[nodiscard]] std::string take_exit();
  /// A line for each process that was left behind and ended.
  [[nodiscard]] const std::string& leftovers() const { return leftovers_; }

 private:
  [[nodiscard]] bool group_lives() const;
  [[nodiscard]] bool waits(bool output_open) const;
  void clear();

  int pid_ = 0;
  int64_t started_us_ = 0;
  int64_t wall_us_ = 0;
  int64_t exited_ms_ = -1;
  int64_t kill_due_ms_ = -1;
  bool killed_ = false, clearing_ = false, over_ = false;
  std::set<int> named_, immune_;
  std::string leftovers_;
};

}  // namespace moondial::hold
