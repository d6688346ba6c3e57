// Notices: what is told together, when, and that nothing is forgotten.
#include "engine/notice_keeper.h"
#include "tests/catch.h"
#include "tests/engine/fakes.h"

namespace moondial::notice_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

TroubleRow trouble(const std::string& subject, const std::string& text = "no luck") {
  TroubleRow row;
  row.subject = subject;
  row.name = subject.substr(0, subject.find('('));
  row.run = RunId(7);
  row.text = text;
  return row;
}

struct Fixture {
  fakes::Trace trace;
  fakes::FakeLoop loop;
  fakes::FakeStore store{loop, trace};
};

struct Daemon {
  Fixture& f;
  Texts titles;
  std::vector<NoticeMessage> messages;
  bool answers = true;
  std::vector<std::function<void()>> unanswered;
  NoticeKeeper keeper;

  explicit Daemon(Fixture& fixture, std::vector<NotifyReceiver> receivers = {{}})
      : f(fixture),
        keeper(f.loop, f.store, "p",
               [this](const NotifyReceiver& receiver, const NoticeMessage& message,
                      std::function<void()> done) {
                 titles.push_back(receiver.url + message.title);
                 messages.push_back(message);
                 answers ? f.loop.post(done) : unanswered.push_back(done);
               }) {
    keeper.take({std::move(receivers), minutes(1)});
    REQUIRE(keeper.restore().ok());
  }
  void pass(Duration time) {
    f.loop.advance(time);
    f.loop.settle();
  }
  Texts take_titles() { return std::exchange(titles, {}); }
};

}  // namespace

TEST_CASE("what fails within a minute is one message, and the same failures one paragraph") {
  Fixture f;
  Daemon daemon(f);
  for (int i = 100; i < 300; ++i) daemon.keeper.failed(trouble("A(n=" + std::to_string(i) + ")"));
  daemon.keeper.failed(trouble("B", "another\nerror"));
  daemon.pass(seconds(59));
  CHECK(daemon.titles.empty());
  daemon.pass(seconds(1));
  CHECK(daemon.take_titles() == Texts{"moondial, p: 201 failures"});
  const std::string& text = daemon.messages[0].text;
  CHECK_THAT(text,
             ContainsSubstring("A(n=109)\nand 190 more\n  no luck\n  run 7: moondial show 7\n"));
  CHECK_THAT(text, ContainsSubstring("\nB\n  another\n  error\n"));
  CHECK(text.size() < 400);
  daemon.pass(hours(5));
  CHECK(daemon.take_titles().empty());
}

TEST_CASE("a night in which all goes wrong is a handful of messages") {
  Fixture f;
  Daemon daemon(f);
  for (int minute = 0; minute < 12 * 60; ++minute) {
    daemon.keeper.failed(trouble("A(n=" + std::to_string(minute) + ")"));
    daemon.pass(minutes(1));
  }
  CHECK(daemon.titles.size() > 10);
  CHECK(daemon.titles.size() < 20);
  // After a quiet time the first one comes soon again.
  daemon.pass(hours(3));
  daemon.titles.clear();
  daemon.keeper.failed(trouble("B"));
  daemon.pass(minutes(1));
  CHECK(daemon.titles.size() == 1);
}

TEST_CASE("what works again is told to those who heard that it failed") {
  Fixture f;
  Daemon daemon(f);
  daemon.keeper.failed(trouble("quick"));
  daemon.keeper.succeeded("quick");
  daemon.keeper.succeeded("other");
  daemon.pass(minutes(1));
  CHECK(daemon.take_titles().empty());
  daemon.keeper.failed(trouble("A"));
  daemon.pass(minutes(1));
  CHECK(daemon.take_titles() == Texts{"moondial, p: 1 failure"});
  daemon.keeper.succeeded("A");
  daemon.pass(minutes(2));
  CHECK(daemon.take_titles() == Texts{"moondial, p: 1 recovery"});
  CHECK(daemon.messages.back().text == "A\n  works again\n");
  CHECK(f.store.trouble_rows.empty());
}

TEST_CASE("each receiver is told what it wants to know") {
  Fixture f;
  NotifyReceiver failures, deadlines;
  failures.url = "f: ";
  failures.on = {"failure"};
  deadlines.url = "d: ";
  deadlines.on = {"sla", "recovery"};
  Daemon daemon(f, {failures, deadlines});
  daemon.keeper.failed(trouble("A"));
  TroubleRow late = trouble("B of run 1", "too late");
  late.is_sla = true;
  daemon.keeper.missed(late);
  daemon.pass(minutes(1));
  CHECK(daemon.take_titles() == Texts{"f: moondial, p: 1 failure", "d: moondial, p: 1 missed SLA"});
  CHECK(f.store.trouble_rows.size() == 1);  // a deadline is over when it is told
  // Nobody is told any more: then nothing is kept.
  daemon.keeper.take({});
  daemon.keeper.failed(trouble("C"));
  daemon.pass(hours(1));
  CHECK(daemon.titles.empty());
  CHECK(f.store.trouble_rows.size() == 1);
}

TEST_CASE("what was not told before a crash is told by the next daemon, what was told is not") {
  Fixture f;
  {
    Daemon daemon(f);
    daemon.keeper.failed(trouble("told"));
    daemon.pass(minutes(1));
    CHECK(daemon.take_titles().size() == 1);
    daemon.answers = false;
    daemon.keeper.failed(trouble("under way"));
    daemon.pass(minutes(2));
    CHECK(daemon.take_titles().size() == 1);
    daemon.keeper.failed(trouble("waits"));
    f.loop.settle();
    daemon.keeper.stop();
    for (const auto& done : daemon.unanswered) done();
  }
  Daemon daemon(f);
  daemon.pass(minutes(1));
  CHECK(daemon.take_titles() == Texts{"moondial, p: 2 failures"});
  daemon.keeper.succeeded("told");
  daemon.pass(minutes(2));
  CHECK(daemon.take_titles() == Texts{"moondial, p: 1 recovery"});
}

TEST_CASE("what was told long ago and never works again is not kept for ever") {
  Fixture f;
  Daemon daemon(f);
  TroubleRow old = trouble("old"), young = trouble("young"), untold = trouble("untold");
  old.at = f.loop.utc() - hours(2);
  young.at = f.loop.utc();
  daemon.keeper.failed(old);
  daemon.keeper.failed(young);
  daemon.pass(minutes(1));
  daemon.take_titles();
  untold.at = old.at;
  daemon.keeper.failed(untold);
  daemon.keeper.forget_told_before(f.loop.utc() - hours(1));
  f.loop.settle();
  CHECK_FALSE(f.store.trouble_rows.contains("old"));
  CHECK(f.store.trouble_rows.contains("young"));
  CHECK(f.store.trouble_rows.contains("untold"));
  daemon.keeper.succeeded("old");
  daemon.pass(minutes(10));
  CHECK(daemon.take_titles() == Texts{"moondial, p: 1 failure"});
}

}  // namespace moondial::notice_test
