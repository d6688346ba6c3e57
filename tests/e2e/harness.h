#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace moondial::e2e {

/// Whether the binary was built with a sanitizer, unlike these tests.
[[nodiscard]] bool is_sanitized();

/// What a command of ours left.
struct Finished {
  int code = -1;  ///< exit status, or 128 + signal
  std::string out;
  std::string err;
  /// `out` as JSON; fails the test if it is none.
  [[nodiscard]] Json json() const;
  /// Everything, for a test's message.
  [[nodiscard]] std::string all() const;
};

/// A running command.
class Running {
 public:
  explicit Running(pid_t pid, int out_fd, int err_fd);
  ~Running();
  Running(Running&& other) noexcept;
  Running& operator=(Running&&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int signum) const;
  /// Reads on until its standard output or error holds `text`; fails the test if it ends without.
  void wait_for_output(std::string_view text);
  /// Waits for its end; fails the test after a minute.
  Finished finish();

 private:
  bool read_some(std::chrono::milliseconds patience);

  pid_t pid_;
  int out_fd_;
  int err_fd_;
  Finished result_;
};

/// A project of its own in a new directory, driven from outside through the binary. At its end its
/// engine is ended and the directory removed.
class Project {
 public:
  Project();
  ~Project();
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view path) const {
    return root_ / path;
  }

  void write(const std::string& path, std::string_view text) const;
  /// Writes a file beside it and renames that over it, so that nobody sees a part of it.
  void replace(const std::string& path, std::string_view text) const;
  [[nodiscard]] std::string read(const std::string& path) const;
  [[nodiscard]] bool exists(const std::string& path) const;

  /// Whether it has a whole line by now: a shell creates what it redirects into before it writes.
  [[nodiscard]] bool has_line(const std::string& path) const;
  void copy_in(const std::filesystem::path& from, const std::string& to) const;
  /// Removes a directory and all below it, also while an engine that ends removes its own things
  /// there.
  void remove_tree(const std::string& path) const;

  /// Runs `moondial ARGS…` in the project's root.
  [[nodiscard]] Finished moondial(const std::vector<std::string>& args,
                                  const std::map<std::string, std::string>& environment = {}) const;
  [[nodiscard]] Running start(const std::vector<std::string>& args,
                              const std::map<std::string, std::string>& environment = {}) const;

  /// The process that holds engine.lock, or 0.
  [[nodiscard]] pid_t engine_pid() const;
  /// Waits until no engine holds the project.
  void wait_for_engine_end() const;
  /// What `PRAGMA integrity_check` says of the record, once no engine holds it.
  [[nodiscard]] std::string integrity() const;

 private:
  std::filesystem::path root_;
};

/// Waits until `condition` holds; fails the test after a minute, naming `what`.
void wait_until(std::string_view what, const std::function<bool()>& condition);

/// A process that is there and has not ended (one that waits to be reaped has).
bool is_alive(pid_t pid);

/// Runs any program and waits for it.
Finished run_program(const std::vector<std::string>& argv, const std::filesystem::path& cwd,
                     const std::map<std::string, std::string>& environment = {});

/// Starts any program.
Running start_program(const std::vector<std::string>& argv, const std::filesystem::path& cwd);

/// Whether there is such a program on this machine.
bool has_program(const std::string& name);

}  // namespace moondial::e2e
