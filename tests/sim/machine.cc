#include "tests/sim/machine.h"

namespace moondial::sim {

bool Files::write_staged(AttemptId attempt, const std::string& path) {
  const auto directory = staged.find(attempt);
  if (directory == staged.end()) return false;
  directory->second[path] = Content{attempt, true, false};
  return true;
}

std::string Files::summary() const {
  std::string out;
  for (const auto& [path, content] : finals) {
    out += path + " by " + std::to_string(content.by.value) + (content.whole ? "\n" : " torn\n");
  }
  for (const auto& [attempt, paths] : staged) {
    out += "staging of " + std::to_string(attempt.value) + "\n";
  }
  return out;
}

}  // namespace moondial::sim
