#include "engine/schedule_keeper.h"

#include <algorithm>
#include <chrono>

#include "base/civil_time.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/text.h"
#include "core/due_firings.h"
#include "engine/trigger_info.h"

namespace moondial {
namespace {

using std::chrono::days;
using std::chrono::seconds;

/// The times of a schedule as one text: what makes it another schedule if it changes.
std::string text_of(const TimetableSpec& times) {
  std::string text = times.cron;
  if (times.every) text += "every " + std::to_string(times.every->count()) + "us";
  text += " in " + times.timezone;
  if (times.from) text += " from " + *times.from;
  if (times.to) text += " to " + *times.to;
  return text;
}

std::optional<UtcTime> deadline_of(const ScheduleInfo& info, UtcTime instant) {
  if (!info.sla) return std::nullopt;
  return moondial::deadline_of(*info.sla, instant, info.times.timezone);
}

std::string shown(const ScheduleInfo& info, UtcTime instant) {
  return ScheduleKeeper::civil(info, instant).to_string();
}

}  // namespace

ScheduleKeeper::ScheduleKeeper(EventLoop& loop, Store& store, Actions actions)
    : loop_(loop), store_(store), actions_(std::move(actions)) {}

ScheduleKeeper::~ScheduleKeeper() = default;

CivilTime ScheduleKeeper::civil(const ScheduleInfo& info, UtcTime instant) {
  const auto time = civil_time_in_zone(instant, info.times.timezone);
  return time.ok() ? *time : CivilTime();
}

/// A part of the jitter that is always the same for the same instant.
Duration ScheduleKeeper::put_off(const ScheduleInfo& info, UtcTime instant) {
  if (info.jitter <= Duration(0)) return Duration(0);
  const uint64_t number =
      hash64(info.name + " " + std::to_string(instant.time_since_epoch().count()));
  return Duration(static_cast<int64_t>(number % static_cast<uint64_t>(info.jitter.count())));
}

// --- Declarations ---

void ScheduleKeeper::take(const std::vector<ScheduleInfo>& declared) {
  if (!std::exchange(rows_read_, true)) {
    auto rows = store_.schedules();
    if (!rows.ok()) return actions_.tell("schedules cannot be read: " + rows.error().message);
    for (ScheduleRow& row : *rows) rows_[row.schedule] = std::move(row);
  }
  const UtcTime now = loop_.utc();
  std::vector<Record> records;
  for (auto& [name, live] : schedules_) live.declared = false;
  for (const ScheduleInfo& info : declared) {
    auto times = Timetable::make(info.times);
    if (!times.ok()) continue;  // it has been refused
    Live& live = schedules_[info.name];
    const std::string text = text_of(info.times);
    const bool was_here = live.times.has_value();
    const bool same_as_before = was_here && text_of(live.info.times) == text;
    live.info = info;
    live.declared = true;
    if (same_as_before) continue;
    live.times = std::move(times).value();
    ScheduleRow& row = rows_[info.name];
    if (!was_here) live.paused_by_hand = row.paused;
    const bool is_known = !was_here && row.times == text;
    live.position = is_known ? row.position : std::max({row.position, live.position, now});
    if (!is_known) records.push_back(ScheduleKept{info.name, text, live.position});
    row = {info.name, text, live.position, live.paused_by_hand};
    plan_next(live);
  }
  for (auto at = schedules_.begin(); at != schedules_.end();) {
    Live& live = at->second;
    if (!live.declared && live.times) {
      due_.erase({live.due, at->first});
      live.times.reset();
      rows_[at->first].times.clear();
      rows_[at->first].paused = live.paused_by_hand;
      rows_[at->first].position = live.position;
      records.push_back(ScheduleKept{at->first, "", live.position});
    }
    // What it started is known until that has ended.
    const bool is_over = !live.declared && !live.busy() && live.waiting.empty();
    at = is_over ? schedules_.erase(at) : std::next(at);
  }
  if (!records.empty() && firing_) store_.write(std::move(records), {});
  if (firing_) arm();
}

/// When it is to be looked at: its next instant, put off as its jitter says.
void ScheduleKeeper::plan_next(Live& schedule) {
  due_.erase({schedule.due, schedule.info.name});
  const auto next = schedule.times ? schedule.times->next(schedule.position) : std::nullopt;
  if (!next) return;
  schedule.due = *next + put_off(schedule.info, *next);
  due_.emplace(schedule.due, schedule.info.name);
}

// --- Firing ---

Status ScheduleKeeper::begin() {
  auto open = store_.open_firings();
  if (!open.ok()) return open.error();
  firing_ = true;
  begun_ = loop_.utc();
  std::vector<Record> records;
  for (const auto& [name, live] : schedules_) {
    if (live.times) records.push_back(ScheduleKept{name, text_of(live.info.times), live.position});
  }
  // What was declared before and is not now is new when it comes back.
  for (const auto& [name, row] : rows_) {
    if (!schedules_.contains(name) && !row.times.empty()) {
      records.push_back(ScheduleKept{name, "", row.position});
    }
  }
  store_.write(std::move(records), {});
  restore(*open);
  look();
  return Status();
}

/// What the engine before had recorded: its runs are gone on with, or have ended; what it had not
/// started is started now, before anything new fires.
void ScheduleKeeper::restore(const std::vector<FiringRow>& rows) {
  std::vector<Fired> waiting;
  for (const FiringRow& row : rows) {
    if (is_trigger_name(row.schedule)) continue;
    const Firing firing{row.schedule, row.instant};
    if (row.sla && !row.sla_missed && row.run_state == RunState::kDone) {
      store_.write({SlaSettled{row.schedule, row.instant, false}}, {});  // it had ended just then
    } else if (row.sla && !row.sla_missed) {
      keep_deadline(firing, *row.sla, row.run);
    }
    if (row.state == FiringState::kWaiting) waiting.push_back({firing, true, {}});
    if (row.run && row.run_state == RunState::kRunning) {
      runs_[row.run] = firing;
      Live& schedule = schedules_[row.schedule];
      schedule.info.name = row.schedule;
      schedule.runs.insert(row.run);
    }
  }
  for (const Fired& fired : waiting) admit(fired);
}

void ScheduleKeeper::stop() {
  firing_ = false;
  stopped_ = true;
  timer_.reset();
}

void ScheduleKeeper::arm() {
  const UtcTime now = loop_.utc();
  UtcTime next = now + kLook;
  if (!due_.empty()) next = std::min(next, due_.begin()->first);
  if (!deadlines_.empty()) next = std::min(next, deadlines_.begin()->first);
  timer_ = loop_.timer(loop_.mono() + std::max(next - now, Duration(0)), [this] { look(); });
}

/// Everything that is due, in one transaction.
void ScheduleKeeper::look() {
  if (!firing_) return;
  const UtcTime now = loop_.utc();
  std::vector<Record> records;
  auto fired = std::make_shared<std::vector<Fired>>();
  while (!due_.empty() && due_.begin()->first <= now) {
    Live& schedule = schedules_.at(due_.begin()->second);
    look_at(schedule, now, records, *fired);
    plan_next(schedule);
  }
  look_at_deadlines(now, records);
  if (!records.empty()) {
    store_.write(std::move(records), [this, fired] {
      for (const Fired& one : *fired) admit(one);
    });
  }
  arm();
}

void ScheduleKeeper::look_at(Live& schedule, UtcTime now, std::vector<Record>& records,
                             std::vector<Fired>& fired) {
  const ScheduleInfo& info = schedule.info;
  const UtcTime late_before = std::max(begun_, now - kOnTime - info.jitter);
  DueFirings due = due_firings(*schedule.times, schedule.position, now, late_before, info.catch_up,
                               info.catch_up_limit);
  // Those whose time has not come: they are put off longer than the first of them.
  while (!due.on_time.empty() && due.on_time.back() + put_off(info, due.on_time.back()) > now) {
    due.on_time.pop_back();
  }
  if (schedule.paused()) {
    for (const auto* list : {&due.late, &due.on_time}) {
      if (!list->empty()) schedule.position = std::max(schedule.position, list->back());
    }
    if (due.last_dropped) schedule.position = std::max(schedule.position, *due.last_dropped);
    records.push_back(ScheduleKept{info.name, text_of(info.times), schedule.position});
    return;
  }
  if (due.last_dropped) {
    std::string note = std::to_string(due.dropped);
    if (due.dropped >= DueFirings::kMostCounted) note += " or more";
    note += due.dropped == 1 ? " firing was missed" : " firings were missed";
    actions_.tell("schedule " + info.name + ": " + note);
    schedule.position = std::max(schedule.position, *due.last_dropped);
    records.push_back(
        ScheduleFired{info.name, *due.last_dropped, FiringState::kDropped, note, {}, false});
  }
  for (const UtcTime instant : due.late) fire(schedule, instant, true, records, fired);
  for (const UtcTime instant : due.on_time) fire(schedule, instant, false, records, fired);
}

void ScheduleKeeper::fire(Live& schedule, UtcTime instant, bool is_late,
                          std::vector<Record>& records, std::vector<Fired>& fired) {
  const Firing firing{schedule.info.name, instant};
  const auto deadline = deadline_of(schedule.info, instant);
  schedule.position = std::max(schedule.position, instant);
  records.push_back(
      ScheduleFired{firing.schedule, instant, FiringState::kWaiting, "", deadline, false});
  if (deadline) keep_deadline(firing, *deadline, RunId());
  fired.push_back({firing, is_late, {}});
}

/// A firing is durable: now its overlap decides.
void ScheduleKeeper::admit(const Fired& fired) {
  if (stopped_) {  // the next engine starts it
    if (fired.answer) fired.answer(Error{Code::kUnavailable, "the engine is shutting down", {}});
    return;
  }
  const Firing& firing = fired.firing;
  const auto found = schedules_.find(firing.schedule);
  if (found == schedules_.end() || !found->second.times) {
    return drop(firing, "the schedule is not declared any more", fired.answer);
  }
  Live& schedule = found->second;
  if (!schedule.busy() && schedule.waiting.empty()) {
    return start(schedule, firing.instant, fired.answer);
  }
  Overlap overlap = schedule.info.overlap;
  // Of all that were missed each is to be done: they make no way for one another.
  const bool is_one_of_all = fired.is_late && schedule.info.catch_up == CatchUp::kAll;
  if (overlap == Overlap::kSkip && is_one_of_all) overlap = Overlap::kQueue;
  const auto waits = [&] {
    schedule.waiting.push_back(firing.instant);
    if (fired.answer) {
      fired.answer(Error{
          Code::kConflict, "the one before has not ended: it starts when that has (overlap)", {}});
    }
  };
  switch (overlap) {
    case Overlap::kParallel:
      return start(schedule, firing.instant, fired.answer);
    case Overlap::kQueue:
      return waits();
    case Overlap::kCancel:
      for (const UtcTime instant : std::exchange(schedule.waiting, {})) {
        drop({firing.schedule, instant}, "another one was due before it could start", {});
      }
      waits();
      for (const RunId run : std::set<RunId>(schedule.runs)) actions_.cancel(run);
      return;
    case Overlap::kSkip:
      return drop(firing, "the one before had not ended (overlap)", fired.answer);
  }
}

void ScheduleKeeper::start(Live& schedule, UtcTime instant, const Answer& answer) {
  schedule.starting.insert(instant);
  const Firing firing{schedule.info.name, instant};
  actions_.start(
      firing, [this, firing, answer](const Result<RunId>& run) { started(firing, run, answer); });
}

void ScheduleKeeper::started(const Firing& firing, const Result<RunId>& run, const Answer& answer) {
  Live& schedule = schedules_.at(firing.schedule);
  schedule.starting.erase(firing.instant);
  if (stopped_ && !run.ok()) {  // the next engine starts it
    if (answer) answer(run);
    return;
  }
  if (run.ok() && *run) {
    schedule.runs.insert(*run);
    runs_[*run] = firing;
    for (auto& [due, deadline] : deadlines_) {
      if (deadline.firing == firing) deadline.run = *run;
    }
    if (answer) answer(run);
    return;
  }
  if (run.ok()) forget_deadline(firing);  // else it will be missed
  const std::string why = run.ok() ? "start() answered nothing" : run.error().message;
  if (!run.ok()) {
    actions_.tell("schedule " + firing.schedule + " of " + shown(schedule.info, firing.instant) +
                  ": " + why);
  }
  store_.write(
      {FiringSettled{firing.schedule, firing.instant,
                     run.ok() ? FiringState::kDropped : FiringState::kFailed, RunId(), why}},
      [answer, run, why] {
        if (!answer) return;
        if (run.ok()) return answer(Error{Code::kConflict, why, {}});
        answer(run);
      });
  start_waiting(schedule);
}

void ScheduleKeeper::start_waiting(Live& schedule) {
  if (stopped_ || schedule.busy() || schedule.waiting.empty()) return;
  const UtcTime instant = schedule.waiting.front();
  schedule.waiting.pop_front();
  start(schedule, instant, {});
}

void ScheduleKeeper::drop(const Firing& firing, const std::string& why, const Answer& answer) {
  forget_deadline(firing);
  actions_.tell("schedule " + firing.schedule + ": a firing is dropped: " + why);
  store_.write(
      {FiringSettled{firing.schedule, firing.instant, FiringState::kDropped, RunId(), why}},
      [answer, why] {
        if (answer) answer(Error{Code::kConflict, why, {}});
      });
}

// --- Runs and deadlines ---

void ScheduleKeeper::run_ended(RunId run, RunState state) {
  const auto node = runs_.extract(run);
  if (!node) return;
  const Firing& firing = node.mapped();
  if (state == RunState::kDone) {
    const auto kept = std::ranges::find_if(
        deadlines_, [&](const auto& one) { return one.second.firing == firing; });
    if (kept != deadlines_.end()) {
      store_.write({SlaSettled{firing.schedule, firing.instant, false}}, {});
      deadlines_.erase(kept);
    }
  }
  const auto found = schedules_.find(firing.schedule);
  if (found == schedules_.end()) return;
  found->second.runs.erase(run);
  start_waiting(found->second);
}

void ScheduleKeeper::keep_deadline(const Firing& firing, UtcTime deadline, RunId run) {
  deadlines_.emplace(deadline, Deadline{firing, run});
}

void ScheduleKeeper::forget_deadline(const Firing& firing) {
  std::erase_if(deadlines_, [&](const auto& one) { return one.second.firing == firing; });
}

void ScheduleKeeper::look_at_deadlines(UtcTime now, std::vector<Record>& records) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const Deadline missed = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    records.push_back(SlaSettled{missed.firing.schedule, missed.firing.instant, true});
    actions_.sla_missed(missed.firing, missed.run);
  }
}

// --- What people ask ---

Error ScheduleKeeper::no_schedule(const std::string& name) const {
  std::vector<std::string> known;
  for (const auto& [other, live] : schedules_) {
    if (live.times) known.push_back(other);
  }
  const std::string near = nearest(name, known);
  return {Code::kNotFound,
          "there is no schedule \"" + name + "\"" +
              (near.empty() ? "" : "; did you mean \"" + near + "\"?"),
          {}};
}

Status ScheduleKeeper::pause(const std::string& name, bool paused) {
  const auto found = schedules_.find(name);
  if (found == schedules_.end() || !found->second.times) return no_schedule(name);
  Live& schedule = found->second;
  std::vector<Record> records;
  records.push_back(SchedulePaused{name, paused});
  if (!paused && schedule.paused()) {
    // Nothing is fired for the time in which it was paused.
    schedule.position = std::max(schedule.position, loop_.utc());
    records.push_back(ScheduleKept{name, text_of(schedule.info.times), schedule.position});
    plan_next(schedule);
  }
  schedule.paused_by_hand = paused;
  store_.write(std::move(records), {});
  if (firing_) arm();
  return Status();
}

Result<Firing> ScheduleKeeper::trigger(const std::string& name, Answer done) {
  const auto found = schedules_.find(name);
  if (found == schedules_.end() || !found->second.times) return no_schedule(name);
  // Instants of the timetable are whole seconds: this one is none of them.
  UtcTime instant = std::max(loop_.utc(), last_trigger_ + Duration(1));
  if (instant == std::chrono::floor<seconds>(instant)) instant += Duration(1);
  last_trigger_ = instant;
  const auto deadline = deadline_of(found->second.info, instant);
  const Firing firing{name, instant};
  if (deadline) keep_deadline(firing, *deadline, RunId());
  store_.write({ScheduleFired{name, instant, FiringState::kWaiting, "asked for", deadline, true}},
               [this, firing, done = std::move(done)] {
                 admit({firing, false, done});
               });
  return firing;
}

Result<std::vector<ScheduleView>> ScheduleKeeper::views(size_t next) const {
  std::vector<ScheduleView> out;
  for (const auto& [name, live] : schedules_) {
    if (!live.times) continue;
    ScheduleView& view = out.emplace_back();
    view.info = live.info;
    view.paused = live.paused();
    view.meaning = live.times->meaning();
    UtcTime after = std::max(live.position, firing_ ? live.position : loop_.utc());
    while (view.next.size() < next) {
      const auto instant = live.times->next(after);
      if (!instant) break;
      view.next.push_back(after = *instant);
    }
    view.runs.assign(live.runs.begin(), live.runs.end());
    view.waiting = live.waiting.size();
    auto last = store_.firings(name, 1);
    if (!last.ok()) return last.error();
    if (!last->empty()) view.last = std::move(last->front());
  }
  return out;
}

}  // namespace moondial
