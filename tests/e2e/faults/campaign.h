#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/e2e/faults/fault_project.h"

namespace moondial::e2e {

/// kill -9 of the engine at random moments, again and again, in one project that goes on.
///
/// How it works. Each round makes everything anew (--force-all) in a new version, and is killed;
/// what is left is then recovered, where some recoveries are killed, too; often the run is
/// continued
/// (`retry RUN`) and killed again. A moment is a time after the start, or one call of the system
/// among those that the record and the publishing are made of (preload.c). Every process writes
/// down the number of its attempt before all else, and every line of an output holds it, so that
/// files and record can be compared. After each kill, and after each recovery, all is looked at
/// (campaign_checks.cc). Runs of one round are told apart from others by CHAIN in their
/// environment.
class Campaign {
 public:
  explicit Campaign(uint32_t seed);

  /// One kill and all that follows from it.
  void kill_once();
  /// The same before one certain step. False if the engine ended before it.
  bool kill_before(unsigned step);
  /// To the end of what was begun, without a fault.
  void finish();

  struct Counts {
    int kills = 0;             ///< of engines at work
    int recovery_kills = 0;    ///< of engines that recover
    int open_at_kill = 0;      ///< attempts that were open when their engine was killed
    int prepared_at_kill = 0;  ///< and prepared ones
    int alive_at_kill = 0;     ///< processes that outlived it
    int intents_at_kill = 0;   ///< attempts in the middle of publishing
    int announced = 0;         ///< successes that a client had seen
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  void kill(std::optional<unsigned> step);
  [[nodiscard]] std::vector<std::string> next_command();
  [[nodiscard]] std::map<std::string, std::string> environment() const;
  [[nodiscard]] std::map<std::string, std::string> killed_at(unsigned step);
  void wait_for_moment();
  void recover();
  void note_announced(const std::string& output);

  // campaign_checks.cc
  void check_after_kill();
  void check_processes();
  void check_files_whole() const;
  void check_recovered();
  void check_files_are_recorded() const;
  void check_announced() const;
  void check_successes() const;

  const uint32_t seed_;
  std::mt19937 random_;
  Project project_;
  int version_ = 0;
  int chain_ = 0;
  uint64_t run_ = 0;                                        // the newest one
  bool continues_ = false;                                  // the next command is `retry`
  int moments_ = 0;                                         // of kills by step
  std::filesystem::path killed_;                            // what the last one of these was
  std::map<uint64_t, std::vector<std::string>> announced_;  // run → identities
  Counts counts_;
};

/// A file or folder that a task of the campaign makes.
struct CampaignOutput {
  std::string task;  ///< identity
  std::string path;  ///< ends in `/` if it is a folder
};
std::vector<CampaignOutput> campaign_outputs();

/// The bytes of an output as a task of the campaign makes it: which attempt it says it is of. Fails
/// the test if it is not whole.
uint64_t attempt_in(const Project& project, const std::string& path);

}  // namespace moondial::e2e
