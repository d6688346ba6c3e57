// A daemon's year: what happens in it.
#include "tests/sim/year/year.h"

#include <algorithm>
#include <utility>

#include "base/date.h"
#include "base/hash.h"
#include "engine/recovery.h"

namespace moondial::sim {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Nothing is asked for at that second of a minute.
constexpr Duration kQuietSecond = seconds(30);

UtcTime first_of(int year) { return std::chrono::sys_days{std::chrono::year(year) / 1 / 1}; }

/// When the zone's clock changes.
std::vector<UtcTime> changes_of(const std::string& zone) {
  const auto shows = [&](UtcTime at) {
    return civil_time_in_zone(at, zone)->to_string().substr(11, 5);  // 14:30
  };
  std::vector<UtcTime> out;
  for (UtcTime at = first_of(Year::kYear); at < first_of(Year::kYear + 1); at += hours(24)) {
    if (shows(at) != shows(at + hours(24))) out.push_back(at);
  }
  for (UtcTime& change : out) {
    for (UtcTime at = change; at < change + hours(24); at += minutes(30)) {
      const bool is_even = shows(at).substr(3) == shows(at + hours(1)).substr(3);
      const int before = std::stoi(shows(at)), after = std::stoi(shows(at + hours(1)));
      if (!is_even || after != (before + 1) % 24) {
        change = at + minutes(30);
        break;
      }
    }
  }
  return out;
}

}  // namespace

struct Year::Daemon {
  Daemon(Year& year)
      : store(year.loop_, year.disk_),
        runner(year.loop_, year.disk_, year.options_.zone),
        host(year.loop_, year.disk_, year.options_.zone),
        targets(year.disk_),
        arrivals(year.loop_, year.disk_) {}
  YearStore store;
  YearRunner runner;
  YearHost host;
  YearTargets targets;
  YearArrivals arrivals;
  std::unique_ptr<Engine> engine;
};

Year::Year(YearOptions options, FiringTable table)
    : options_(std::move(options)),
      table_(std::move(table)),
      random_(options_.seed ^ hash64(options_.zone)),
      begin_(first_of(kYear) + seconds(10)),
      end_(first_of(kYear + 1) - hours(30)),
      loop_(begin_) {
  plan_events();
}

Year::~Year() {
  if (daemon_) end_daemon(false);
}

// --- What is to happen ---

void Year::add_often(Does does, Duration about) {
  int number = 0;
  UtcTime at = begin_ + hours(6);
  for (;;) {
    const auto half = static_cast<uint64_t>(about / minutes(2));
    at += minutes(static_cast<int64_t>(half + random_.below(2 * half)));
    if (at >= end_) return;
    events_.push_back({std::chrono::floor<minutes>(at) + kQuietSecond, does, ++number});
  }
}

/// A quarter of them at the very second in which schedules fire; some across changes of the clock.
void Year::plan_deaths() {
  std::vector<std::pair<UtcTime, UtcTime>> downs;
  for (const UtcTime change : changes_of(options_.zone)) {
    downs.emplace_back(change - hours(1) + kQuietSecond, change + hours(2));
  }
  UtcTime at = begin_;
  for (;;) {
    at += minutes(static_cast<int64_t>(random_.between(6 * 60, 6 * 24 * 60)));
    const Duration down = random_.one_in(3)   ? minutes(random_.below(5))
                          : random_.one_in(4) ? hours(random_.below(60))
                                              : minutes(random_.below(240));
    if (at + down > end_ - days(1)) break;
    const UtcTime quarter = std::chrono::floor<minutes>(at);
    const UtcTime hour = std::chrono::floor<hours>(at) + minutes(30 * random_.below(2));
    downs.emplace_back(random_.one_in(2) ? hour : quarter + kQuietSecond, at + down);
  }
  std::ranges::sort(downs);
  UtcTime up = begin_ + hours(1);
  for (const auto& [from, until] : downs) {
    if (from < up + hours(1)) continue;
    const bool is_sharp = std::chrono::floor<minutes>(from) == from;
    events_.push_back({from, is_sharp || random_.one_in(3) ? Does::kCrash : Does::kStop});
    up = std::chrono::floor<minutes>(std::max(until, from)) + minutes(1) + seconds(10);
    events_.push_back({up, Does::kBoot});
    ++deaths_;
  }
}

void Year::plan_events() {
  add_often(Does::kReload, days(5));
  add_often(Does::kFileComes, hours(20));
  add_often(Does::kFileGoes, hours(22));
  add_often(Does::kCall, hours(15));
  add_often(Does::kTrigger, hours(17));
  for (const int month : {2, 5, 9}) {
    const UtcTime at = std::chrono::sys_days{std::chrono::year(kYear) / month / 3} + kQuietSecond;
    events_.push_back({at, Does::kPause});
    events_.push_back({at + days(4) + hours(5), Does::kResume});
  }
  for (const int month : {3, 7, 12}) {
    const UtcTime at = std::chrono::sys_days{std::chrono::year(kYear) / month / 1};
    events_.push_back({at + kQuietSecond, Does::kMeasure});
  }
  if (options_.deaths) plan_deaths();
  std::ranges::stable_sort(events_, {}, &Event::at);
}

// --- What happens ---

void Year::problem(std::string what) {
  if (disk_.problems.size() < 20) disk_.problems.push_back(std::move(what));
}

void Year::play() {
  boot();
  for (const Event& event : events_) {
    loop_.run_until(event.does == Does::kCrash ? event.at - microseconds(1) : event.at);
    happen(event);
  }
  loop_.run_until(end_);
  // What was begun comes to its end, as far as it can.
  loop_.run_until(end_ + hours(29));
  end_daemon(true);
  check();
}

void Year::happen(const Event& event) {
  switch (event.does) {
    case Does::kBoot:
      return boot();
    case Does::kStop:
      return end_daemon(true);
    case Does::kCrash:
      return crash();
    case Does::kReload:
      ++disk_.version;
      break;
    case Does::kFileComes:
      files_["in/" + std::to_string(event.number)] = {event.at, UtcTime::max()};
      disk_.inbox["in/" + std::to_string(event.number)] = event.number;
      break;
    case Does::kFileGoes:
      if (disk_.inbox.size() <= 6) break;
      files_.at(disk_.inbox.begin()->first).second = event.at;
      disk_.inbox.erase(disk_.inbox.begin());
      break;
    case Does::kMeasure:
      return measure();
    default:
      break;
  }
  if (daemon_ == nullptr) return;
  Engine& engine = *daemon_->engine;
  switch (event.does) {
    case Does::kReload: {
      begin_episode(false);
      const InEngine in;
      return engine.files_changed();
    }
    case Does::kFileComes:
    case Does::kFileGoes:
      return daemon_->arrivals.changed();
    case Does::kCall:
      return call(event.number);
    case Does::kTrigger: {
      const InEngine in;
      return engine.trigger_schedule({"half", {}}, [](const Result<RunId>&) {});
    }
    default: {
      is_paused_ = event.does == Does::kPause;
      begin_episode(false);
      const InEngine in;
      return engine.pause_schedule("hourly", is_paused_, [](const Status&) {});
    }
  }
}

void Year::call(int number) {
  const std::string body = "order " + std::to_string(number);
  calls_[body] = false;
  const InEngine in;
  daemon_->engine->call_webhook("order", body, [this, body](const Status& status) {
    const OutsideEngine outside;
    calls_[body] = status.ok();
  });
}

// --- Daemons ---

void Year::begin_episode(bool begins_daemon) {
  if (!begins_daemon) episodes_.back().end = loop_.utc();
  Episode next;
  next.begin = loop_.utc();
  next.version = disk_.version;
  next.begins_daemon = begins_daemon;
  next.is_paused = is_paused_;
  episodes_.push_back(std::move(next));
}

void Year::boot() {
  loop_.revive(loop_.utc());
  daemon_ = std::make_unique<Daemon>(*this);
  Daemon& daemon = *daemon_;
  bool is_there = false;
  {
    const InEngine in;
    const auto report = recover(daemon.store, daemon.targets, daemon.runner, loop_);
    if (!report.ok()) return problem("recovery: " + report.error().message);
    EngineOptions options;
    options.info.kind = "serve";
    options.info.root = "/nights";
    options.state_dir = "/nonexistent";
    options.default_jobs = 1000;
    options.memory_bytes = 1 << 30;
    options.seed = options_.seed;
    daemon.engine =
        std::make_unique<Engine>(EngineParts{loop_, daemon.store, daemon.runner, daemon.host,
                                             daemon.targets, nullptr, &daemon.arrivals},
                                 std::move(options));
    daemon.engine->on_idle([] {});
    daemon.engine->resume(report->kept_runs, [&daemon, &is_there] {
      daemon.engine->stay([&is_there] { is_there = true; });
    });
  }
  for (int tries = 0; !is_there && tries < 1000; ++tries) loop_.run_until(loop_.utc() + seconds(1));
  if (!is_there) problem("a daemon does not begin");
  begin_episode(true);
}

void Year::end_daemon(bool in_order) {
  if (in_order) {
    bool is_done = false;
    {
      const InEngine in;
      daemon_->engine->hand_over([&is_done] { is_done = true; });
    }
    loop_.run_until(loop_.utc() + seconds(1));
    if (!is_done) problem("a daemon does not end");
  }
  daemon_->store.die(random_.below(daemon_->store.handed_over() + 1));
  loop_.clear();
  {
    const InEngine in;
    daemon_->engine.reset();
  }
  daemon_.reset();
  loop_.clear();
  Episode& last = episodes_.back();
  last.end = loop_.utc();
  last.ends_daemon = true;
  for (const auto& [name, row] : disk_.schedules) last.positions[name] = row.position;
  loop_.revive(loop_.utc());
}

void Year::crash() {
  loop_.doom(random_.between(1, 150));
  loop_.run_until(loop_.utc() + seconds(2));
  end_daemon(false);
}

/// At a moment at which the engine has nothing to do, and has pruned.
void Year::measure() {
  if (options_.deaths || daemon_ == nullptr) return;
  const auto is_quiet = [&] {
    return !daemon_->runner.is_busy() && !loop_.has_tasks() && daemon_->store.handed_over() == 0 &&
           daemon_->store.open_runs()->empty();
  };
  const UtcTime last = loop_.utc() + days(8);
  while (!is_quiet() && loop_.utc() < last) loop_.run_until(loop_.utc() + seconds(7));
  if (!is_quiet()) return problem("it is never quiet");
  bytes_.push_back(engine_bytes());
}

std::string Year::summary() const {
  std::string out = options_.zone + ": " + std::to_string(disk_.firings.size()) + " firings, " +
                    std::to_string(disk_.past.size()) + " runs, " + std::to_string(disk_.pruned) +
                    " pruned, " + std::to_string(deaths_) + " daemons ended";
  for (const int64_t bytes : bytes_) out += ", " + std::to_string(bytes) + " bytes";
  return out;
}

}  // namespace moondial::sim
