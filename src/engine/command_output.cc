#include "engine/command_output.h"

namespace moondial {
namespace {

/// More than that is not left open, whatever it is: its command would wait for ever.
constexpr uint64_t kMostOpen = 1 << 20;

}  // namespace

void CommandOutput::begin(Process& process) {
  process_ = &process;
  const KeptOutput at = process.adopted_at();
  bytes_ = kept_ = at.bytes;
  // What an engine wrote and could not say so any more comes again.
  log_.resume(at.lines);
}

void CommandOutput::add(std::string_view bytes) {
  const size_t lines_end = bytes.rfind('\n') + 1;  // 0: there is none
  if (lines_end > 0) {
    pass(bytes.substr(0, lines_end));
    if (!said_.holds_back() && log_.at_line_start()) keep();
    bytes.remove_prefix(lines_end);
  }
  if (!bytes.empty()) pass(bytes);
  if (bytes_ - kept_ > kMostOpen) keep();
}

void CommandOutput::pass(std::string_view bytes) {
  log_.output(said_.add(bytes));
  bytes_ += bytes.size();
}

void CommandOutput::keep() {
  if (process_ == nullptr) return;
  kept_ = bytes_;
  process_->output_kept({bytes_, log_.lines_written()});
}

void CommandOutput::finish() {
  log_.output(said_.finish());
  log_.end_line();
  keep();
  process_ = nullptr;
}

}  // namespace moondial
