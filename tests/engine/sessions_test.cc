// Sessions in the engine: on which generation they are, what they are told, when they end.
#include "tests/engine/world.h"

namespace moondial::sessions_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Kind = SessionResult::Kind;

struct Typing {
  explicit Typing(World& world) : w(world) {
    const auto opened = w.engine.sessions().open([this](const SessionEvent& event) {
      if (const auto* print = std::get_if<SessionEvent::Print>(&event.what)) said += print->text;
      if (const auto* notice = std::get_if<SessionEvent::Notice>(&event.what)) {
        notices.push_back(notice->text);
      }
      if (const auto* one = std::get_if<SessionQuestion>(&event.what)) questions.push_back(*one);
      if (const auto* one = std::get_if<SessionResult>(&event.what)) results.push_back(*one);
      if (const auto* end = std::get_if<SessionEvent::Ended>(&event.what)) ends.push_back(end->why);
    });
    if (opened.ok()) session = *opened;
  }
  Status type(const std::string& text) {
    const Status status = w.engine.sessions().input(session, SessionInput{text});
    w.loop.settle();
    return status;
  }
  void type_completion(const std::string& text) {
    SessionInput input{text};
    input.completes = true;
    REQUIRE(w.engine.sessions().input(session, std::move(input)).ok());
    w.loop.settle();
  }
  /// The lane says that it is done.
  void done(bool keeps_variables = false) {
    SessionResult result;
    result.keeps_variables = keeps_variables;
    w.host.lanes.listeners.at(w.host.lanes.last)->on_result(std::move(result));
    w.loop.settle();
  }

  World& w;
  uint64_t session = 0;
  std::string said;
  std::vector<std::string> notices, ends;
  std::vector<SessionQuestion> questions;
  std::vector<SessionResult> results;
};

TEST_CASE("an input goes to a lane of the generation in force, and its words come back") {
  World w;
  Typing t(w);
  REQUIRE(t.session != 0);
  CHECK_FALSE(w.told("open session of 1"));
  REQUIRE(t.type("x = 1").ok());
  CHECK(w.place("open session of 1") < w.place("input 1: x = 1"));
  CHECK(w.host.pins == 1);
  SessionListener* const lane = w.host.lanes.listeners.at(1);
  lane->on_print("one\n");
  lane->on_question(SessionQuestion{3, "GET", "runs", "", false});
  CHECK(t.said == "one\n");
  REQUIRE(t.questions.size() == 1);
  CHECK(w.engine.sessions().answer(t.session, 3, SessionAnswer{200, "[]"}).ok());
  CHECK(w.told("answer 3: []"));
  CHECK(t.type("y").error().code == Code::kConflict);
  t.done();
  CHECK(t.results.size() == 1);
  REQUIRE(t.type("y").ok());
  CHECK(w.told("input 1: y"));
  CHECK(w.host.lanes.last == 1);
  CHECK(w.engine.sessions().close(t.session).ok());
  CHECK(w.told("close 1"));
  CHECK(w.host.pins == 0);
  CHECK(w.engine.sessions().close(t.session).error().code == Code::kNotFound);
  CHECK(t.type("z").error().code == Code::kNotFound);
}

TEST_CASE("when the files have changed, the session goes on with them, and says what is gone") {
  World w;
  Typing t(w);
  (void)t.type("x = 1");
  t.done(true);
  CHECK(t.notices.empty());
  w.host.generation.id = GenerationId(2);
  // To complete what is typed nothing is loaded.
  t.type_completion("x");
  CHECK(w.host.lanes.last == 1);
  t.done(true);
  (void)t.type("x");
  CHECK(t.notices ==
        std::vector<std::string>{"the files have changed: the session goes on with the new "
                                 "declarations; its variables are gone"});
  CHECK(w.place("close 1") < w.place("open session of 2"));
  CHECK(w.told("input 2: x"));
  CHECK(w.host.pins == 1);
  t.done(false);
  // What has no variables loses none.
  w.host.generation.id = GenerationId(3);
  (void)t.type("1");
  CHECK(t.notices.back() ==
        "the files have changed: the session goes on with the new declarations");
}

TEST_CASE("files that do not load leave a session where it is, and are told once") {
  World w;
  const Error broken{Code::kInvalid, "an error", {{"pipelines/a.lua", 3, "no such thing", ""}}};
  w.host.load_error = broken;
  Typing t(w);
  (void)t.type("1");
  REQUIRE(t.results.size() == 1);
  CHECK(t.results[0].kind == Kind::kError);
  CHECK(t.results[0].error == "pipelines/a.lua:3: no such thing");
  w.host.load_error.reset();
  (void)t.type("2");
  CHECK(w.told("input 1: 2"));
  t.done();
  w.host.load_error = broken;
  for (const char* text : {"3", "4"}) {
    (void)t.type(text);
    t.done();
  }
  CHECK(w.told("input 1: 4"));
  CHECK(t.notices == std::vector<std::string>{"pipelines/a.lua:3: no such thing\nthe declarations "
                                              "before that stay in force"});
}

TEST_CASE("a daemon's last good texts: what is held back is told once") {
  World w;
  w.host.generation.held_back = {{"pipelines/a.lua", 3, "no such thing", ""}};
  Typing t(w);
  (void)t.type("1");
  t.done();
  (void)t.type("2");
  REQUIRE(t.notices.size() == 1);
  CHECK_THAT(t.notices[0], ContainsSubstring("pipelines/a.lua:3: no such thing"));
}

TEST_CASE("a lane that dies is told with what is gone, and the next input has another") {
  World w;
  Typing t(w);
  (void)t.type("x = 1");
  t.done(true);
  (void)t.type("crash");
  w.host.lanes.listeners.at(1)->on_ended("lane ended by signal 6");
  w.loop.settle();
  CHECK(t.results.back().error == "the session's lane ended by signal 6; its variables are gone");
  CHECK(w.host.pins == 0);
  (void)t.type("1");
  CHECK(w.told("input 2: 1"));
  CHECK(w.host.pins == 1);
  // One that was interrupted, and did not stop.
  CHECK(w.engine.sessions().interrupt(t.session).ok());
  CHECK(w.told("interrupt 2"));
  w.host.lanes.listeners.at(2)->on_ended("lane was ended");
  w.loop.settle();
  CHECK(t.results.back().kind == Kind::kInterrupted);
  CHECK_THAT(t.notices.back(), ContainsSubstring("did not stop"));
  // One that dies while nothing is asked of it.
  (void)t.type("2");
  t.done();
  w.host.lanes.listeners.at(3)->on_ended("lane ended by signal 9");
  CHECK(t.notices.back() == "the session's lane ended by signal 9");
}

TEST_CASE("an interrupt that comes while the files load ends the input before it begins") {
  World w;
  w.host.holds_loads = true;
  Typing t(w);
  (void)t.type("x");
  CHECK(w.engine.sessions().interrupt(t.session).ok());
  for (const auto& load : std::exchange(w.host.held_loads, {})) load();
  w.loop.settle();
  REQUIRE(t.results.size() == 1);
  CHECK(t.results[0].kind == Kind::kInterrupted);
  CHECK_FALSE(w.told("input 1: x"));
  // One for which nothing is under way is nothing.
  CHECK(w.engine.sessions().interrupt(t.session).ok());
  // A session that is closed meanwhile is not missed.
  (void)t.type("y");
  CHECK(w.engine.sessions().close(t.session).ok());
  for (const auto& load : std::exchange(w.host.held_loads, {})) load();
  w.loop.settle();
}

TEST_CASE("there are only so many sessions at a time") {
  World w;
  std::vector<uint64_t> open;
  for (size_t i = 0; i < Sessions::kMost; ++i) {
    open.push_back(*w.engine.sessions().open([](const SessionEvent&) {}));
  }
  CHECK(w.engine.sessions().open([](const SessionEvent&) {}).error().code == Code::kConflict);
  CHECK(w.engine.sessions().close(open[3]).ok());
  CHECK(w.engine.sessions().open([](const SessionEvent&) {}).ok());
}

TEST_CASE("an engine that makes way for a daemon ends the sessions that do nothing") {
  World w;
  w.engine.on_idle([] {});
  w.engine.client_came();
  Typing idle(w), busy(w);
  (void)busy.type("x");
  w.engine.make_way();
  w.loop.settle();
  CHECK(idle.ends == std::vector<std::string>{"a daemon takes the project over"});
  CHECK(busy.ends.empty());
  busy.done();
  CHECK(busy.ends.size() == 1);
  CHECK(w.host.pins == 0);
}

TEST_CASE("an engine that ends ends its sessions, and opens no more") {
  World w;
  Typing t(w);
  (void)t.type("x");
  w.engine.shut_down(false);
  CHECK(t.ends == std::vector<std::string>{"the engine ends"});
  CHECK(w.host.pins == 0);
  CHECK(w.engine.sessions().open([](const SessionEvent&) {}).error().code == Code::kUnavailable);
}

TEST_CASE("the queue tells who runs and holds, and who is ready and what it lacks") {
  World w(2);
  w.command("A").uses = {{"cpu", 2}};
  w.host.tasks.back().lock = "db";
  w.command("B").uses = {{"cpu", 1}};
  TaskInstance& c = w.command("C");
  c.uses = {{"cpu", 1}};
  c.lock = "db";
  w.command("All", {"A", "B", "C"}).work = WorkKind::kNone;
  w.host.tasks.back().outputs.clear();
  const RunId run = w.run("All");
  const QueueView queue = w.engine.queue();
  REQUIRE(queue.running.size() == 1);
  CHECK(queue.running[0].id == "A");
  CHECK(queue.running[0].runs == std::vector<RunId>{run});
  CHECK(queue.running[0].uses == std::vector<PoolUse>{{"cpu", 2}});
  CHECK(queue.running[0].lock == "db");
  REQUIRE(queue.ready.size() == 2);
  CHECK(queue.ready[0].id == "B");
  CHECK(queue.ready[0].lacks == std::vector<std::string>{"cpu"});
  CHECK(queue.ready[1].id == "C");
  CHECK_THAT(queue.ready[1].lacks, Catch::Matchers::VectorContains(std::string("lock db")));
  const auto cpu = std::ranges::find(queue.pools, "cpu", &PoolView::name);
  REQUIRE(cpu != queue.pools.end());
  CHECK(cpu->size == 2);
  CHECK(cpu->used == 2);
}

}  // namespace
}  // namespace moondial::sessions_test
