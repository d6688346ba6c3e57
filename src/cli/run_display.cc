#include "cli/run_display.h"

#include <algorithm>
#include <utility>

#include "cli/progress_view.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

constexpr std::chrono::milliseconds kPace(100);

/// Without colours.
size_t visible_width(std::string_view line) {
  std::string plain;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      i = std::min(line.find('m', i), line.size() - 1);
    } else {
      plain += line[i];
    }
  }
  return display_width(plain);
}

}  // namespace

void RunDisplay::progress(ProgressData data, Time now) {
  const bool waits = !data.space.empty();
  if (waits != std::exchange(waits_for_space_, waits)) {
    say(waits ? data.space : "there is disk space again");
  }
  for (const MissingData& task : data.missing) {
    if (told_missing_.insert(task.id).second) say("waiting " + task.id + ": " + task.why);
  }
  data_ = std::move(data);
  have_data_ = true;
  told_ = now;
}

void RunDisplay::change(const ChangeData& change) {
  const std::string text = change_text(change, terminal_);
  if (terminal_.live) {
    lasting_ += text;
  } else if (!text.empty()) {
    terminal_.write(text);
  }
}

void RunDisplay::say(const std::string& line) {
  if (terminal_.live) {
    lasting_ += line + "\n";
    drawn_ = {};
  } else {
    terminal_.write(line + "\n");
  }
}

void RunDisplay::draw(Time now) {
  if (!terminal_.live || !have_data_ || now - drawn_ < kPace) return;
  drawn_ = now;
  const Terminal::Size size = terminal_.size();
  const double since = std::chrono::duration<double>(now - told_).count();
  const auto lines = progress_lines(data_, since, size, terminal_);

  // One write a frame, so that it does not flicker.
  std::string frame;
  if (const size_t rows = rows_taken(drawn_widths_, size.columns); rows > 0) {
    frame = "\r\x1b[" + std::to_string(rows) + "A\x1b[J";
  }
  frame += std::exchange(lasting_, {});
  drawn_widths_.clear();
  for (const std::string& line : lines) {
    frame += line + "\n";
    drawn_widths_.push_back(visible_width(line));
  }
  terminal_.write(frame);
}

void RunDisplay::clear() {
  if (!terminal_.live) return;
  std::string frame;
  if (const size_t rows = rows_taken(drawn_widths_, terminal_.size().columns); rows > 0) {
    frame = "\r\x1b[" + std::to_string(rows) + "A\x1b[J";
  }
  drawn_widths_.clear();
  terminal_.write(frame + std::exchange(lasting_, {}));
}

}  // namespace moondial
