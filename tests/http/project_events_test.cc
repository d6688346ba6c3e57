// The feed of all that happens, for many listeners.
#include "http/project_events.h"

#include <random>

#include "tests/catch.h"
#include "tests/http/raw_client.h"

namespace moondial::project_events_test {
using Catch::Matchers::ContainsSubstring;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// What a listener makes of the text that it gets: the ids, and the names of what has none.
struct Heard {
  std::vector<int64_t> ids;
  std::vector<std::string> names;
  std::string text;

  void take(const std::string& more) {
    text += more;
    for (size_t end = 0; (end = text.find("\n\n")) != std::string::npos;) {
      take_event(text.substr(0, end + 1));
      text.erase(0, end + 2);
    }
  }
  void take_event(const std::string& event) {
    const size_t name = event.find("event: ");
    if (name == std::string::npos) return names.push_back("(alive)");
    names.push_back(event.substr(name + 7, event.find('\n', name) - name - 7));
    if (event.starts_with("id: ")) ids.push_back(std::stoll(event.substr(4)));
  }
};

struct Feed {
  std::shared_ptr<ReplyStream> open(std::optional<int64_t> after = {}) {
    auto stream = hub.open(after);
    REQUIRE(stream.ok());
    return std::move(stream).value();
  }
  /// Reads all that is there.
  static void read(ReplyStream& stream, Heard& heard, size_t at_once = 4096) {
    std::string buffer(at_once, 0);
    while (const size_t size = stream.read(buffer.data(), buffer.size())) {
      heard.take(buffer.substr(0, size));
    }
  }
  /// Lets the feed fetch what is durable.
  void fetch() {
    loop.advance(milliseconds(100));
    loop.settle();
  }
  void commit(int count) {
    for (int i = 0; i < count; ++i) api.commit_event();
    fetch();
  }
  static std::vector<int64_t> numbers(int64_t from, int64_t to) {
    std::vector<int64_t> out;
    for (int64_t i = from; i <= to; ++i) out.push_back(i);
    return out;
  }

  PollLoop loop;
  FakeApi api{loop};
  ProjectEvents hub{loop, api, {4096, 10, 7}};
};

}  // namespace

TEST_CASE("a listener is told where it begins, and then all that happens") {
  Feed f;
  f.commit(3);
  Heard a, b;
  const auto first = f.open();
  const auto second = f.open();
  Feed::read(*first, a);
  CHECK(a.names == std::vector<std::string>{"begin"});
  CHECK(a.ids == std::vector<int64_t>{3});
  const int reads = f.api.event_reads;
  f.commit(5);
  CHECK(f.api.event_reads == reads + 1);  // for both
  Feed::read(*first, a);
  Feed::read(*second, b, 3);
  CHECK(a.ids == Feed::numbers(3, 8));
  CHECK(b.ids == a.ids);
  CHECK(b.text.empty());

  f.api.news({ProjectNews::Kind::kPaused, {}, "nightly"});
  FiringRow firing;
  firing.schedule = "nightly";
  firing.state = FiringState::kStarted;
  firing.run = RunId(9);
  f.api.news({ProjectNews::Kind::kFired, {}, {}, firing});
  ReloadReport reload;
  reload.added.tasks = {"A"};
  f.api.news({ProjectNews::Kind::kReloaded, {}, {}, {}, reload});
  f.api.news({ProjectNews::Kind::kPoolSized, {}, {}, {}, {}, {}, PoolInfo{"api", 1, 2}});
  f.api.news({ProjectNews::Kind::kMarked, {}, {}, {}, {}, "A"});
  a.names.clear();
  Feed::read(*first, a);
  CHECK(a.names == std::vector<std::string>{"schedule_paused", "schedule_fired", "reloaded",
                                            "pool_sized", "marked"});
  CHECK(a.ids == Feed::numbers(3, 8));
}

TEST_CASE("what is told of an event") {
  Feed f;
  EventRow row;
  row.id = 12;
  row.kind = EventKind::kAttemptEnded;
  row.run = RunId(7);
  row.task = "A(x=1)";
  row.attempt = AttemptId(9);
  row.number = 2;
  row.task_state = TaskState::kFailed;
  const auto stream = f.open();
  std::string text(4096, 0);
  text.resize(stream->read(text.data(), text.size()));
  f.api.event_rows.push_back(row);
  f.api.news({ProjectNews::Kind::kCommitted});
  f.fetch();
  text.resize(4096);
  text.resize(stream->read(text.data(), text.size()));
  CHECK(
      text ==
      "id: 12\nevent: attempt_ended\ndata: {\"event\":12,\"at\":\"1970-01-01T00:00:00.000+00:00\","
      "\"run\":7,\"task\":\"A(x=1)\",\"attempt\":2,\"attempt_id\":9,\"state\":\"failed\"}\n\n");
}

TEST_CASE("what tasks say of their progress is told once a second, the latest of each") {
  Feed f;
  const auto stream = f.open();
  Heard heard;
  const auto say = [&](uint64_t attempt, double fraction) {
    ProjectNews news{ProjectNews::Kind::kProgress};
    news.running = {
        "A(n=" + std::to_string(attempt) + ")", AttemptId(attempt), 1, {}, fraction, "p"};
    news.runs = {RunId(7), RunId(8)};
    f.api.news(news);
  };
  const auto told = [&] {
    heard.names.clear();
    Feed::read(*stream, heard);
    return heard.names;
  };
  (void)told();
  f.loop.advance(seconds(5));
  say(1, 0.1);
  f.loop.settle();
  CHECK(told() == std::vector<std::string>{"progress"});
  for (int i = 0; i < 1'000; ++i) say(1, i / 1e3);
  say(2, 0.5);
  f.loop.advance(milliseconds(900));
  f.loop.settle();
  CHECK(told().empty());
  f.loop.advance(milliseconds(100));
  f.loop.settle();
  std::string text(4096, 0);
  text.resize(stream->read(text.data(), text.size()));
  CHECK(text ==
        "event: progress\ndata: {\"at\":\"1970-01-01T00:00:00.000+00:00\",\"runs\":[7,8],"
        "\"task\":\"A(n=1)\",\"attempt\":1,\"attempt_id\":1,\"fraction\":0.999,\"text\":\"p\"}\n\n"
        "event: progress\ndata: {\"at\":\"1970-01-01T00:00:00.000+00:00\",\"runs\":[7,8],"
        "\"task\":\"A(n=2)\",\"attempt\":1,\"attempt_id\":2,\"fraction\":0.5,\"text\":\"p\"}\n\n");
}

TEST_CASE("a listener that comes back goes on where it was, from the record or from memory") {
  Feed f;
  f.commit(100);
  for (const int64_t after : {0, 1, 42, 89, 90, 91, 99, 100}) {
    Heard heard;
    const auto stream = f.open(after);
    Feed::read(*stream, heard, 50);
    f.commit(3);
    Feed::read(*stream, heard, 50);
    INFO(after);
    CHECK(heard.ids == Feed::numbers(after + 1, f.api.event_rows.back().id));
    CHECK(heard.names[0] == "task_ended");
  }
}

TEST_CASE("who comes back too late, or from elsewhere, is told to begin anew") {
  Feed f;
  f.api.gone = 50;
  f.commit(10);
  for (const int64_t after : {0, 49, 1000, 2000}) {
    Heard heard;
    const auto stream = f.open(after);
    Feed::read(*stream, heard);
    INFO(after);
    CHECK(heard.names == std::vector<std::string>{"reset"});
    CHECK(heard.ids == std::vector<int64_t>{f.api.event_rows.back().id});
    f.commit(1);
    Feed::read(*stream, heard);
    CHECK(heard.ids.back() == f.api.event_rows.back().id);
    CHECK(heard.names.size() == 2);
  }
  Heard heard;
  const auto stream = f.open(50);
  Feed::read(*stream, heard);
  CHECK(heard.ids == Feed::numbers(51, f.api.event_rows.back().id));
}

TEST_CASE("a listener that does not read loses what it has missed, and holds up nobody") {
  Feed f;
  Heard quick, slow;
  const auto reads = f.open();
  const auto sleeps = f.open();
  char some[20];
  slow.take(std::string(some, sleeps->read(some, sizeof some)));  // in the middle of an event
  for (int i = 0; i < 100; ++i) {
    f.commit(1);
    Feed::read(*reads, quick);
  }
  CHECK(quick.ids == Feed::numbers(0, 100));
  Feed::read(*sleeps, slow);
  CHECK(slow.names == std::vector<std::string>{"begin", "reset"});
  CHECK(slow.ids == std::vector<int64_t>{0, 100});
  f.commit(2);
  Feed::read(*sleeps, slow);
  CHECK(slow.ids == std::vector<int64_t>{0, 100, 101, 102});
}

TEST_CASE(
    "whatever listeners do, each hears every event once, in order, or is told to begin anew") {
  std::mt19937 random(7);
  const auto roll = [&](int most) { return static_cast<int>(random() % (most + 1)); };
  Feed f;
  struct Reader {
    std::shared_ptr<ReplyStream> stream;
    Heard heard;
    int64_t last = 0;
    int resets = 0;
  };
  std::vector<Reader> readers(8);
  int resets = 0;
  const auto look = [&](Reader& reader) {
    for (size_t i = 0, id = 0; i < reader.heard.names.size(); ++i) {
      const std::string& name = reader.heard.names[i];
      if (name == "(alive)") continue;
      const int64_t at = reader.heard.ids[id++];
      if (name == "reset") {
        ++resets;
        CHECK(at >= reader.last);
      } else if (name != "begin") {
        CHECK(at == reader.last + 1);
      }
      reader.last = at;
    }
    reader.heard.names.clear();
    reader.heard.ids.clear();
  };
  for (int step = 0; step < 4000; ++step) {
    Reader& reader = readers[static_cast<size_t>(roll(7))];
    switch (roll(5)) {
      case 0:
        f.commit(roll(60));
        break;
      case 1:  // comes back
        reader.heard.text.clear();
        reader.stream = f.open(reader.last);
        break;
      case 2:
        if (roll(20) == 0) reader.stream.reset();
        break;
      case 3:  // gets to the end
        if (!reader.stream) break;
        Feed::read(*reader.stream, reader.heard);
        look(reader);
        break;
      default:
        if (!reader.stream) break;
        std::string buffer(static_cast<size_t>(1 + roll(300)), 0);
        reader.heard.take(buffer.substr(0, reader.stream->read(buffer.data(), buffer.size())));
        look(reader);
    }
  }
  CHECK(resets > 0);
  for (Reader& reader : readers) {
    if (!reader.stream) reader.stream = f.open(reader.last);
    Feed::read(*reader.stream, reader.heard);
    look(reader);
    CHECK(reader.last == f.api.event_rows.back().id);
  }
}

TEST_CASE("nothing is fetched while nobody listens, and a quiet listener is kept alive") {
  Feed f;
  auto stream = f.open();
  CHECK(f.api.news);
  Heard heard;
  Feed::read(*stream, heard);
  int told = 0;
  stream->on_readable([&] { ++told; });
  f.loop.advance(seconds(15));
  f.loop.settle();
  CHECK(told == 1);
  Feed::read(*stream, heard);
  CHECK(heard.names == std::vector<std::string>{"begin", "(alive)"});
  stream.reset();
  CHECK(f.hub.listeners() == 0);
  f.commit(1);
  CHECK_FALSE(f.api.news);
  f.loop.advance(seconds(15));
  f.loop.settle();
  CHECK(f.loop.live_watches() == 0);
}

TEST_CASE("listeners over HTTP: from a header or a parameter on, until the server ends") {
  Served s;
  s.api.commit_event();
  s.api.commit_event();
  auto client = s.client();
  client.always = "Last-Event-ID: 1\r\n";
  client.ask("GET", "/api/v1/events");
  client.wait([&] { return client.received.find("id: 2\n") != std::string::npos; });
  CHECK_THAT(client.received, ContainsSubstring("Content-Type: text/event-stream\r\n"));
  CHECK(client.received.find("id: 1\n") == std::string::npos);
  auto other = s.client();
  other.ask("GET", "/api/v1/events?after=0");
  other.wait([&] { return other.received.find("id: 2\n") != std::string::npos; });
  CHECK_THAT(other.received, ContainsSubstring("id: 1\n"));
  s.api.commit_event();
  s.loop.advance(milliseconds(100));
  other.wait([&] { return other.received.find("id: 3\n") != std::string::npos; });
  client.wait([&] { return client.received.find("id: 3\n") != std::string::npos; });

  CHECK(s.client().get("/api/v1/events?after=x").status == 400);
  auto wrong = s.client();
  wrong.always = "Last-Event-ID: x\r\n";
  CHECK(wrong.get("/api/v1/events").status == 400);

  bool drained = false;
  s.server->drain(seconds(5), [&] { drained = true; });
  other.wait([&] { return other.closed; });
  client.wait([&] { return client.closed; });
  s.loop.settle();
  CHECK(drained);
}

TEST_CASE("a log is followed to its end") {
  Served s;
  s.api.log_text = "one\ntwo\n";
  s.api.log_ended = false;
  auto client = s.client();
  client.ask("GET", "/api/v1/attempts/9/log?follow=1&offset=4");
  client.wait([&] { return client.received.find("two") != std::string::npos; });
  CHECK_THAT(client.received, ContainsSubstring("id: 8\nevent: log\ndata: "
                                                "{\"text\":\"two\\n\",\"next_offset\":8}\n\n"));
  s.api.log_text += "three \xc3";  // half of a character
  s.loop.advance(milliseconds(200));
  client.wait([&] { return client.received.find("id: 14\n") != std::string::npos; });
  s.api.log_text += "\xa9\n";
  s.api.log_ended = true;
  s.loop.advance(milliseconds(200));
  client.wait([&] { return client.received.find("event: ended") != std::string::npos; });
  CHECK_THAT(client.received, ContainsSubstring("{\"text\":\"\xc3\xa9\\n\",\"next_offset\":17}"));
  auto again = s.client();
  again.always = "Last-Event-ID: 14\r\n";
  again.ask("GET", "/api/v1/attempts/9/log?follow=1");
  again.wait([&] { return again.received.find("event: ended") != std::string::npos; });
  CHECK(again.received.find("three") == std::string::npos);
}

}  // namespace moondial::project_events_test
