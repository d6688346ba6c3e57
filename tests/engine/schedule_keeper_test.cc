// Schedules: when they fire, and what becomes of a firing. Time begins at 2001-09-09T01:46:40Z.
#include "engine/schedule_keeper.h"

#include "tests/catch.h"
#include "tests/engine/fakes.h"

namespace moondial::schedule_keeper_test {
namespace {

using fakes::FakeLoop;
using fakes::FakeStore;
using fakes::Trace;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

ScheduleInfo every_minute(Overlap overlap = Overlap::kSkip) {
  ScheduleInfo info;
  info.name = "s";
  info.times.cron = "* * * * *";
  info.times.timezone = "UTC";
  info.overlap = overlap;
  return info;
}

/// A daemon of which only the schedules are there. What is started is a run at once, and ends when
/// the test says so.
struct Daemon {
  FakeLoop& loop;
  FakeStore& store;
  std::vector<std::string> started;  ///< "s 01:47:00"
  std::vector<RunId> cancelled;
  std::vector<std::string> missed;  ///< deadlines
  bool refuses = false, has_nothing = false;
  uint64_t last_run = 0;
  ScheduleKeeper keeper;

  Daemon(FakeLoop& the_loop, FakeStore& the_store)
      : loop(the_loop), store(the_store), keeper(loop, store, actions()) {}

  static std::string shown(const Firing& firing) {
    ScheduleInfo utc;
    utc.times.timezone = "UTC";
    return firing.schedule + " " +
           ScheduleKeeper::civil(utc, firing.instant).to_string().substr(11);
  }
  ScheduleKeeper::Actions actions() {
    ScheduleKeeper::Actions out;
    out.start = [this](const Firing& firing, const std::function<void(Result<RunId>)>& done) {
      if (refuses) return loop.post([done] { done(Error{Code::kInvalid, "broken", {}}); });
      if (has_nothing) return loop.post([done] { done(RunId()); });
      started.push_back(shown(firing));
      const RunId run(++last_run);
      store.write(
          {FiringSettled{firing.schedule, firing.instant, FiringState::kStarted, run, ""}},
          [this, firing, run, done] {
            store.firing_rows.at({firing.schedule, firing.instant}).run_state = RunState::kRunning;
            done(run);
          });
    };
    out.cancel = [this](RunId run) { cancelled.push_back(run); };
    out.sla_missed = [this](const Firing& firing, RunId run) {
      missed.push_back(shown(firing) + " run " + std::to_string(run.value));
    };
    out.tell = [](const std::string&) {};
    return out;
  }
  void begin(const std::vector<ScheduleInfo>& declared) {
    keeper.take(declared);
    REQUIRE(keeper.begin().ok());
    loop.settle();
  }
  void end_run(uint64_t run, RunState state = RunState::kDone) {
    for (auto& [key, row] : store.firing_rows) {
      if (row.run == RunId(run)) row.run_state = state;
    }
    keeper.run_ended(RunId(run), state);
    loop.settle();
  }
  std::string state_of(const std::string& schedule, UtcTime instant) const {
    const FiringRow& row = store.firing_rows.at({schedule, instant});
    constexpr const char* kWords[] = {"waiting", "started", "dropped", "failed"};
    return kWords[static_cast<int>(row.state)];
  }
};

struct Fixture {
  Trace trace;
  FakeLoop loop;
  FakeStore store{loop, trace};
  const UtcTime minute{std::chrono::sys_days{std::chrono::year(2001) / 9 / 9} + hours(1) +
                       minutes(47)};
};

using Words = std::vector<std::string>;

TEST_CASE("a firing is recorded, then started, once") {
  Fixture f;
  Daemon daemon(f.loop, f.store);
  daemon.begin({every_minute(Overlap::kParallel)});
  f.loop.advance(seconds(19));
  CHECK(daemon.started.empty());  // a new schedule fires for nothing that was before
  f.loop.advance(seconds(2));
  CHECK(daemon.started == Words{"s 01:47:00"});
  CHECK(f.store.all<ScheduleFired>().size() == 1);
  CHECK(f.store.schedule_rows.at("s").position == f.minute);
  f.loop.advance(minutes(2));
  CHECK(daemon.started == Words{"s 01:47:00", "s 01:48:00", "s 01:49:00"});
}

TEST_CASE("a clock that goes back refires nothing, one that jumps ahead catches up") {
  Fixture f;
  Daemon daemon(f.loop, f.store);
  ScheduleInfo info = every_minute(Overlap::kParallel);
  daemon.begin({info});
  f.loop.advance(seconds(90));
  REQUIRE(daemon.started.size() == 2);
  f.loop.clock_set = -hours(1);
  f.loop.advance(minutes(59));
  CHECK(daemon.started.size() == 2);
  f.loop.advance(minutes(2));
  CHECK(daemon.started.back() == "s 01:49:00");
  daemon.started.clear();
  f.loop.clock_set = hours(9);
  f.loop.advance(seconds(21));
  CHECK(daemon.started.size() <= 2);  // the last that was missed, and one whose minute has come
  CHECK_FALSE(daemon.started.empty());
  CHECK(daemon.started.front().starts_with("s 11:4"));
}

TEST_CASE("while the one before runs, overlap decides") {
  Fixture f;
  const Overlap overlap =
      GENERATE(Overlap::kSkip, Overlap::kQueue, Overlap::kParallel, Overlap::kCancel);
  Daemon daemon(f.loop, f.store);
  daemon.begin({every_minute(overlap)});
  f.loop.advance(minutes(2) + seconds(30));  // 01:47, 01:48 and 01:49
  switch (overlap) {
    case Overlap::kSkip:
      CHECK(daemon.started == Words{"s 01:47:00"});
      CHECK(daemon.state_of("s", f.minute + minutes(1)) == "dropped");
      daemon.end_run(1);
      CHECK(daemon.started.size() == 1);
      f.loop.advance(minutes(1));
      CHECK(daemon.started.back() == "s 01:50:00");
      break;
    case Overlap::kQueue:
      CHECK(daemon.started == Words{"s 01:47:00"});
      daemon.end_run(1, RunState::kFailed);
      CHECK(daemon.started.back() == "s 01:48:00");
      daemon.end_run(2);
      CHECK(daemon.started.back() == "s 01:49:00");
      daemon.end_run(3);
      CHECK(daemon.started.size() == 3);
      break;
    case Overlap::kParallel:
      CHECK(daemon.started.size() == 3);
      CHECK(daemon.cancelled.empty());
      break;
    case Overlap::kCancel:
      CHECK(daemon.started == Words{"s 01:47:00"});
      CHECK(daemon.cancelled == std::vector<RunId>{RunId(1), RunId(1)});
      daemon.end_run(1, RunState::kCancelled);
      CHECK(daemon.started == Words{"s 01:47:00", "s 01:49:00"});
      CHECK(daemon.state_of("s", f.minute + minutes(1)) == "dropped");
      break;
  }
}

TEST_CASE("what passed while no daemon ran is handled as catchup says") {
  Fixture f;
  ScheduleInfo info = every_minute();
  info.times.cron = "*/10 * * * *";
  info.catch_up = GENERATE(CatchUp::kNone, CatchUp::kLast, CatchUp::kAll);
  info.catch_up_limit = 2;
  {
    Daemon before(f.loop, f.store);
    before.begin({info});
    before.keeper.stop();
  }
  f.loop.advance(hours(1));  // until 02:46:40: 01:50, 02:00, 02:10, 02:20, 02:30 and 02:40
  Daemon daemon(f.loop, f.store);
  daemon.begin({info});
  if (info.catch_up == CatchUp::kNone) CHECK(daemon.started.empty());
  if (info.catch_up == CatchUp::kLast) {
    CHECK(daemon.started == Words{"s 02:40:00"});
    daemon.end_run(1);
  }
  if (info.catch_up == CatchUp::kAll) {
    // One after the other, though it skips what overlaps else.
    CHECK(daemon.started == Words{"s 02:30:00"});
    daemon.end_run(1);
    CHECK(daemon.started == Words{"s 02:30:00", "s 02:40:00"});
    daemon.end_run(2);
  }
  const std::string note = f.store.all<ScheduleFired>().front().note;
  CHECK(note == (info.catch_up == CatchUp::kNone   ? "6 firings were missed"
                 : info.catch_up == CatchUp::kLast ? "5 firings were missed"
                                                   : "4 firings were missed"));
  f.loop.advance(minutes(4));
  CHECK(daemon.started.back() == "s 02:50:00");
}

TEST_CASE("after a crash what was recorded and not started is started, and nothing twice") {
  Fixture f;
  const bool is_started = GENERATE(false, true);
  f.store.schedule_rows["s"] = {"s", "* * * * * in UTC", f.minute, std::nullopt};
  FiringRow row{"s", f.minute, FiringState::kWaiting, {}, "", {}, {}, {}};
  if (is_started) {
    row.state = FiringState::kStarted;
    row.run = RunId(7);
    row.run_state = RunState::kRunning;
  }
  f.store.firing_rows[{"s", f.minute}] = row;
  f.loop.advance(seconds(30));
  Daemon daemon(f.loop, f.store);
  daemon.begin({every_minute()});
  CHECK(daemon.started == (is_started ? Words{} : Words{"s 01:47:00"}));
  f.loop.advance(minutes(1));
  // That run still goes on: this one is skipped.
  CHECK(daemon.state_of("s", f.minute + minutes(1)) == "dropped");
  daemon.end_run(is_started ? 7 : 1);
  f.loop.advance(minutes(1));
  CHECK(daemon.started.back() == "s 01:49:00");
}

TEST_CASE("a schedule that is new, or has other times, fires for nothing before") {
  Fixture f;
  f.store.schedule_rows["s"] = {"s", "* * * * * in UTC", f.minute - hours(5), std::nullopt};
  Daemon daemon(f.loop, f.store);
  ScheduleInfo edited = every_minute();
  edited.times.cron = "*/5 * * * *";
  daemon.begin({edited});
  CHECK(daemon.started.empty());
  SECTION("it fires at its new times") {
    f.loop.advance(minutes(4));
    CHECK(daemon.started == Words{"s 01:50:00"});
  }
  SECTION("one that comes back is new") {
    daemon.keeper.take({});
    f.loop.advance(minutes(10));
    CHECK(daemon.started.empty());
    daemon.keeper.take({edited});
    f.loop.settle();
    CHECK(daemon.started.empty());
    f.loop.advance(minutes(4));
    CHECK(daemon.started == Words{"s 02:00:00"});
  }
  SECTION("other edits change nothing of that") {
    edited.overlap = Overlap::kParallel;
    daemon.keeper.take({edited});
    f.loop.advance(minutes(9));
    CHECK(daemon.started == Words{"s 01:50:00", "s 01:55:00"});
  }
}

TEST_CASE("a paused schedule fires nothing, and nothing for that time when it is resumed") {
  Fixture f;
  Daemon daemon(f.loop, f.store);
  ScheduleInfo info = every_minute(Overlap::kParallel);
  info.paused = GENERATE(false, true);
  daemon.begin({info});
  if (!info.paused) {
    REQUIRE(daemon.keeper.pause("s", true).ok());
  }
  f.loop.advance(minutes(5));
  CHECK(daemon.started.empty());
  CHECK(f.store.firing_rows.empty());
  REQUIRE(daemon.keeper.pause("s", false).ok());
  f.loop.advance(seconds(10));
  CHECK(daemon.started.empty());
  f.loop.advance(seconds(50));
  CHECK(daemon.started == Words{"s 01:52:00"});
  CHECK(daemon.keeper.pause("x", true).error().code == Code::kNotFound);
  // An edit changes nothing of that.
  REQUIRE(daemon.keeper.pause("s", true).ok());
  ScheduleInfo edited = info;
  edited.times.cron = "*/2 * * * *";
  edited.paused = false;
  daemon.keeper.take({edited});
  CHECK(daemon.keeper.views(1)->front().paused);
  REQUIRE(daemon.keeper.pause("s", false).ok());
  // It is remembered, and counts more than the declaration.
  Daemon next(f.loop, f.store);
  next.begin({info});
  CHECK_FALSE(next.keeper.views(1)->front().paused);
}

TEST_CASE("a trigger fires now, whatever is due, and tells the run") {
  Fixture f;
  Daemon daemon(f.loop, f.store);
  ScheduleInfo info = every_minute();
  info.paused = true;
  daemon.begin({info});
  std::optional<Result<RunId>> answer;
  REQUIRE(daemon.keeper.trigger("s", [&](Result<RunId> run) { answer = run; }).ok());
  f.loop.settle();
  REQUIRE(answer);
  CHECK(answer->value() == RunId(1));
  // Its instant is none of the timetable's, even if it is asked for in that very second.
  REQUIRE(daemon.keeper.trigger("s", [&](Result<RunId> run) { answer = run; }).ok());
  f.loop.settle();
  CHECK(answer->error().code == Code::kConflict);  // the one before has not ended
  CHECK(daemon.keeper.trigger("x", {}).error().code == Code::kNotFound);
}

TEST_CASE("what cannot be started has failed, and the next one is not held up") {
  Fixture f;
  Daemon daemon(f.loop, f.store);
  ScheduleInfo info = every_minute(Overlap::kQueue);
  info.sla = Sla{std::nullopt, minutes(5)};
  daemon.begin({info});
  daemon.refuses = GENERATE(true, false);
  daemon.has_nothing = !daemon.refuses;
  f.loop.advance(minutes(1));
  CHECK(daemon.state_of("s", f.minute) == (daemon.refuses ? "failed" : "dropped"));
  CHECK(f.store.firing_rows.at({"s", f.minute}).note ==
        (daemon.refuses ? "broken" : "start() answered nothing"));
  const bool refused = daemon.refuses;
  daemon.refuses = daemon.has_nothing = false;
  f.loop.advance(minutes(1));
  CHECK(daemon.started == Words{"s 01:48:00"});
  // What could not start is not done in time either.
  f.loop.advance(minutes(4));
  CHECK(daemon.missed == (refused ? Words{"s 01:47:00 run 0"} : Words{}));
}

TEST_CASE("a deadline that passes is told once, also one that passed while nobody was there") {
  Fixture f;
  ScheduleInfo info = every_minute();
  info.times.cron = "47 1 * * *";
  info.sla = GENERATE(Sla{std::nullopt, hours(1)}, Sla{2 * 3600 + 47 * 60, std::nullopt});
  Daemon daemon(f.loop, f.store);
  daemon.begin({info});
  f.loop.advance(minutes(1));
  REQUIRE(daemon.started.size() == 1);
  CHECK(f.store.firing_rows.begin()->second.sla == f.minute + hours(1));
  SECTION("kept") {
    daemon.end_run(1);
    f.loop.advance(hours(2));
    CHECK(daemon.missed.empty());
    CHECK(f.store.firing_rows.begin()->second.sla_missed == false);
  }
  SECTION("missed by a run that goes on") {
    f.loop.advance(hours(2));
    CHECK(daemon.missed == Words{"s 01:47:00 run 1"});
    CHECK(f.store.firing_rows.begin()->second.sla_missed == true);
    daemon.end_run(1);
    f.loop.advance(hours(2));
    CHECK(daemon.missed.size() == 1);
  }
  SECTION("missed by a run that failed before") {
    daemon.end_run(1, RunState::kFailed);
    f.loop.advance(hours(2));
    CHECK(daemon.missed.size() == 1);
  }
  SECTION("missed while no daemon ran") {
    daemon.keeper.stop();
    f.loop.advance(hours(2));
    CHECK(daemon.missed.empty());
    Daemon next(f.loop, f.store);
    next.begin({info});
    CHECK(next.missed == Words{"s 01:47:00 run 1"});
  }
}

TEST_CASE("jitter puts a firing off, always by the same") {
  Fixture f;
  Daemon daemon(f.loop, f.store);
  std::vector<ScheduleInfo> all;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
    ScheduleInfo info = every_minute();
    info.name = name;
    info.times.cron = "0 2 * * *";
    info.jitter = minutes(10);
    all.push_back(info);
  }
  daemon.begin(all);
  f.loop.advance(minutes(13) + seconds(21));  // a second after two
  CHECK(daemon.started.size() < 6);
  f.loop.advance(minutes(5));
  CHECK(daemon.started.size() > 0);
  f.loop.advance(minutes(5));
  CHECK(daemon.started.size() == 6);
  for (const std::string& one : daemon.started) CHECK(one.ends_with(" 02:00:00"));
}

TEST_CASE("views tell how each schedule stands") {
  Fixture f;
  Daemon daemon(f.loop, f.store);
  daemon.begin({every_minute(Overlap::kQueue)});
  f.loop.advance(minutes(1) + seconds(30));
  const auto views = daemon.keeper.views(2);
  REQUIRE(views.ok());
  REQUIRE(views->size() == 1);
  const ScheduleView& view = views->front();
  CHECK(view.next == std::vector<UtcTime>{f.minute + minutes(2), f.minute + minutes(3)});
  CHECK(view.runs == std::vector<RunId>{RunId(1)});
  CHECK(view.waiting == 1);
  REQUIRE(view.last);
  CHECK(view.last->instant == f.minute + minutes(1));
}

TEST_CASE("a thousand firings in one second are one transaction") {
  Fixture f;
  Daemon daemon(f.loop, f.store);
  std::vector<ScheduleInfo> all;
  for (int i = 0; i < 1000; ++i) {
    ScheduleInfo info = every_minute();
    info.name = "s" + std::to_string(i);
    all.push_back(info);
  }
  daemon.begin(all);
  f.loop.advance(seconds(25));
  CHECK(daemon.started.size() == 1000);
}

}  // namespace
}  // namespace moondial::schedule_keeper_test
