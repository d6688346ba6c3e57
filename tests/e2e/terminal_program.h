// A program on a terminal of its own: what is typed meets it as a person's keys do.
#pragma once

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/catch.h"

namespace moondial::e2e {

class TerminalProgram {
 public:
  TerminalProgram(const std::vector<std::string>& argv, const std::filesystem::path& cwd,
                  const std::map<std::string, std::string>& environment) {
    winsize size{25, 200, 0, 0};
    pid_ = ::forkpty(&fd_, nullptr, nullptr, &size);
    REQUIRE(pid_ >= 0);
    if (pid_ > 0) return;
    ::setenv("TERM", "dumb", 1);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    if (::chdir(cwd.c_str()) == 0) ::execvp(words[0], words.data());
    ::_exit(127);
  }
  ~TerminalProgram() {
    if (fd_ >= 0) ::close(fd_);
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  TerminalProgram(const TerminalProgram&) = delete;
  TerminalProgram& operator=(const TerminalProgram&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void type(std::string_view keys) const {
    REQUIRE(::write(fd_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
  }
  /// Reads on until the screen shows `text`, and gives what came before it; fails the test after
  /// half a minute without a word.
  std::string wait_for(std::string_view text) {
    while (screen_.find(text) == std::string::npos) {
      INFO("waiting for " << text << " on:\n" << screen_);
      REQUIRE(read_some());
    }
    const size_t at = screen_.find(text);
    std::string before = screen_.substr(0, at);
    screen_.erase(0, at + text.size());
    return before;
  }
  /// Its exit status, once it has ended; -1 if a signal ended it: ours, if it says nothing and does
  /// not end for half a minute.
  int wait_for_end() {
    while (read_some()) {
    }
    INFO("it has said:\n" << screen_);
    ::close(std::exchange(fd_, -1));  // a terminal that is gone ends what still reads from it
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  bool read_some() {
    pollfd polled{fd_, POLLIN, 0};
    if (::poll(&polled, 1, 30'000) <= 0) return false;
    char buffer[4096];
    const ssize_t n = ::read(fd_, buffer, sizeof buffer);
    if (n > 0) screen_.append(buffer, static_cast<size_t>(n));
    return n > 0;
  }

  pid_t pid_ = -1;
  int fd_ = -1;
  std::string screen_;
};

}  // namespace moondial::e2e
