#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "engine/script_host.h"
#include "lua/state.h"

namespace moondial::script {

/// For rerun = "stale", in one plan: what was published when, and whether a complete task is older
/// than what it was made from. The order of publishing tells it; the times of files only where
/// moondial did not make them.
class Staleness {
 public:
  explicit Staleness(State& state) : state_(state) {}

  /// Notes a complete task that others may depend on.
  void note(const TaskInstance& task);

  /// Why a task whose outputs exist, and whose requirements are all noted, is to be remade; nullopt
  /// if it is not.
  [[nodiscard]] std::optional<std::string> reason(const TaskInstance& task);

 private:
  /// When something was made: by moondial, or by others.
  struct Made {
    int64_t position = 0;     ///< in the order of publishing; 0: moondial did not make it
    int64_t file_time = 0;    ///< the newest of its files, in nanoseconds; 0: it has none
    int64_t others_time = 0;  ///< of what moondial did not make
  };
  struct IdHash {
    using is_transparent = void;
    size_t operator()(std::string_view id) const { return hash64(id); }
  };
  [[nodiscard]] Made made(const TaskInstance& task);

  State& state_;
  std::unordered_map<std::string, Made, IdHash, std::equal_to<>> noted_;
};

/// The hash of a declaration's text, and of the files that the task reads. Throws ScriptError if
/// one of them cannot be read.
[[nodiscard]] std::string fingerprint(State& state, const std::string& declaration,
                                      const std::vector<std::string>& reads);

}  // namespace moondial::script
