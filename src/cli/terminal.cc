#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace moondial {
namespace {

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "32";
    case Tone::kBad:
      return "1;31";
    case Tone::kWarn:
      return "33";
    case Tone::kActive:
      return "36";
    case Tone::kFaint:
      return "2";
    case Tone::kStrong:
      return "1";
    case Tone::kPlain:
      break;
  }
  return "";
}

int lost_output = 0;

void note_error(int fd) {
  // Who has closed it wants nothing of it.
  if (fd == STDOUT_FILENO && errno != EBADF && errno != EPIPE) lost_output = errno;
}

}  // namespace

int output_error() { return lost_output; }

std::string Terminal::paint(Tone tone, std::string_view text) const {
  const std::string_view code = code_of(tone);
  if (!colour || code.empty() || text.empty()) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

Terminal::Size Terminal::size() const {
  winsize window{};
  if (::ioctl(fd, TIOCGWINSZ, &window) == 0 && window.ws_col > 0) {
    return {window.ws_col, window.ws_row > 0 ? window.ws_row : size_t{24}};
  }
  const char* columns = std::getenv("COLUMNS");
  const long number = columns == nullptr ? 0 : std::strtol(columns, nullptr, 10);
  return {number > 0 && number < 10'000 ? static_cast<size_t>(number) : 80, 24};
}

void Terminal::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return note_error(fd);
    text.remove_prefix(static_cast<size_t>(n));
  }
}

Terminal terminal_of(int fd) {
  Terminal out;
  out.fd = fd;
  const char* kind = std::getenv("TERM");
  out.live = ::isatty(fd) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
  const char* no_colour = std::getenv("NO_COLOR");
  out.colour = out.live && (no_colour == nullptr || *no_colour == '\0');
  return out;
}

Tone tone_of(std::string_view state) {
  if (state == "done") return Tone::kGood;
  if (state == "failed" || state == "lost") return Tone::kBad;
  if (state == "running") return Tone::kActive;
  if (state == "complete" || state == "pending" || state == "ready") return Tone::kFaint;
  if (state == "upstream_failed" || state == "retrying" || state == "cancelled" ||
      state == "skipped" || state == "blocked") {
    return Tone::kWarn;
  }
  return Tone::kPlain;
}

}  // namespace moondial
