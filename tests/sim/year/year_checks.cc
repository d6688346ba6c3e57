// A daemon's year: what should have happened in it. Of its firings it knows the table, which
// schedules were declared and paused when, and when a daemon was there; all else follows.
#include <algorithm>
#include <set>

#include "base/date.h"
#include "tests/sim/year/year.h"

namespace moondial::sim {

using std::chrono::hours;
using std::chrono::seconds;

namespace {

/// How near to one another two things may be for nobody to say which was first.
constexpr Duration kMargin = seconds(5);
/// What the engine may have more of in December than in March: room in containers.
constexpr int64_t kMostGrowth = 4096;

std::string shown(UtcTime at) { return format_rfc3339(at, "UTC"); }
std::string shown(const std::string& name, UtcTime at) { return name + " of " + shown(at); }

}  // namespace

std::vector<UtcTime> Year::instants(const std::string& expression, UtcTime after,
                                    UtcTime last) const {
  std::vector<UtcTime> out;
  const std::vector<int64_t>& all = table_.at(expression);
  const auto second = [](UtcTime at) {
    return std::chrono::floor<seconds>(at).time_since_epoch().count();
  };
  for (auto at = std::ranges::upper_bound(all, second(after));
       at != all.end() && *at <= second(last); ++at) {
    out.emplace_back(seconds(*at));
  }
  return out;
}

void Year::check() {
  std::set<std::string> names;
  for (uint64_t version = 1; version <= disk_.version; ++version) {
    for (const YearSchedule& one : schedules_of(version, options_.zone))
      names.insert(one.info.name);
  }
  for (const std::string& name : names) check_schedule(name);
  for (const YearSchedule& one : schedules_of(1, options_.zone)) check_runs(one);
  check_triggers();
  check_memory();
}

// --- Firings ---

/// What passed while no daemon was there.
void Year::expect_late(const YearSchedule& schedule, const Episode& episode, UtcTime position) {
  const std::vector<UtcTime> late = instants(schedule.expression, position, episode.begin);
  size_t fires = late.size();
  if (schedule.info.catch_up == CatchUp::kNone) fires = 0;
  if (schedule.info.catch_up == CatchUp::kLast) fires = std::min<size_t>(fires, 1);
  expected_.insert(expected_.end(), late.end() - static_cast<std::ptrdiff_t>(fires), late.end());
  expected_missed_ += static_cast<int64_t>(late.size() - fires);
}

void Year::check_schedule(const std::string& name) {
  expected_.clear();
  expected_missed_ = 0;
  std::string expression;  // in force; empty: it is not declared
  UtcTime position;
  for (const Episode& episode : episodes_) {
    const auto declared = schedules_of(episode.version, options_.zone);
    const auto found =
        std::ranges::find(declared, name, [](const YearSchedule& one) { return one.info.name; });
    if (found == declared.end()) {
      expression.clear();
      continue;
    }
    const bool is_paused = episode.is_paused && name == "hourly";
    const bool is_new = std::exchange(expression, found->expression) != found->expression;
    if (is_new || is_paused) position = episode.begin;
    if (episode.begins_daemon && !is_paused) expect_late(*found, episode, position);
    if (episode.begins_daemon) position = episode.begin;
    UtcTime fired_up_to = episode.end;
    if (episode.ends_daemon) {
      // What was due just then may have become durable or not; that is on the disk.
      fired_up_to = std::min(episode.end, std::max(position, episode.positions.at(name)));
      const UtcTime certain = episode.end - found->info.jitter - kMargin;
      if (is_paused) fired_up_to = episode.end;
      if (const auto lost = instants(expression, fired_up_to, certain); !lost.empty()) {
        problem(shown(name, lost.front()) + " has not fired before the daemon's end");
      }
    }
    if (!is_paused) {
      const auto due = instants(expression, position, fired_up_to);
      expected_.insert(expected_.end(), due.begin(), due.end());
    }
    position = std::max(position, fired_up_to);
  }
  std::vector<UtcTime> got;
  for (const auto& [key, fired] : disk_.firings) {
    const bool is_note = fired.row.note.find("missed") != std::string::npos;
    if (key.first == name && !fired.by_hand && !is_note) got.push_back(key.second);
  }
  const auto [a, b] = std::ranges::mismatch(got, expected_);
  if (a != got.end() && (b == expected_.end() || *a < *b)) {
    problem(shown(name, *a) + " has fired and should not have");
  } else if (b != expected_.end()) {
    problem(shown(name, *b) + " has not fired");
  }
  check_missed(name);
}

/// What is told to be missed: as many as there were.
void Year::check_missed(const std::string& name) {
  int64_t told = 0;
  for (const auto& [key, fired] : disk_.firings) {
    if (key.first == name && fired.row.note.find("missed") != std::string::npos) {
      told += std::stoll(fired.row.note);
    }
  }
  if (told == expected_missed_) return;
  problem(name + ": " + std::to_string(told) + " firings are told to be missed, and " +
          std::to_string(expected_missed_) + " were");
}

// --- What came of them ---

void Year::check_runs(const YearSchedule& schedule) {
  const std::string& name = schedule.info.name;
  const Overlap overlap = schedule.info.overlap;
  UtcTime free_from;       // all runs before have ended
  UtcTime busy_until_now;  // the last of what is known of
  for (auto at = disk_.firings.lower_bound({name, UtcTime::min()});
       at != disk_.firings.end() && at->first.first == name; ++at) {
    const Disk::Fired& fired = at->second;
    const FiringRow& row = fired.row;
    if (row.note.find("missed") != std::string::npos) continue;
    if (row.state == FiringState::kWaiting || row.state == FiringState::kFailed) {
      if (fired.recorded < end_ - hours(24)) problem(shown(name, row.instant) + " was not started");
      continue;
    }
    check_deadline(fired);
    if (row.state == FiringState::kDropped) {
      const bool may = overlap == Overlap::kSkip || overlap == Overlap::kCancel;
      const bool was_busy = free_from + kMargin >= fired.recorded || overlap == Overlap::kCancel;
      if (!may || !was_busy) problem(shown(name, row.instant) + " is dropped: " + row.note);
      continue;
    }
    const Disk::Past& run = disk_.past.at(row.run);
    if (run.firing != at->first) problem(shown(name, row.instant) + " has the run of another");
    if (!run.ended && run.started < end_ - hours(28)) {
      problem("the run of " + shown(name, row.instant) + " has not ended");
    }
    if (overlap == Overlap::kParallel) {
      if (run.started - fired.recorded > kMargin && deaths_ == 0) {
        problem(shown(name, row.instant) + " starts late");
      }
    } else if (run.started + kMargin < free_from) {
      problem(shown(name, row.instant) + " runs beside the one before");
    }
    free_from = std::max(free_from, run.ended.value_or(end_ + hours(48)));
  }
}

/// The SLA of a firing is missed if its run has not ended well by then, and only then.
void Year::check_deadline(const Disk::Fired& fired) {
  const FiringRow& row = fired.row;
  if (!row.sla || *row.sla > end_ - hours(24)) return;
  const Disk::Past& run = disk_.past.at(row.run);
  const bool done = run.ended && run.state == RunState::kDone;
  const std::string name = shown(row.schedule, row.instant);
  if (!row.sla_missed) return problem(name + ": nothing has become of its SLA");
  if (done && *run.ended + kMargin < *row.sla && *row.sla_missed) {
    problem(name + " was done in time, and its SLA counts as missed");
  }
  if ((!done || *run.ended > *row.sla + kMargin) && !*row.sla_missed) {
    problem(name + " was not done in time, and its SLA counts as kept");
  }
}

void Year::check_triggers() {
  std::map<std::string, uint64_t> firings;
  std::set<std::string> causes;
  for (const auto& [key, fired] : disk_.firings) {
    if (!is_trigger_name(key.first)) continue;
    ++firings[key.first];
    causes.insert(fired.row.cause);
    const bool is_started = fired.row.state == FiringState::kStarted;
    if (!is_started && fired.recorded < end_) problem(shown(key.first, key.second) + " is lost");
  }
  for (const auto& [body, answered] : calls_) {
    if (answered && !causes.contains(body)) problem("\"" + body + "\" was taken, and is lost");
  }
  for (const auto& [path, times] : files_) {
    if (causes.contains(path)) continue;
    // One that goes before a daemon has come is none that has arrived.
    const auto sees = [&times = times](const Episode& episode) {
      const UtcTime from = std::max(episode.begin, times.first);
      return from + 2 * kMargin < std::min(episode.end, times.second);
    };
    if (std::ranges::any_of(episodes_, sees)) problem(path + " has not fired");
  }
  if (firings[kDoneTrigger] != disk_.loads) {
    problem(std::string(kDoneTrigger) + " has fired " + std::to_string(firings[kDoneTrigger]) +
            " times for " + std::to_string(disk_.loads) + " successes");
  }
}

void Year::check_memory() {
  if (options_.deaths) return;
  if (bytes_.size() != 3) return problem("memory was not measured");
  if (disk_.pruned == 0) problem("nothing was pruned");
  for (const size_t later : {1, 2}) {
    if (bytes_[later] > bytes_[0] + kMostGrowth) {
      problem("the engine has " + std::to_string(bytes_[later] - bytes_[0]) +
              " bytes more after months");
    }
  }
}

}  // namespace moondial::sim
