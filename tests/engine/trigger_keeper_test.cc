// Triggers: what makes them fire, once, whatever happens in between.
#include "engine/trigger_keeper.h"

#include "tests/catch.h"
#include "tests/engine/fakes.h"

namespace moondial::trigger_keeper_test {
namespace {

using Names = std::vector<std::string>;

TriggerInfo trigger(TriggerKind kind, const std::string& subject) {
  TriggerInfo info;
  info.kind = kind;
  info.subject = subject;
  return info;
}

/// What is there on the disk, as the test says.
struct FakeArrivals : Arrivals {
  void watch(std::vector<Glob> globs, Seen seen) override {
    watched.clear();
    for (const Glob& glob : globs) watched.push_back(glob.glob);
    seen_ = std::move(seen);
  }
  void see(const std::string& glob, const std::vector<SeenFile>& files) { seen_(glob, files); }
  Names watched;
  Seen seen_;
};

/// The record of successes, and the daemons that use it one after the other.
struct Fixture {
  fakes::Trace trace;
  fakes::FakeLoop loop;
  fakes::FakeStore store{loop, trace};

  void succeed(const std::string& name, const std::string& date) {
    const int64_t position = ++store.position;
    const std::string id = name + "(date=" + date + ")";
    std::erase_if(store.successes, [&](const auto& one) { return one.second.id == id; });
    store.successes.emplace_back(name, SuccessRow{position, id, {{"date", date}}});
  }
};

struct Daemon {
  Fixture& f;
  FakeArrivals files;
  Names started;  ///< "on.file in/*: in/a"
  Names told;
  bool refuses = false, has_nothing = false, hangs = false;
  uint64_t last_run = 0;
  TriggerKeeper keeper;

  explicit Daemon(Fixture& fixture)
      : f(fixture), keeper(fixture.loop, fixture.store, &files, actions()) {}

  TriggerKeeper::Actions actions() {
    TriggerKeeper::Actions out;
    out.start = [this](const Firing& firing, const std::string& cause,
                       const std::function<void(Result<RunId>)>& done) {
      started.push_back(firing.schedule + ": " + cause);
      if (hangs) return;
      if (refuses) return f.loop.post([done] { done(Error{Code::kInvalid, "broken", {}}); });
      if (has_nothing) return f.loop.post([done] { done(RunId()); });
      const RunId run(++last_run);
      f.store.write(
          {FiringSettled{firing.schedule, firing.instant, FiringState::kStarted, run, ""}},
          [run, done] { done(run); });
    };
    out.tell = [this](const std::string& text) { told.push_back(text); };
    return out;
  }
  void take(const std::vector<TriggerInfo>& declared) {
    REQUIRE(keeper.take(declared).ok());
    f.loop.settle();
  }
  void see(const std::vector<SeenFile>& seen) {
    files.see("in/*", seen);
    f.loop.settle();
  }
  Names take_started() {
    f.loop.settle();
    return std::exchange(started, {});
  }
};

const std::vector<TriggerInfo> kFiles = {trigger(TriggerKind::kFile, "in/*")};
const std::vector<TriggerInfo> kDone = {trigger(TriggerKind::kDone, "A")};
const std::vector<TriggerInfo> kCalls = {trigger(TriggerKind::kWebhook, "orders")};

std::string cause(const std::string& date) {
  return "on.done A: {\"task\":\"A(date=" + date + ")\",\"params\":{\"date\":\"" + date + "\"}}";
}

}  // namespace

TEST_CASE("a file fires when it is whole, once for each version of it") {
  Fixture f;
  Daemon daemon(f);
  daemon.take(kFiles);
  CHECK(daemon.files.watched == Names{"in/*"});
  daemon.see({{"in/old", "1", false}});  // it was there when the trigger came
  daemon.see({{"in/old", "1", true}});
  CHECK(daemon.take_started().empty());
  daemon.see({{"in/a", "1", false}, {"in/old", "1", true}});
  CHECK(daemon.take_started().empty());
  daemon.see({{"in/a", "2", true}, {"in/old", "1", true}});
  CHECK(daemon.take_started() == Names{"on.file in/*: in/a"});
  daemon.see({{"in/a", "2", true}, {"in/old", "9", true}});
  CHECK(daemon.take_started() == Names{"on.file in/*: in/old"});
  // One that has gone and comes back as it was has arrived again.
  daemon.see({{"in/old", "9", true}});
  daemon.see({{"in/a", "2", true}, {"in/old", "9", true}});
  CHECK(daemon.take_started() == Names{"on.file in/*: in/a"});
}

TEST_CASE("what arrives while no daemon is there fires when one comes, and nothing twice") {
  Fixture f;
  {
    Daemon daemon(f);
    daemon.take(kFiles);
    daemon.see({});
    daemon.see({{"in/a", "1", true}});
    CHECK(daemon.take_started().size() == 1);
  }
  Daemon daemon(f);
  daemon.take(kFiles);
  daemon.see({{"in/a", "1", true}, {"in/b", "1", true}});
  CHECK(daemon.take_started() == Names{"on.file in/*: in/b"});
}

TEST_CASE("a firing that was recorded and not started is started by the next daemon") {
  Fixture f;
  {
    Daemon daemon(f);
    daemon.take(kCalls);
    daemon.hangs = true;
    bool answered = false;
    daemon.keeper.call("orders", "first", [&](const Status& status) {
      answered = status.ok();
      CHECK(f.store.firing_rows.size() == 1);  // it is recorded when the caller hears of it
    });
    f.loop.settle();
    CHECK(answered);
    CHECK(daemon.take_started() == Names{"on.webhook orders: first"});
  }
  Daemon daemon(f);
  daemon.take(kCalls);
  CHECK(daemon.take_started() == Names{"on.webhook orders: first"});
  daemon.take(kCalls);
  CHECK(daemon.take_started().empty());
}

TEST_CASE("each success fires, also those of a time without a daemon, and none of before") {
  Fixture f;
  f.succeed("A", "2015-09-16");
  {
    Daemon daemon(f);
    daemon.take(kDone);
    CHECK(daemon.take_started().empty());
    f.succeed("A", "2015-09-17");
    f.succeed("B", "2015-09-17");
    daemon.keeper.succeeded("A");
    daemon.keeper.succeeded("B");
    CHECK(daemon.take_started() == Names{cause("2015-09-17")});
    f.succeed("A", "2015-09-17");  // made again
    f.succeed("A", "2015-09-18");
    daemon.keeper.succeeded("A");
    CHECK(daemon.take_started() == Names{cause("2015-09-17"), cause("2015-09-18")});
  }
  f.succeed("A", "2015-09-19");
  Daemon daemon(f);
  daemon.take(kDone);
  CHECK(daemon.take_started() == Names{cause("2015-09-19")});
}

TEST_CASE("a trigger that is declared no more fires no more, and is new when it comes back") {
  Fixture f;
  Daemon daemon(f);
  daemon.take(kDone);
  daemon.take({});
  f.succeed("A", "2015-09-17");
  daemon.keeper.succeeded("A");
  daemon.take(kDone);
  CHECK(daemon.take_started().empty());
  CHECK(f.store.all<TriggerForgotten>().size() == 1);

  // Also when it went while no daemon was there, and what had fired is dropped then.
  daemon.hangs = true;
  f.succeed("A", "2015-09-18");
  daemon.keeper.succeeded("A");
  CHECK(daemon.take_started().size() == 1);
  Daemon next(f);
  next.take({});
  CHECK(next.take_started().empty());
  CHECK(f.store.all<FiringSettled>().back().state == FiringState::kDropped);
  CHECK(f.store.all<TriggerForgotten>().size() == 2);
}

TEST_CASE("what cannot start is recorded with its reason, and the next one starts") {
  Fixture f;
  Daemon daemon(f);
  daemon.take(kCalls);
  daemon.refuses = true;
  daemon.keeper.call("orders", "a", [](const Status&) {});
  f.loop.settle();
  CHECK(f.store.all<FiringSettled>().back().state == FiringState::kFailed);
  CHECK(f.store.all<FiringSettled>().back().note == "broken");
  CHECK(daemon.told == Names{"on.webhook orders: broken"});
  daemon.refuses = false;
  daemon.has_nothing = true;
  daemon.keeper.call("orders", "b", [](const Status&) {});
  f.loop.settle();
  CHECK(f.store.all<FiringSettled>().back().state == FiringState::kDropped);
  std::string why;
  daemon.keeper.call("order", "c", [&](const Status& status) { why = status.error().message; });
  f.loop.settle();
  CHECK(why == "there is no on.webhook \"order\"; did you mean \"orders\"?");
}

TEST_CASE("a thousand arrivals are started some at a time, in their order") {
  Fixture f;
  Daemon daemon(f);
  daemon.take(kFiles);
  daemon.see({});
  daemon.hangs = true;
  std::vector<SeenFile> files;
  for (int i = 1000; i < 2000; ++i) files.push_back({"in/" + std::to_string(i), "1", true});
  daemon.see(files);
  CHECK(daemon.started.size() == TriggerKeeper::kMostStarting);
  CHECK(daemon.started.front() == "on.file in/*: in/1000");
  const auto views = daemon.keeper.views();
  REQUIRE(views.ok());
  CHECK(views->front().waiting == 1000 - TriggerKeeper::kMostStarting);
  CHECK(views->front().last->cause == "in/1999");
}

}  // namespace moondial::trigger_keeper_test
