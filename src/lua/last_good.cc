#include "lua/last_good.h"

#include <algorithm>
#include <utility>

namespace moondial {

SourceSet LastGood::begin(SourceSet read) {
  problems_.clear();
  failed_.clear();
  next_.clear();
  for (const SourceFile& file : read.files) next_[file.path] = file.text;
  if (read.problems.empty()) return read;
  add_problems(read.problems);
  for (const Diagnostic& problem : read.problems) {
    keep(problem.file);
    // A folder that cannot be read: all that was in it.
    for (const auto& [path, text] : texts_) {
      if (path.starts_with(problem.file + "/")) keep(path);
    }
  }
  return sources_of(next_);
}

void LastGood::add_problems(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& one : diagnostics) {
    const bool is_known = std::ranges::any_of(problems_, [&](const Diagnostic& known) {
      return known.file == one.file && known.line == one.line && known.message == one.message;
    });
    if (is_known) continue;
    problems_.push_back(one);
    if (const auto text = next_.find(one.file); text != next_.end()) failed_.insert(*text);
  }
}

std::optional<std::string> LastGood::failed_text(const std::string& path) const {
  const auto text = failed_.find(path);
  if (text == failed_.end()) return std::nullopt;
  return text->second;
}

/// Takes the file's last good text, or leaves it out. False: that changes nothing.
bool LastGood::keep(const std::string& path) {
  const auto good = texts_.find(path);
  if (good == texts_.end()) return next_.erase(path) > 0;
  std::string& text = next_[path];
  return std::exchange(text, good->second) != good->second;
}

/// Also those that are gone; those that are new stay, for nothing that loaded needs them.
bool LastGood::keep_modules() {
  bool changed = false;
  for (const auto& [path, text] : texts_) {
    if (path.starts_with("lib/")) changed = keep(path) || changed;
  }
  return changed;
}

bool LastGood::keep_all() {
  if (texts_.empty() || next_ == texts_) return false;
  next_ = texts_;
  return true;
}

std::optional<SourceSet> LastGood::without(const std::vector<Diagnostic>& diagnostics) {
  add_problems(diagnostics);
  bool changed = false;
  for (const Diagnostic& one : diagnostics) changed = keep(one.file) || changed;
  if (changed || keep_modules() || keep_all()) return sources_of(next_);
  return std::nullopt;
}

}  // namespace moondial
