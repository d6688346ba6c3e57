#include "cli/progress_view.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cli/text_layout.h"

namespace moondial {
namespace {

constexpr size_t kBarWidth = 10;
constexpr size_t kTimeWidth = 7;
/// What an identity keeps when a progress text wants the room.
constexpr size_t kLeastId = 24;
/// Lines of an error that are shown at once.
constexpr size_t kErrorLines = 12;

std::string bar(double fraction) {
  const double filled = std::clamp(fraction, 0.0, 1.0) * kBarWidth;
  const auto full = static_cast<size_t>(std::floor(filled));
  std::string out;
  for (size_t i = 0; i < kBarWidth; ++i) out += i < full ? "█" : "░";
  return out;
}

std::string running_line(const RunningView& task, double since, size_t columns,
                         const Terminal& terminal) {
  std::string tail;
  if (task.fraction >= 0) {
    const auto percent = std::lround(std::clamp(task.fraction, 0.0, 1.0) * 100);
    tail = "  " + bar(task.fraction) + pad_left(std::to_string(percent) + "%", 5);
  }
  const std::string text(first_line(task.text));
  if (!text.empty()) tail += "  " + text;
  if (task.attempt > 1) tail += "  (attempt " + std::to_string(task.attempt) + ")";

  const size_t fixed = 2 + kTimeWidth;
  if (columns <= fixed) return "";
  const size_t room = columns - fixed;
  const size_t id_width =
      std::min(display_width(task.id),
               std::max(std::min(room, kLeastId), room - std::min(room, display_width(tail))));
  return terminal.paint(Tone::kFaint, pad_left(clock_time(task.seconds + since), kTimeWidth)) +
         "  " + terminal.paint(Tone::kActive, shorten_middle(task.id, id_width)) +
         shorten_end(tail, room - id_width);
}

int64_t count(const Counts& counts, const char* state) {
  const auto found = counts.find(state);
  return found == counts.end() ? 0 : found->second;
}

std::string sum_line(const ProgressData& progress, double since, size_t columns,
                     const Terminal& terminal) {
  const Counts& counts = progress.counts;
  int64_t total = 0;
  for (const auto& [state, n] : counts) total += n;
  const int64_t done = count(counts, "done") + count(counts, "complete") + count(counts, "skipped");
  std::vector<std::pair<std::string, Tone>> parts;
  parts.emplace_back(std::to_string(done) + "/" + std::to_string(total) + " done", Tone::kStrong);
  static constexpr std::array kTold = {"running", "retrying",        "waiting",   "failed",
                                       "lost",    "upstream_failed", "cancelled", "blocked"};
  for (const char* state : kTold) {
    if (const int64_t n = count(counts, state); n > 0) {
      parts.emplace_back(std::to_string(n) + " " + state, tone_of(state));
    }
  }
  if (progress.left) parts.emplace_back("ETA " + clock_time(*progress.left - since), Tone::kPlain);

  std::string out;
  size_t width = 0;
  for (const auto& [text, tone] : parts) {
    const std::string_view gap = out.empty() ? "" : " · ";
    if (width + display_width(gap) + display_width(text) > columns) break;
    width += display_width(gap) + display_width(text);
    out += gap;
    out += terminal.paint(tone, text);
  }
  return out;
}

/// The first lines of an error, indented.
std::string error_block(std::string_view error) {
  std::string out;
  for (size_t line = 0; !error.empty() && line < kErrorLines; ++line) {
    const std::string_view text = first_line(error);
    out += "    " + std::string(text) + "\n";
    error.remove_prefix(std::min(error.size(), text.size() + 1));
  }
  if (!error.empty()) out += "    …\n";
  return out;
}

std::string plain_change(const ChangeData& change) {
  const std::string message(first_line(change.error));
  const std::string after = message.empty() ? "" : ": " + message;
  if (change.state == "retrying") {
    return "retrying in " + duration_text(change.retry_in) + " " + change.id + after + "\n";
  }
  if (change.state == "done") {
    return "done " + change.id + " " + duration_text(change.seconds) + "\n";
  }
  if (!change.cause.empty()) {
    return change.state + " " + change.id + ": needs " + change.cause + "\n";
  }
  return change.state + " " + change.id + after + "\n";
}

}  // namespace

std::vector<std::string> progress_lines(const ProgressData& progress, double since,
                                        Terminal::Size size, const Terminal& terminal) {
  std::vector<std::string> out;
  // The last row is the cursor's, the one before it the sum's.
  const size_t rest = progress.space.empty() ? 2 : 3;
  const size_t rows = size.rows > rest + 1 ? size.rows - rest : 1;
  const size_t running = progress.running.size();
  const size_t shown = running <= rows ? running : rows - 1;
  for (size_t i = 0; i < shown; ++i) {
    out.push_back(running_line(progress.running[i], since, size.columns, terminal));
  }
  if (shown < running) {
    out.push_back(terminal.paint(
        Tone::kFaint,
        shorten_end("         … and " + std::to_string(running - shown) + " more", size.columns)));
  }
  if (!progress.space.empty() && size.rows > 3) {
    out.push_back(terminal.paint(Tone::kWarn, shorten_end(progress.space, size.columns)));
  }
  out.push_back(sum_line(progress, since, size.columns, terminal));
  return out;
}

std::string change_text(const ChangeData& change, const Terminal& terminal) {
  if (change.state == "running") return "";
  // What is external and waited for is told with the progress.
  if (change.state == "waiting" && !change.error.empty()) return "";
  if (!terminal.live) return plain_change(change);
  if (change.state != "failed") return "";
  return terminal.paint(Tone::kBad, "failed") + " " + change.id + "\n" + error_block(change.error);
}

size_t rows_taken(const std::vector<size_t>& widths, size_t columns) {
  size_t rows = 0;
  for (const size_t width : widths) {
    rows += columns == 0 ? 1 : std::max<size_t>(1, (width + columns - 1) / columns);
  }
  return rows;
}

}  // namespace moondial
