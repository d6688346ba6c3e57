#include "tests/sim/campaign.h"

int main(int argc, char** argv) {
  const auto options = moondial::sim::read_options(argc, argv);
  if (!options) return 2;
  return moondial::sim::play(*options, argv[0]);
}
