#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace moondial::sim {

struct Options {
  std::optional<uint64_t> seed;  ///< play this one and print its trace
  uint64_t from = 1;
  uint64_t runs = 1000;
  uint64_t jobs = 1;     ///< processes
  uint64_t seconds = 0;  ///< no new seed after that; 0 is no bound
  bool twice = false;    ///< each seed, and compare
  bool verbose = false;
  std::string expect;  ///< invariants, by commas: success is that a seed breaks one of them
};

/// Nothing if the words make no sense; then why is on standard error.
[[nodiscard]] std::optional<Options> read_options(int argc, char** argv);

}  // namespace moondial::sim
