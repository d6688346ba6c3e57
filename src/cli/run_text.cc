#include "cli/run_text.h"

#include <algorithm>

namespace moondial {
namespace {

/// Roots of a run that are named on a line.
constexpr size_t kToldRoots = 3;

}  // namespace

std::string counts_text(const Counts& counts) {
  std::string out;
  for (const auto& [state, n] : counts) {
    if (n > 0) out += (out.empty() ? "" : ", ") + std::to_string(n) + " " + state;
  }
  return out;
}

std::string roots_text(const RunData& run) {
  std::string out;
  for (size_t i = 0; i < std::min(run.roots.size(), kToldRoots); ++i) {
    out += (out.empty() ? "" : " ") + run.roots[i];
  }
  if (run.roots.size() > kToldRoots) {
    out += " and " + std::to_string(run.roots.size() - kToldRoots) + " more";
  }
  return out;
}

std::string short_time(const std::string& time) {
  std::string out = time.substr(0, 19);
  std::replace(out.begin(), out.end(), 'T', ' ');
  return out;
}

}  // namespace moondial
