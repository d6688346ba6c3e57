#include "store/start_notes.h"

#include <fcntl.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <utility>

namespace moondial::store {
namespace {

/// From here on the file begins anew when none of its notes is needed.
constexpr size_t kEnough = size_t{1} << 20;

std::string line_of_this_boot() {
  std::string id;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
  return "boot " + id + "\n";
}

}  // namespace

StartNotes::~StartNotes() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<std::map<AttemptId, UtcTime>> StartNotes::read() const {
  std::ifstream file(path_);
  std::string line;
  if (!std::getline(file, line) || line + "\n" != line_of_this_boot()) return std::nullopt;
  std::map<AttemptId, UtcTime> started;
  while (std::getline(file, line)) {
    uint64_t attempt = 0;
    int64_t at = 0;
    if (std::sscanf(line.c_str(), "%" SCNu64 " %" SCNd64, &attempt, &at) != 2) return std::nullopt;
    started[AttemptId(attempt)] = UtcTime(Duration(at));
  }
  return started;
}

void StartNotes::begin() {
  if (has_begun()) return;
  first_line_ = line_of_this_boot();
  fd_ =
      ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd_ < 0) static_cast<void>(::unlink(path_.c_str()));  // no notes are better than old ones
  write(first_line_);
}

void StartNotes::started(AttemptId attempt, UtcTime at) {
  if (open_ == 0 && bytes_ > kEnough && ::ftruncate(fd_, 0) == 0) {
    bytes_ = 0;
    write(first_line_);
  }
  ++open_;
  write(std::to_string(attempt.value) + " " + std::to_string(at.time_since_epoch().count()) + "\n");
}

void StartNotes::kept() { --open_; }

void StartNotes::write(const std::string& text) {
  if (fd_ < 0) return;
  bytes_ += text.size();
  if (::write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size())) return;
  // Without their first line they tell nothing, which is right: one of them is missing.
  static_cast<void>(::ftruncate(fd_, 0));
  ::close(std::exchange(fd_, -1));
}

}  // namespace moondial::store
