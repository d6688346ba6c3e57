#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "tests/catch.h"
#include "tests/engine/fakes.h"

namespace moondial {

/// An engine with fakes all around it, without a state directory.
struct World {
  fakes::Trace trace;
  fakes::FakeLoop loop;
  fakes::FakeStore store{loop, trace};
  fakes::FakeRunner runner{loop, trace};
  fakes::FakeHost host{loop, trace};
  fakes::FakeTargets targets{trace};
  fakes::FakeSpace space;
  Engine engine;

  explicit World(int jobs = 8);
  ~World();

  static EngineOptions options(int jobs) {
    EngineOptions out;
    out.state_dir = "/nonexistent";
    out.default_jobs = jobs;
    out.memory_bytes = 1 << 30;
    return out;
  }

  /// A task whose command is its own name, and whose output is NAME.out.
  TaskInstance& command(const std::string& name, std::vector<std::string> needs = {});
  RunId run(const std::string& root);
  std::string last_error() { return store.all<AttemptEnded>().back().error; }

  [[nodiscard]] size_t place(const std::string& word) const {
    return static_cast<size_t>(std::ranges::find(trace, word) - trace.begin());
  }
  [[nodiscard]] bool told(const std::string& word) const { return place(word) < trace.size(); }
};

}  // namespace moondial
