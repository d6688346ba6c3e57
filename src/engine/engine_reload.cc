// Reloading: what is in force, and what has changed.
#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "engine/engine.h"

namespace moondial {
namespace {

/// How long files are to be quiet before they are read.
constexpr Duration kQuiet = std::chrono::milliseconds(20);
/// From when on that is not waited for any more.
constexpr Duration kLongestWait = std::chrono::seconds(2);

/// What there is of one sort: name → what tells whether it has changed.
using Known = std::map<std::string, std::string>;

void compare(const Known& before, const Known& now, ReloadReport& report,
             std::vector<std::string> ReloadReport::Names::*sort) {
  for (const auto& [name, text] : now) {
    const auto known = before.find(name);
    if (known == before.end()) {
      (report.added.*sort).push_back(name);
    } else if (known->second != text) {
      (report.changed.*sort).push_back(name);
    }
  }
  for (const auto& [name, text] : before) {
    if (!now.contains(name)) (report.removed.*sort).push_back(name);
  }
}

Known tasks_of(const Declarations& declared) {
  Known out;
  for (const TaskInfo& task : declared.tasks) out[task.name] = task.fingerprint;
  return out;
}

Known schedules_of(const Declarations& declared) {
  Known out;
  for (const ScheduleInfo& one : declared.schedules) {
    out[one.name] = one.fingerprint + one.times.timezone;
  }
  return out;
}

Known pools_of(const Declarations& declared) {
  Known out;
  for (const auto& [name, size] : declared.pools) out[name] = std::to_string(size);
  return out;
}

Known triggers_of(const Declarations& declared) {
  Known out;
  for (const TriggerInfo& one : declared.triggers) out[one.name()] = one.fingerprint;
  return out;
}

ReloadReport difference(const Declarations& before, const Declarations& now) {
  ReloadReport report;
  compare(tasks_of(before), tasks_of(now), report, &ReloadReport::Names::tasks);
  compare(schedules_of(before), schedules_of(now), report, &ReloadReport::Names::schedules);
  compare(pools_of(before), pools_of(now), report, &ReloadReport::Names::pools);
  compare(triggers_of(before), triggers_of(now), report, &ReloadReport::Names::triggers);
  return report;
}

/// `tasks A, B; pool api`.
std::string words_of(const ReloadReport::Names& names) {
  std::string out;
  const auto add = [&](const char* one, const char* many, const std::vector<std::string>& list) {
    if (list.empty()) return;
    out += (out.empty() ? "" : "; ") + std::string(list.size() == 1 ? one : many);
    constexpr size_t kMost = 10;
    for (size_t i = 0; i < std::min(list.size(), kMost); ++i) {
      out += (i == 0 ? " " : ", ") + list[i];
    }
    if (list.size() > kMost) out += " and " + std::to_string(list.size() - kMost) + " more";
  };
  add("task", "tasks", names.tasks);
  add("schedule", "schedules", names.schedules);
  add("trigger", "triggers", names.triggers);
  add("pool", "pools", names.pools);
  return out;
}

std::string text_of(const ReloadReport& report) {
  std::string out = "reloaded";
  const auto add = [&](const char* what, const ReloadReport::Names& names) {
    const std::string words = words_of(names);
    if (!words.empty()) out += (out == "reloaded" ? ": " : "; ") + (what + (" " + words));
  };
  add("added", report.added);
  add("changed", report.changed);
  add("removed", report.removed);
  return report.is_empty() ? out + ": no declaration is another" : out;
}

bool same(const std::vector<Diagnostic>& a, const std::vector<Diagnostic>& b) {
  return std::ranges::equal(a, b, [](const Diagnostic& x, const Diagnostic& y) {
    return x.file == y.file && x.line == y.line && x.message == y.message;
  });
}

}  // namespace

void Engine::files_changed() {
  if (shutting_down_) return;
  const MonoTime now = parts_.loop.mono();
  if (!change_seen_) change_seen_ = now;
  const MonoTime due = std::min(now + kQuiet, *change_seen_ + kLongestWait);
  reload_timer_ = parts_.loop.timer(std::max(due, now), [this] {
    change_seen_.reset();
    reload_timer_.reset();
    reload([](const Result<ReloadReport>&) {});
  });
}

void Engine::reload(std::function<void(Result<ReloadReport>)> done) {
  load([this, done = std::move(done)](const Result<const Generation*>& loaded) {
    if (!loaded.ok()) {
      const std::vector<Diagnostic>& problems = loaded.error().diagnostics;
      if (tell_problems(problems)) {
        tell_news({ProjectNews::Kind::kReloaded, {}, {}, {}, {{}, {}, {}, problems}});
      }
      return done(loaded.error());
    }
    done(std::exchange(last_reload_, ReloadReport{{}, {}, {}, (*loaded)->held_back}));
  });
}

/// A generation has loaded; maybe the one that is in force already.
void Engine::into_force(const Generation& generation) {
  const bool is_new = in_force_ != &generation;
  in_force_ = &generation;
  take_config(generation);
  if (is_new) take_schedules(generation);
  if (!stays_) return;
  const bool other_problems = tell_problems(generation.held_back);
  last_reload_.problems = generation.held_back;
  if (!is_new) {
    if (!other_problems) return;
    return tell_news(
        {ProjectNews::Kind::kReloaded, {}, {}, {}, {{}, {}, {}, generation.held_back}});
  }
  if (declared_) {
    ReloadReport report = difference(*declared_, generation.declarations);
    report.problems = generation.held_back;
    if (options_.tell) options_.tell(text_of(report));
    tell_news({ProjectNews::Kind::kReloaded, {}, {}, {}, report});
    last_reload_.added = report.added;
    last_reload_.changed = report.changed;
    last_reload_.removed = report.removed;
    last_change_ = ScriptsView::Change{parts_.loop.utc(), report};
  }
  declared_ = generation.declarations;
  for (const auto& [name, size] : generation.declarations.pools) declared_pools_[name] = size;
  std::erase_if(declared_pools_, [&](const auto& pool) {
    return !generation.declarations.pools.contains(pool.first);
  });
  configured_memory_ = generation.declarations.config.memory;
  read_pool_sizes();
  forget_stale_pool_sizes();
  restore_pools();
  schedule_pump();
  std::vector<Record> records;
  record_sources(generation, records);
  records.push_back(SourcesInForce{generation.sources});
  parts_.store.write(std::move(records), {});
}

void Engine::scripts(std::function<void(Result<ScriptsView>)> done) {
  load([this, done = std::move(done)](const Result<const Generation*>& loaded) {
    ScriptsView out;
    out.last = last_change_;
    if (loaded.ok()) {
      out.sources = (*loaded)->sources;
      out.declared = (*loaded)->declarations;
      out.problems = (*loaded)->held_back;
    } else if (loaded.error().diagnostics.empty()) {
      return done(loaded.error());
    } else {
      out.problems = loaded.error().diagnostics;
    }
    for (const Diagnostic& problem : out.problems) {
      if (auto text = parts_.scripts.failed_text(problem.file)) {
        out.failed.try_emplace(problem.file, std::move(*text));
      }
    }
    done(std::move(out));
  });
}

/// In the log, once. Whether they are others than before.
bool Engine::tell_problems(const std::vector<Diagnostic>& problems) {
  if (same(problems, std::exchange(told_problems_, problems))) return false;
  if (!options_.warn) return true;
  for (const Diagnostic& one : problems) {
    const bool has_loaded = in_force_ != nullptr && in_force_->sources.contains(one.file);
    options_.warn(one.text() + (has_loaded         ? "; its last good text stays in force"
                                : one.file.empty() ? ""
                                                   : "; it is left out until it loads"));
  }
  return true;
}

}  // namespace moondial
