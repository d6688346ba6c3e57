#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "tests/sim/random.h"
#include "tests/sim/year/parts.h"

namespace moondial::sim {

/// When expressions ask for a firing in a zone's year, in seconds since 1970.
using FiringTable = std::map<std::string, std::vector<int64_t>>;

/// A stretch of time in which a daemon runs with one version of the files.
struct Episode {
  UtcTime begin, end;
  uint64_t version = 1;
  bool begins_daemon = false;
  bool ends_daemon = false;
  bool is_paused = false;                    ///< "hourly"
  std::map<std::string, UtcTime> positions;  ///< durable at its end, if it ends the daemon
};

struct YearOptions {
  std::string zone;
  bool deaths = true;  ///< daemons end, in all ways; else one runs through the year
  uint64_t seed = 1;
};

/// A year of a daemon in one zone, and what is to be checked about it.
class Year {
 public:
  static constexpr int kYear = 2026;

  Year(YearOptions options, FiringTable table);
  ~Year();
  Year(const Year&) = delete;
  Year& operator=(const Year&) = delete;

  /// Plays it, and looks at all that came of it.
  void play();

  /// What is not as it should be; some of it.
  [[nodiscard]] const std::vector<std::string>& problems() const { return disk_.problems; }
  [[nodiscard]] std::string summary() const;

 private:
  enum class Does : uint8_t {
    kReload,
    kStop,
    kCrash,
    kBoot,
    kFileComes,
    kFileGoes,
    kCall,
    kTrigger,
    kPause,
    kResume,
    kMeasure,
  };
  struct Event {
    UtcTime at;
    Does does;
    int number = 0;
  };
  struct Daemon;

  // What happens (year.cc).
  void plan_events();
  void plan_deaths();
  void add_often(Does does, Duration about);
  void happen(const Event& event);
  void boot();
  void end_daemon(bool in_order);
  void crash();
  void begin_episode(bool begins_daemon);
  void call(int number);
  void measure();
  void problem(std::string what);

  // What should have happened (year_checks.cc).
  void check();
  void check_schedule(const std::string& name);
  void expect_late(const YearSchedule& schedule, const Episode& episode, UtcTime position);
  void check_missed(const std::string& name);
  void check_runs(const YearSchedule& schedule);
  void check_deadline(const Disk::Fired& fired);
  void check_triggers();
  void check_memory();
  [[nodiscard]] std::vector<UtcTime> instants(const std::string& expression, UtcTime after,
                                              UtcTime last) const;

  const YearOptions options_;
  const FiringTable table_;
  Random random_;
  const UtcTime begin_, end_;
  Disk disk_;
  YearLoop loop_;
  std::unique_ptr<Daemon> daemon_;
  std::vector<Event> events_;
  std::vector<Episode> episodes_;
  bool is_paused_ = false;
  uint64_t deaths_ = 0;
  std::vector<UtcTime> expected_;                             // of the schedule that is looked at
  int64_t expected_missed_ = 0;                               // likewise
  std::map<std::string, bool> calls_;                         // of the webhook: body → answered
  std::map<std::string, std::pair<UtcTime, UtcTime>> files_;  // path → when it came, and went
  std::vector<int64_t> bytes_;                                // at each measurement
};

}  // namespace moondial::sim
