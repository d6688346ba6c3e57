#include "cli/line_history.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

namespace moondial {
namespace {

/// Writes to a file of the user's alone.
void write_file(const std::string& path, int flags, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  if (fd < 0) return;
  (void)!::write(fd, text.data(), text.size());
  ::close(fd);
}

}  // namespace

LineHistory::LineHistory(std::string path) : path_(std::move(path)) {
  std::ifstream file(path_);
  size_t read = 0;
  for (std::string line; std::getline(file, line); ++read) {
    if (!line.empty()) put(line);
  }
  if (read > lines_.size()) write_anew();
}

void LineHistory::add(const std::string& line) {
  if (line.find_first_not_of(" \t") == std::string::npos) return;
  if (line.find_first_of(std::string("\n\r\0", 3)) != std::string::npos) return;
  if (!lines_.empty() && lines_.back() == line) return;
  put(line);
  write_file(path_, O_APPEND, line + "\n");
}

void LineHistory::put(const std::string& line) {
  const auto before = std::ranges::find(lines_, line);
  if (before != lines_.end()) lines_.erase(before);
  lines_.push_back(line);
  if (lines_.size() > kMost) lines_.pop_front();
}

void LineHistory::write_anew() const {
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  const std::string aside = path_ + "~" + std::to_string(::getpid());
  write_file(aside, O_TRUNC, text);
  if (std::rename(aside.c_str(), path_.c_str()) != 0) ::unlink(aside.c_str());
}

}  // namespace moondial
