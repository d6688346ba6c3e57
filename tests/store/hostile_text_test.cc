#include "fixture.h"
#include "store/params_json.h"
#include "tests/catch.h"

namespace moondial::hostile_text_test {

using namespace moondial::test;        // NOLINT
using namespace std::string_literals;  // NOLINT

TEST_CASE("Text is kept byte for byte, whatever it holds") {
  const std::string text = GENERATE(""s, "'; DROP TABLE runs; --"s, "\"quoted\" \\ `x` $(y)"s,
                                    "a\0b\0"s, "\xff\xfe \xc3("s, "\xc0\x80 \xed\xa0\x80"s,
                                    "\xe6\x9c\x88\xe4\xba\xae \xf0\x9f\x8c\x92"s, "\r\n\t\x1b[31m"s,
                                    std::string(3'000'000, 'x'));
  StoreFixture fixture;
  const RunId run(1);
  const AttemptId attempt(1);
  RunStarted run_record = run_started(run, {text, text + "2"});
  run_record.request = text;
  run_record.kind = text;
  run_record.sources = {{text, text}};
  TaskPlanned task = planned(run, "t.A" + text);
  task.name = text;
  task.params = {{"date", "2015-09-18"}, {"value", text}};
  task.why = text;
  AttemptStarted start = started(attempt, run, task.id);
  start.host = text;
  start.name = text;
  start.outputs = {text};
  AttemptEnded end = ended(attempt, TaskState::kFailed);
  end.error = text;
  end.emitted = {{text, text}, {text + "2", "2"}};
  TaskEnded task_end = ended(run, task.id, TaskState::kFailed);
  task_end.error = text;
  REQUIRE(fixture.write({SourceText{text, text}, run_record, task, start,
                         PublishIntent{attempt, {{text, text + "~"}}}}));
  const auto open = fixture.store().attempt(attempt).value();
  REQUIRE(open);
  CHECK(open->task == task.id);
  CHECK(open->final_paths == start.outputs);
  CHECK(open->outputs.at(0).final_path == text);
  CHECK(open->outputs.at(0).staging_path == text + "~");
  REQUIRE(fixture.write({end, task_end}));

  fixture.reopen();
  const auto found = fixture.store().run(run).value();
  REQUIRE(found);
  CHECK(found->run.roots == run_record.roots);
  CHECK(found->run.kind == text);
  CHECK(found->sources == run_record.sources);
  const TaskRow& row = found->tasks.at(0);
  CHECK(row.id == task.id);
  CHECK(row.name == text);
  CHECK(row.params == task.params);
  CHECK(row.why == text);
  CHECK(row.error == text);
  CHECK(row.attempts.at(0).error == text);
  CHECK(row.attempts.at(0).host == text);
  CHECK(row.attempts.at(0).emitted == end.emitted);
  CHECK(fixture.store().source_text(text).value() == text);
  // No request is no request: it names no run.
  const auto expected = text.empty() ? std::optional<RunId>() : std::optional(run);
  CHECK(fixture.store().run_of_request(text).value() == expected);
  CHECK(fixture.query("SELECT json_valid(params) FROM tasks") == "1");
  CHECK(fixture.query("PRAGMA integrity_check") == "ok");
}

TEST_CASE("Parameters are JSON, and nothing is lost in them") {
  CHECK(store::to_json({}) == "{}");
  CHECK(store::to_json({{"b", "2"}, {"a", "x\"y\0z"s}}) == R"({"a":"x\"y\u0000z","b":"2"})");
  CHECK(store::to_json({{"a", "\xff\x00q"s}}) == R"({"a":{"hex":"ff0071"}})");
  const Params params = {{"a", "\xff\x00q"s}, {"b", R"({"hex":"00"})"}, {"c", ""}};
  CHECK(store::params_from_json(store::to_json(params)) == params);
}

}  // namespace moondial::hostile_text_test
