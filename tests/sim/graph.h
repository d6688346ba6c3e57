#pragma once

#include <string>
#include <vector>

#include "engine/script_host.h"
#include "tests/sim/night.h"
#include "tests/sim/random.h"

namespace moondial::sim {

/// A task as a pipeline file declares it. Its identity is its name.
struct Declared {
  TaskInstance instance;            ///< what is the same in every plan
  std::vector<std::string> awaits;  ///< that its script may await
};

/// What one version of the files declares.
struct Graph {
  uint64_t version = 0;  ///< stands in `sources`, in commands, in fingerprints
  std::vector<Declared> tasks;
  std::vector<std::string> hooks;

  [[nodiscard]] const Declared* find(const std::string& id) const;
};

/// A declared task in one line, for people.
[[nodiscard]] std::string words(const Declared& task);

/// Sizes of the declared pools, in every version; what `uses` asks for is never more.
inline constexpr int64_t kDbUnits = 2;
inline constexpr int64_t kApiUnits = 3;

[[nodiscard]] Graph random_graph(Random& random, const Night& night);
/// The next version: some tasks are declared anew, with other needs, outputs and work.
[[nodiscard]] Graph edited(const Graph& graph, Random& random, const Night& night);

}  // namespace moondial::sim
