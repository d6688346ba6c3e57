#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "lua/source_set.h"

namespace moondial {

/// Which texts are in force while some do not load. A file that an error names keeps the text with
/// which it last loaded, or is left out if it never did. If that does not help, what does not load
/// is a file whose text is as it was: then the modules of lib/ that have changed keep their last
/// texts, for all files; and at last everything does.
class LastGood {
 public:
  explicit LastGood(std::map<std::string, std::string> texts) : texts_(std::move(texts)) {}

  /// What was read just now, and is to be loaded first. What could not be read counts as broken.
  [[nodiscard]] SourceSet begin(SourceSet read);
  /// These errors came of it: what is to be loaded next; nothing if there is nothing to fall back
  /// on.
  [[nodiscard]] std::optional<SourceSet> without(const std::vector<Diagnostic>& diagnostics);
  /// These texts have loaded: they are the last good ones.
  void loaded(std::map<std::string, std::string> texts) { texts_ = std::move(texts); }

  /// What is wrong with what was read.
  [[nodiscard]] const std::vector<Diagnostic>& problems() const { return problems_; }
  /// The text that was read of a file that problems() names; nothing if it could not be read.
  [[nodiscard]] std::optional<std::string> failed_text(const std::string& path) const;

 private:
  bool keep(const std::string& path);
  [[nodiscard]] bool keep_modules();
  [[nodiscard]] bool keep_all();
  void add_problems(const std::vector<Diagnostic>& diagnostics);

  std::map<std::string, std::string> texts_;  // that loaded last
  std::map<std::string, std::string> next_;   // that are to be loaded
  std::vector<Diagnostic> problems_;
  std::map<std::string, std::string> failed_;  // texts of files that problems_ name
};

}  // namespace moondial
