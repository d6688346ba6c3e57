// How a session shows values: to people, and as JSON.
#include "tests/lua/session_fixture.h"

namespace moondial::session_show_test {
namespace {

using Catch::Matchers::ContainsSubstring;

struct Plain : SessionFixture {
  Plain() {
    pipeline(R"lua(
      task "A" { params = { day = param.date, key = param.string{ secret = true } },
                 output = { x = "a/${day}", y = dir "b/${day}" }, sh = ": > ${output.x}" }
      task "B" { doc = "does b" })lua");
    load_well();
  }
};

TEST_CASE("tables are shown with their list first, then their keys in order") {
  Plain f;
  CHECK(f.shown("{ 3, 1, z = 1, a = 'x', [10] = true, ['a b'] = 2.5, [false] = 0 }") ==
        "{ 3, 1, [10] = true, a = \"x\", [\"a b\"] = 2.5, z = 1, [false] = 0 }");
  CHECK(f.shown("{}") == "{}");
  CHECK(f.shown("{ { {} } }") == "{ { {} } }");
  CHECK(f.shown("{ 'a\"b\\n\\27' }") == "{ \"a\\\"b\\n\\27\" }");
  CHECK(f.shown("1.0, 0.1, 2^53, 1e300, math.huge") == "1.0\n0.1\n9.007199254741e+15\n1e+300\ninf");
  CHECK(f.shown("{ date '2015-09-18', tasks.B, tasks.B{} }") == "{ 2015-09-18, B, B }");
}

TEST_CASE("what does not fit on a line is broken, and what is too much is left out") {
  Plain f;
  CHECK(f.shown("{ aaaaaaaaaa = 'bbbbbbbbbb', cccccccccc = { 1 } }", 30) ==
        "{\n  aaaaaaaaaa = \"bbbbbbbbbb\",\n  cccccccccc = { 1 }\n}");
  CHECK_THAT(f.shown("l = {} for i = 1, 80 do l[i] = i end return l"),
             ContainsSubstring("  50,\n  … and 30 more\n}"));
  CHECK(f.shown("{ { { { { { { 1 } } } } } } }") == "{ { { { { {…} } } } } }");
  CHECK_THAT(f.shown("{ ('x'):rep(3000) }"), ContainsSubstring("xxx\"…"));
  // A broad and deep one is bounded as a whole.
  CHECK(f.shown("b = {} for i = 1, 50 do b[i] = {} for j = 1, 50 do b[i][j] = { j, j } end end "
                "return b")
            .size() < 60'000);
}

TEST_CASE("cycles are shown as such, and what occurs twice twice") {
  Plain f;
  CHECK(f.shown("t = { 1 } t.me = t return t") == "{ 1, me = <the table that holds it> }");
  CHECK(f.shown("s = { 1 } return { s, s }") == "{ { 1 }, { 1 } }");
}

TEST_CASE("functions, metatables and what is the library's") {
  Plain f;
  CHECK(f.shown("function() end") == "function (input:1)");
  CHECK(f.shown("print") == "function (the library's)");
  CHECK(f.shown("setmetatable({}, { __tostring = function() return 'own' end })") == "own");
  CHECK_THAT(f.shown("json"), ContainsSubstring("encode = function"));
  // What a table would make of being looked at does not happen.
  CHECK(f.shown("setmetatable({ 1 }, { __index = error, __len = error, __pairs = error })") ==
        "{ 1 }");
}

TEST_CASE("tasks are shown with their parameters and outputs, without secrets") {
  Plain f;
  f.dir.write("a/2015-09-18", "");
  CHECK(f.shown("tasks.A{ day = '2015-09-18', key = 'hunter2' }") ==
        "A(day=2015-09-18)\n  day = 2015-09-18\n  key = ***\n  output.x: a/2015-09-18\n"
        "  output.y: b/2015-09-18  (not there)");
  CHECK(f.json("tasks.A{ day = '2015-09-18', key = 'hunter2' }") ==
        R"json({"id":"A(day=2015-09-18)","name":"A","params":{"day":"2015-09-18"}})json");
  CHECK(f.shown("tasks.A{ day = '2015-09-18', key = 'hunter2' }.key") == "***");
  CHECK(f.shown("tasks") == "A\nB  does b");
  CHECK_THAT(f.shown("tasks.A"), ContainsSubstring("  day: date\n  key: string"));
}

TEST_CASE("a text is shown as it is, but for a terminal without what would act on it") {
  Plain f;
  CHECK(f.shown("'a\\27[2Jb\\tc\\nd'", 80) == "a\\27[2Jb\tc\nd");
  CHECK(f.shown("'a\\27[2Jb'", 0) == "a\x1b[2Jb");
}

TEST_CASE("colour is there only where it is wanted") {
  Plain f;
  SessionInput input{"tasks.B"};
  CHECK_THAT(f.evaluate(input).texts.at(0), !ContainsSubstring("\x1b"));
  input.colour = true;
  CHECK_THAT(f.evaluate(input).texts.at(0), ContainsSubstring("\x1b[1mB\x1b[0m"));
}

TEST_CASE("as JSON each value is one line") {
  Plain f;
  CHECK(f.json("1, 'a\\nb', nil, true") == "1\n\"a\\nb\"\nnull\ntrue");
  CHECK(f.json("{ 1, 2 }, { a = { b = 1 } }, {}") == "[1,2]\n{\"a\":{\"b\":1}}\n{}");
  CHECK(f.json("{ 1, a = 2, [5.5] = 3 }") == R"({"1":1,"5.5":3,"a":2})");
  CHECK(f.json("date '2015-09-18', tasks.B, 0/0") == "\"2015-09-18\"\n\"B\"\nnull");
  CHECK(f.json("t = {} t.me = t return t") == R"({"me":"<the table that holds it>"})");
  CHECK(f.json("{ print }, json.decode '[]'") == "[\"function (the library's)\"]\n[]");
  f.api = {{"GET queue", R"({"running": [], "ready": [], "pools": [{"name": "cpu", "size": 2,
      "used": 1, "waiting": 0}]})"}};
  CHECK(f.json("running()") == "[]");
  CHECK(f.shown("running()") == "nothing runs");
  CHECK(f.json("pools") == R"([{"name":"cpu","size":2,"used":1,"waiting":0}])");
  CHECK(f.shown("pools") == "POOL  SIZE  USED  WAITING\ncpu   2     1");
}

TEST_CASE("plans are shown as trees, and why as what keeps a task from being complete") {
  Plain f;
  f.api = {
      {"POST plan", R"({"roots": ["B"], "tasks": [
      {"id": "C", "name": "C", "params": {}, "state": "complete", "why": "there", "requires": []},
      {"id": "D", "name": "D", "params": {}, "state": "pending", "why": "d is missing",
       "requires": []},
      {"id": "E", "name": "E", "params": {}, "state": "pending", "why": "", "requires": ["D"]},
      {"id": "B", "name": "B", "params": {}, "state": "pending", "why": "no b",
       "requires": ["C", "D", "E"]}]})"},
      {"GET queue", R"({"running": [], "ready": [{"id": "B", "runs": [4], "lacks": ["cpu",
      "lock x"]}], "pools": []})"},
      {"GET runs?limit=10", R"([{"run": 3, "counts": {"failed": 1}}, {"run": 2, "counts": {}}])"},
      {"GET runs/3?state=failed", R"({"tasks": [{"id": "B", "error": "", "attempts": [{"error":
      "exit status 1\nmore"}]}]})"}};
  CHECK(f.shown("plan(tasks.B)") ==
        "B  pending: no b\n  C  complete: there\n  D  pending: d is missing\n  E  pending\n"
        "    D  pending: d is missing");
  CHECK(f.shown("plan(tasks.B).tasks[1].id") == "C");
  CHECK(f.shown("why(tasks.B{})") ==
        "B  pending: no b\nis ready in run 4, and lacks cpu, lock x\n"
        "last failed in run 3: exit status 1\nwaits for:\n  D  pending: d is missing");
  CHECK(f.shown("why(tasks.B).last_failure.run") == "3");
  CHECK(f.shown("ready()") == "TASK  RUN  LACKS\nB     4    cpu, lock x");
  CHECK_THAT(f.shown("plan(1)"), ContainsSubstring("plan: expected a task"));
}

}  // namespace
}  // namespace moondial::session_show_test
