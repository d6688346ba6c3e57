#include "tests/e2e/faults/campaign.h"
#include "tests/catch.h"

#include <cstdlib>
#include <iostream>

namespace moondial::e2e::campaign_test {
namespace {

int number_of(const char* name, int usual) {
  const char* text = std::getenv(name);
  return text == nullptr ? usual : std::atoi(text);
}

Campaign::Counts campaign(int kills, int seed) {
  Campaign campaign(static_cast<uint32_t>(seed));
  campaign.finish();  // there is a record
  while (campaign.counts().kills < kills) campaign.kill_once();
  campaign.finish();
  return campaign.counts();
}

TEST_CASE("kill -9 at random moments: a few") { CHECK(campaign(8, 1).announced > 0); }

TEST_CASE("kill -9 at random moments: a few others") { CHECK(campaign(8, 2).announced > 0); }

// All of them: most of an hour.
TEST_CASE("kill -9 before each step in turn", "[.steps]") {
  Campaign campaign(static_cast<uint32_t>(number_of("MOONDIAL_SEED", 1)));
  unsigned step = static_cast<unsigned>(number_of("MOONDIAL_FIRST_STEP", 1));
  campaign.finish();  // there is a record
  while (campaign.kill_before(step)) ++step;
  campaign.finish();
  std::cout << "killed before each step up to " << step << "\n";
}

// MOONDIAL_KILLS and MOONDIAL_SEED say how many and which; campaign.sh calls it.
TEST_CASE("kill -9 at random moments: a campaign", "[.campaign]") {
  const auto counts = campaign(number_of("MOONDIAL_KILLS", 200), number_of("MOONDIAL_SEED", 1));
  std::cout << counts.kills << " engines killed at work and " << counts.recovery_kills
            << " that recovered; " << counts.open_at_kill << " open attempts, "
            << counts.prepared_at_kill << " prepared ones, " << counts.intents_at_kill
            << " in the middle of publishing, and " << counts.alive_at_kill
            << " processes outlived them; " << counts.announced << " successes were announced\n";
}

}  // namespace
}  // namespace moondial::e2e::campaign_test
