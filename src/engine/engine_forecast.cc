// The forecast: the runs that go on, and those that schedules will start, are planned as things are
// now, and played by the core (core/forecast.h).
#include <algorithm>
#include <deque>
#include <numeric>
#include <utility>

#include "base/duration.h"
#include "engine/engine.h"
#include "engine/run_again.h"

namespace moondial {
namespace {

/// So many firings are looked at: each is planned.
constexpr size_t kMostFirings = 500;
/// What a task takes of which nothing is known, if nothing is known of any.
constexpr Duration kUnknown = std::chrono::minutes(1);

/// "06:00" is the first such time of day from now on, "12h" so long from now.
Result<UtcTime> until_of(const std::string& text, UtcTime now, const std::string& zone) {
  const Error wrong{Code::kInvalid,
                    "'" + text + "' is no time of day such as 06:00, and no duration such as 12h",
                    {}};
  Sla sla;
  if (text.find(':') == std::string::npos) {
    const auto within = parse_duration(text);
    if (!within.ok()) return wrong;
    sla.within = *within;
  } else {
    const auto time = CivilTime::parse("2000-01-01T" + text + (text.size() == 5 ? ":00" : ""));
    if (!time.ok()) return wrong;
    const auto day = CivilTime::parse("2000-01-01T00:00:00");
    sla.second_of_day = static_cast<int>(time->seconds_since_epoch() - day->seconds_since_epoch());
  }
  const auto until = deadline_of(sla, now, zone);
  if (!until) return wrong;
  return *until;
}

/// What a task takes of which nothing is known: the mean of what is known of others.
Duration usual_of(const std::map<std::string, Duration>& known) {
  if (known.empty()) return kUnknown;
  const auto add = [](Duration sum, const auto& one) { return sum + one.second; };
  return std::accumulate(known.begin(), known.end(), Duration(0), add) /
         static_cast<int64_t>(known.size());
}

ForecastRun refused(const UpcomingFiring& firing, const std::string& why) {
  ForecastRun run;
  run.name = firing.info.name;
  run.at = firing.at;
  run.fate = ForecastFate::kRefused;
  run.why = why;
  run.deadline = firing.deadline;
  run.at_risk = firing.deadline.has_value();
  return run;
}

}  // namespace

struct Engine::ForecastWork {
  const Generation* generation = nullptr;
  ForecastView view;
  ForecastInput input;
  Forecast played;
  std::deque<RunId> open;                 // still to be planned
  std::deque<UpcomingFiring> firings;     // still to be planned
  std::vector<std::string> firing_zones;  // of input.firings
  std::vector<RunId> open_ids;            // of input.open
  std::vector<ForecastView::Row> refused;
  std::function<void(Result<ForecastView>)> done;
};

void Engine::forecast(std::string until, std::function<void(Result<ForecastView>)> done) {
  load([this, until = std::move(until),
        done = std::move(done)](const Result<const Generation*>& loaded) mutable {
    if (!loaded.ok()) return done(loaded.error());
    auto work = std::make_shared<ForecastWork>();
    work->generation = *loaded;
    work->done = std::move(done);
    work->view.now = work->input.now = parts_.loop.utc();
    const std::string& zone = (*loaded)->declarations.config.timezone;
    const auto end = until_of(until, work->view.now, zone);
    if (!end.ok()) return work->done(end.error());
    work->view.until = *end;
    work->view.timezone = zone;
    auto upcoming = schedules_.upcoming(*end, kMostFirings, &work->view.cut);
    work->firings.assign(upcoming.begin(), upcoming.end());
    for (const auto& [id, run] : runs_) work->open.push_back(id);
    for (const auto& [name, size] : pool_sizes(**loaded, nullptr)) {
      work->input.pools.emplace_back(name, size);
    }
    work->input.unknown = work->view.unknown = usual_of(usual_);
    parts_.scripts.pin((*loaded)->id);
    plan_forecast(work);
  });
}

/// One run after the other.
void Engine::plan_forecast(const std::shared_ptr<ForecastWork>& work) {
  if (!work->open.empty()) return plan_open_run(work);
  if (work->firings.empty()) return play_forecast(work);
  const UpcomingFiring firing = work->firings.front();
  work->firings.pop_front();
  PlanRequest request;
  request.start = StartCall{firing.info.name, ScheduleKeeper::civil(firing.info, firing.instant)};
  plan_in(*work->generation, std::move(request),
          [this, work, firing](Result<PlannedTasks> planned, const Generation*) {
            if (planned.ok()) {
              work->input.firings.push_back({firing.info.name,
                                             firing.at,
                                             std::move(planned->plan),
                                             {},
                                             firing.info.overlap,
                                             firing.deadline});
              work->firing_zones.push_back(firing.info.times.timezone);
            } else {
              work->refused.push_back(
                  {refused(firing, planned.error().message), RunId(), firing.info.times.timezone});
            }
            plan_forecast(work);
          });
}

void Engine::plan_open_run(const std::shared_ptr<ForecastWork>& work) {
  const RunId id = work->open.front();
  work->open.pop_front();
  const auto live = runs_.find(id);
  const auto detail = show(id);
  if (live == runs_.end() || !detail.ok()) return plan_forecast(work);  // it has just ended
  auto known = std::make_shared<RunDetail>(*detail);
  plan_in(*live->second.declared, request_again(*known),
          [this, work, known](Result<PlannedTasks> planned, const Generation*) {
            if (planned.ok()) add_open_run(*work, *known, std::move(planned->plan));
            plan_forecast(work);
          });
}

void Engine::add_open_run(ForecastWork& work, const RunDetail& detail, Plan plan) {
  ForecastOpenRun run;
  for (const std::string& root : detail.run.roots) run.name += (run.name.empty() ? "" : " ") + root;
  run.at = detail.run.started;
  if (const auto open = parts_.store.open_firings(); open.ok()) {
    const auto firing = std::ranges::find(*open, detail.run.run, &FiringRow::run);
    if (firing != open->end()) {
      run.schedule = firing->schedule;
      run.at = firing->instant;
      if (!firing->sla_missed) run.deadline = firing->sla;
    }
  }
  for (uint32_t i = 0; i < plan.tasks.size(); ++i) {
    const auto row = std::ranges::find(detail.tasks, plan.tasks[i].id, &TaskRow::id);
    if (row != detail.tasks.end() && is_final(row->state) && !is_success(row->state)) {
      run.options.past[i].ended = row->state;
    }
    const JobId job = scheduler_.find(plan.tasks[i].id);
    const auto task = job ? tasks_.find(job) : tasks_.end();
    if (task == tasks_.end() || !is_under_way(job) || !task->second.attempt) continue;
    const Duration estimate =
        plan.tasks[i].estimate > Duration(0) ? plan.tasks[i].estimate : work.input.unknown;
    const Duration passed = parts_.loop.utc() - task->second.attempt->started();
    run.running.emplace_back(i, std::max(estimate - passed, Duration(0)));
  }
  run.plan = std::move(plan);
  work.input.open.push_back(std::move(run));
  work.open_ids.push_back(detail.run.run);
}

/// On a pool thread: it may be a night of many thousand tasks.
void Engine::play_forecast(const std::shared_ptr<ForecastWork>& work) {
  parts_.loop.offload([work] { work->played = moondial::forecast(work->input); },
                      [this, work] {
                        const std::string zone = work->generation->declarations.config.timezone;
                        auto& rows = work->view.rows;
                        for (size_t i = 0; i < work->played.open.size(); ++i) {
                          rows.push_back({work->played.open[i], work->open_ids[i], zone});
                        }
                        const auto first_firing = static_cast<std::ptrdiff_t>(rows.size());
                        for (size_t i = 0; i < work->played.firings.size(); ++i) {
                          rows.push_back({work->played.firings[i], RunId(), work->firing_zones[i]});
                        }
                        rows.insert(rows.end(), work->refused.begin(), work->refused.end());
                        std::stable_sort(
                            rows.begin() + first_firing, rows.end(),
                            [](const auto& a, const auto& b) { return a.run.at < b.run.at; });
                        parts_.scripts.unpin(work->generation->id);
                        work->done(std::move(work->view));
                      });
}

}  // namespace moondial
