#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/api_data.h"
#include "cli/command_shape.h"
#include "cli/declared_task.h"

namespace moondial {

/// What only the project knows. Each function gives nothing when it cannot be known soon.
class CompletionSource {
 public:
  virtual ~CompletionSource() = default;
  virtual std::vector<DeclaredTask> tasks() = 0;
  virtual std::vector<std::string> pools() = 0;
  virtual std::vector<std::string> schedules() = 0;
  virtual std::vector<RunData> runs() = 0;  ///< newest first
  virtual RunData run(uint64_t number) = 0;
};

struct Candidate {
  std::string text;  ///< the whole word; one that ends in '=' is gone on with
  std::string help;  ///< one line; may be empty
  bool operator==(const Candidate&) const = default;
};
struct Completion {
  std::vector<Candidate> candidates;  ///< each begins with what was typed
  bool folders = false;               ///< names of folders fit as well
  bool operator==(const Completion&) const = default;
};

/// What may stand in place of the last of `words`, which are those after the program's name,
/// unquoted; the last one is what was typed of it so far.
[[nodiscard]] Completion complete(const std::vector<CommandShape>& commands,
                                  const std::vector<std::string>& words, CompletionSource& source);

/// The value of -C among the words; empty if there is none.
[[nodiscard]] std::string directory_among(const std::vector<std::string>& words);

/// A line for each candidate, `text<TAB>help`, and `:folders` if they fit.
[[nodiscard]] std::string completion_lines(const Completion& completion);

}  // namespace moondial
