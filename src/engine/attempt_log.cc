#include "engine/attempt_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/date.h"

namespace moondial {
namespace {

constexpr size_t kLongestLine = 64 << 10;
constexpr size_t kTailLines = 8;
constexpr size_t kReadBytes = 64 << 10;

}  // namespace

std::string log_path(const std::string& state_dir, AttemptId attempt) {
  // A thousand logs a directory.
  return state_dir + "/logs/" + std::to_string(attempt.value / 1000) + "/" +
         std::to_string(attempt.value) + ".log";
}

AttemptLog::AttemptLog(const Clock& clock, std::string path,
                       std::function<void(std::string_view)> on_line, int64_t bound_bytes)
    : clock_(clock), path_(std::move(path)), on_line_(std::move(on_line)), bound_(bound_bytes) {}

AttemptLog::~AttemptLog() {
  if (fd_ >= 0) ::close(fd_);
}

void AttemptLog::output(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const size_t room = kLongestLine - partial_.size();
    if (end != std::string_view::npos && end <= room) {
      partial_.append(bytes.substr(0, end));
      bytes.remove_prefix(end + 1);
    } else if (bytes.size() < room) {
      partial_.append(bytes);
      break;
    } else {
      partial_.append(bytes.substr(0, room));
      bytes.remove_prefix(room);
    }
    output_line();
  }
  write_out();
}

void AttemptLog::output_line() {
  if (again_ > 0) {
    --again_;
    add_to_tail(std::move(partial_));
  } else {
    line("", partial_);
  }
  partial_.clear();
}

void AttemptLog::end_line() {
  if (!partial_.empty()) output_line();
  write_out();
}

void AttemptLog::lines(std::string_view level, std::string_view text) {
  if (!partial_.empty()) output_line();
  again_ = 0;  // the command's output is over
  std::string prefix;
  if (!level.empty() && level != "print") prefix = std::string(level) + ": ";
  for (;;) {
    const size_t end = text.find('\n');
    line(prefix, text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  write_out();
}

void AttemptLog::line(std::string_view prefix, std::string_view text) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  std::string whole(prefix);
  whole += text;
  if (on_line_) on_line_(whole);
  if (written_ + static_cast<int64_t>(pending_.size()) >= bound_) {
    ++dropped_lines_;
  } else {
    pending_ += format_rfc3339(clock_.utc(), "");
    pending_ += ' ';
    pending_ += whole;
    pending_ += '\n';
    ++lines_;
  }
  add_to_tail(std::move(whole));
}

void AttemptLog::add_to_tail(std::string text) {
  tail_.push_back(std::move(text));
  if (tail_.size() > kTailLines) tail_.pop_front();
}

void AttemptLog::resume(uint64_t kept) {
  const int fd = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  std::string buffer(kReadBytes, '\0');
  std::string text;  // of the line that goes on
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    std::string_view rest(buffer.data(), static_cast<size_t>(got));
    for (size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      text += rest.substr(0, end);
      written_ += static_cast<int64_t>(text.size()) + 1;
      ++lines_;
      add_to_tail(text.substr(std::min(text.size(), text.find(' ') + 1)));  // without its time
      text.clear();
      rest.remove_prefix(end + 1);
    }
    text += rest;
  }
  if (!text.empty()) broken_ = ::ftruncate(fd, written_) != 0;
  ::close(fd);
  again_ = lines_ > kept ? lines_ - kept : 0;
}

void AttemptLog::finish() {
  if (!partial_.empty()) output_line();
  if (dropped_lines_ > 0) {
    pending_ += format_rfc3339(clock_.utc(), "") +
                " log cut here: " + std::to_string(dropped_lines_) + " more lines\n";
    dropped_lines_ = 0;
  }
  write_out();
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void AttemptLog::write_out() {
  if (pending_.empty() || broken_) return;
  if (fd_ < 0) {
    const std::string dir = path_.substr(0, path_.rfind('/'));
    ::mkdir(dir.substr(0, dir.rfind('/')).c_str(), 0700);
    ::mkdir(dir.c_str(), 0700);
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  std::string_view rest = pending_;
  while (fd_ >= 0 && !rest.empty()) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    rest.remove_prefix(static_cast<size_t>(n));
    written_ += n;
  }
  broken_ = !rest.empty();
  pending_.clear();
}

std::string AttemptLog::tail() const {
  std::string out;
  for (const std::string& one : tail_) {
    if (!out.empty()) out += '\n';
    out += one;
  }
  return out;
}

}  // namespace moondial
