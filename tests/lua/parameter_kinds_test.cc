// Each kind of parameter: from text, from Lua, in identities, and there and back.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::parameter_kinds_test {
namespace {

using Catch::Matchers::ContainsSubstring;

/// The identity of `X`, whose parameter v is of that kind, given as text; or the error.
std::string from_text(const std::string& kind, const std::string& text) {
  ScriptFixture project;
  project.pipeline("task 'X' { params = { v = " + kind + " } }");
  project.load_well();
  const auto roots = project.plan("X", {{"v", text}});
  return roots.ok() ? roots->front() : roots.error().message;
}

/// The same given as a value of Lua.
std::string from_lua(const std::string& kind, const std::string& value) {
  ScriptFixture project;
  project.pipeline("task 'X' { params = { v = " + kind + " } }\ntask 'T' {\n" +
                   "  requires = function() return tasks.X{ v = " + value + " } end }");
  project.load_well();
  const auto roots = project.plan("T");
  return roots.ok() ? project.sink.task("T").requires_.front() : roots.error().message;
}

/// "" if the value's text makes the same identity again, and `run` sees what `check` asks of t.v.
std::string there_and_back(const std::string& kind, const std::string& value,
                           const std::string& check) {
  ScriptFixture project;
  project.pipeline("task 'X' { params = { v = " + kind + " }, run = function(t)\n" + check +
                   "\nend }\ntask 'T' {  requires = function() return tasks.X{ v = " + value +
                   " } end }");
  project.load_well();
  if (const auto roots = project.plan("T"); !roots.ok()) return roots.error().message;
  const std::string id = project.sink.task("T").requires_.front();
  const Params params = project.sink.task(id).params;
  const auto again = project.plan("X", params);
  if (!again.ok()) return again.error().message;
  if (again->front() != id) return again->front() + " is not " + id;
  return project.run("X", params).text;
}

/// What a declaration with that parameter is told.
std::string declared(const std::string& kind) {
  ScriptFixture project;
  project.pipeline("task 'X' { params = {\n  v = " + kind + "\n} }");
  return project.load();
}

}  // namespace

TEST_CASE("param.string") {
  CHECK(from_text("param.string", "a b") == "X(v=\"a b\")");
  CHECK(from_lua("param.string", "'a/b'") == "X(v=a/b)");
  CHECK_THAT(from_lua("param.string", "3"), ContainsSubstring("'v' is 3, expected text"));
  CHECK(there_and_back("param.string", "'é \\0,\"'", "assert(t.v == 'é \\0,\"')") == "");
}

TEST_CASE("param.int") {
  CHECK(from_text("param.int", "3.0") == "X(v=3)");
  CHECK(from_lua("param.int", "3.0") == "X(v=3)");
  CHECK(from_text("param.int", "-9223372036854775808") == "X(v=-9223372036854775808)");
  CHECK_THAT(from_text("param.int", "1e400"), ContainsSubstring("expected a whole number"));
  CHECK(there_and_back("param.int", "7.0", "assert(math.type(t.v) == 'integer')") == "");
}

TEST_CASE("param.number") {
  CHECK(from_text("param.number", "0.10") == "X(v=0.1)");
  CHECK(from_lua("param.number", "2^60") == "X(v=1152921504606846976)");
  CHECK(from_lua("param.number", "-0.0") == "X(v=0)");
  for (const char* text : {"nan", "inf", "-inf", "1e999"}) {
    CHECK_THAT(from_text("param.number", text), ContainsSubstring("expected a number"));
  }
  for (const char* value : {"0/0", "1/0", "-1/0"}) {
    CHECK_THAT(from_lua("param.number", value), ContainsSubstring("expected a finite number"));
  }
  CHECK(there_and_back("param.number", "3.0", "assert(t.v == 3 and t.v .. '' == '3')") == "");
  CHECK(there_and_back("param.number", "0.1", "assert(t.v == 0.1)") == "");
}

TEST_CASE("a number is the same value however it came") {
  ScriptFixture project;
  project.pipeline(R"lua(
    local X = task "X" { params = { v = param.number } }
    task "T" { requires = function()
      local x = X{ v = 3.0 }
      assert(math.type(x.v) == "integer" and rawequal(x, X{ v = 3 }))
    end }
  )lua");
  project.load_well();
  CHECK(project.plan("T").ok());
}

TEST_CASE("param.bool") {
  CHECK(from_text("param.bool", "true") == "X(v=true)");
  CHECK(from_lua("param.bool", "false") == "X(v=false)");
  CHECK_THAT(from_text("param.bool", "1"), ContainsSubstring("expected true or false"));
  CHECK(there_and_back("param.bool", "false", "assert(t.v == false)") == "");
}

TEST_CASE("param.date") {
  CHECK(from_text("param.date", "2016-02-29") == "X(v=2016-02-29)");
  CHECK(from_lua("param.date", "date '2016-03-01' - 1") == "X(v=2016-02-29)");
  CHECK(from_text("param.date", "2015-02-29") ==
        "X: parameter 'v' is \"2015-02-29\", expected a date such as 2015-09-18");
  CHECK(there_and_back("param.date", "'2015-09-18'", "assert(t.v + 1 == date '2015-09-19')") == "");
}

TEST_CASE("param.month") {
  CHECK(from_text("param.month", "2015-09") == "X(v=2015-09)");
  CHECK_THAT(from_lua("param.month", "date '2015-09-18'"),
             ContainsSubstring("'v' is 2015-09-18, expected a month such as 2015-09"));
  CHECK(there_and_back("param.month", "'2015-12'", "assert((t.v + 1).year == 2016)") == "");
}

TEST_CASE("param.week") {
  CHECK(from_text("param.week", "2015-W38") == "X(v=2015-W38)");
  CHECK(from_lua("param.week", "date.week(date '2016-01-01')") == "X(v=2015-W53)");
  CHECK(from_lua("param.week", "date.week(date '2015-01-01')") == "X(v=2015-W01)");
  CHECK(from_text("param.week", "2020-W53") == "X(v=2020-W53)");
  CHECK(from_text("param.week", "2016-W53") ==
        "X: parameter 'v' is \"2016-W53\", expected a week such as 2015-W38");
  CHECK_THAT(from_lua("param.week", "date '2015-09-18'"), ContainsSubstring("expected a week"));
  CHECK(there_and_back("param.week", "'2015-W38'", "assert(t.v.first == date '2015-09-14')") == "");
}

TEST_CASE("param.hour") {
  CHECK(from_text("param.hour", "2015-09-18T13") == "X(v=2015-09-18T13)");
  CHECK(from_lua("param.hour", "date.hour(date '2015-12-31', 23) + 1") == "X(v=2016-01-01T00)");
  CHECK(from_text("param.hour", "2015-09-18T24") ==
        "X: parameter 'v' is \"2015-09-18T24\", expected an hour such as 2015-09-18T13");
  CHECK(there_and_back("param.hour", "'2015-09-18T00'", "assert((t.v - 1).day == 17)") == "");
}

TEST_CASE("param.time") {
  CHECK(from_text("param.time", "2015-09-18T13:45") == "X(v=2015-09-18T13:45:00)");
  CHECK(from_lua("param.time", "date.time '2015-09-18T13:45:07'") == "X(v=2015-09-18T13:45:07)");
  CHECK_THAT(from_text("param.time", "2015-09-18T13:45:00+08:00"),
             ContainsSubstring("expected a time such as 2015-09-18T13:45:00"));
  CHECK(there_and_back("param.time", "'2015-09-18T23:59:59'",
                       "assert((t.v + 1).date == date '2015-09-19')") == "");
}

TEST_CASE("param.duration") {
  CHECK(from_text("param.duration", "900") == "X(v=15m)");
  CHECK(from_text("param.duration", "1.5h") == "X(v=90m)");
  CHECK(from_lua("param.duration", "0.25") == "X(v=250ms)");
  CHECK(from_lua("param.duration", "'2h'") == "X(v=2h)");
  CHECK(from_lua("param.duration", "duration '24h'") == "X(v=1d)");
  CHECK(from_text("param.duration", "soon") ==
        "X: parameter 'v' is \"soon\", expected a duration such as 15m");
  CHECK_THAT(from_lua("param.duration", "-1"), ContainsSubstring("'v' is -1, expected a duration"));
  CHECK_THAT(from_lua("param.duration", "1/0"), ContainsSubstring("expected a duration"));
  CHECK(there_and_back("param.duration", "'90s'", "assert(t.v.seconds == 90)") == "");
}

TEST_CASE("param.dates") {
  CHECK(from_text("param.dates", "2015-09-01..2015-09-18") == "X(v=2015-09-01..2015-09-18)");
  CHECK(from_text("param.dates", "2015-09-01..2015-09-30") == "X(v=2015-09)");
  CHECK(from_text("param.dates", "2015-W38") == "X(v=2015-W38)");
  CHECK(from_lua("param.dates", "date.dates(date.month '2016-02')") == "X(v=2016-02)");
  CHECK(from_lua("param.dates", "'2015-09-14..2015-09-20'") == "X(v=2015-W38)");
  CHECK_THAT(from_text("param.dates", "2015-09-18..2015-09-01"),
             ContainsSubstring("expected dates such as 2015-09-01..2015-09-18, 2015-09"));
  CHECK(there_and_back(
            "param.dates", "'2015-09'",
            "local n = 0 for d in t.v do n = n + 1 end assert(n == 30 and #t.v == 30)") == "");
}

TEST_CASE("param.enum") {
  CHECK(from_text("param.enum{ 'a', 'b c' }", "b c") == "X(v=\"b c\")");
  CHECK_THAT(from_text("param.enum{ 'a', 'b c' }", "d"), ContainsSubstring("one of a, \"b c\""));
  CHECK(there_and_back("param.enum{ 'a', 'b' }", "'a'", "assert(t.v == 'a')") == "");
}

TEST_CASE("param.list") {
  CHECK(from_text("param.list(param.string)", "a,b,c") == "X(v=\"a,b,c\")");
  CHECK(from_text("param.list(param.string)", "a") == "X(v=a)");
  CHECK(from_text("param.list(param.string)", "") == "X(v=\"\")");
  CHECK(from_lua("param.list(param.string)", "{}") == "X(v=\"\")");
  CHECK(from_lua("param.list(param.string)", "{ '' }") == R"(X(v="\"\""))");
  CHECK(from_lua("param.list(param.string)", "{ 'a,b', 'c d' }") == R"(X(v="\"a,b\",c d"))");
  CHECK(from_lua("param.list(param.int)", "{ 3.0, 4 }") == "X(v=\"3,4\")");
  CHECK(from_text("param.list(param.date)", "2015-09-18, 2015-09-19") ==
        "X(v=\"2015-09-18,2015-09-19\")");
  CHECK(from_lua("param.list(param.enum{ 'a', 'b' })", "{ 'b' }") == "X(v=b)");
  CHECK(from_text("param.list(param.list(param.int))", "[1,2],[],[3]") == "X(v=\"[1,2],[],[3]\")");
  CHECK(from_lua("param.list(param.list(param.int))", "{ { 1, 2 }, {}, { 3 } }") ==
        "X(v=\"[1,2],[],[3]\")");
  CHECK(from_lua("param.list(param.list(param.int))", "{ {} }") == "X(v=\"[]\")");
  CHECK(there_and_back("param.list(param.string)", "{ 'a,b', '', ' ', '[x]', 'é\\0' }",
                       "assert(#t.v == 5 and t.v[1] == 'a,b' and t.v[2] == '' and t.v[3] == ' ' "
                       "and t.v[4] == '[x]' and t.v[5] == 'é\\0')") == "");
  CHECK(there_and_back("param.list(param.date)", "{ '2015-09-18' }",
                       "assert(t.v[1] == date '2015-09-18')") == "");
  CHECK(there_and_back("param.list(param.map(param.bool))", "{ {}, { x = true } }",
                       "assert(next(t.v[1]) == nil and t.v[2].x == true)") == "");
}

TEST_CASE("param.map") {
  CHECK(from_text("param.map(param.int)", "y=2,x=1") == "X(v=\"x=1,y=2\")");
  CHECK(from_lua("param.map(param.int)", "{ y = 2, x = 1 }") == "X(v=\"x=1,y=2\")");
  CHECK(from_text("param.map(param.int)", "") == "X(v=\"\")");
  CHECK(from_lua("param.map(param.string)", "{ ['a=b'] = 'c=d' }") == R"(X(v="\"a=b\"=c=d"))");
  CHECK(from_lua("param.map(param.list(param.string))", "{ b = { 'x', 'y' }, a = {} }") ==
        "X(v=\"a=[],b=[x,y]\")");
  CHECK(there_and_back("param.map(param.map(param.date))", "{ a = { b = '2015-09-18' }, c = {} }",
                       "assert(t.v.a.b == date '2015-09-18' and t.v.d == nil)") == "");
}

TEST_CASE("a wrong item of a list or map is told with its place") {
  CHECK(from_text("param.list(param.int)", "1,x,3") ==
        "X: parameter 'v' is \"1,x,3\", expected list(int); item 2 is \"x\", expected a whole "
        "number");
  CHECK_THAT(from_lua("param.list(param.int)", "{ 1, 'x' }"),
             ContainsSubstring("expected list(int); item 2 is \"x\", expected a whole number"));
  CHECK_THAT(from_lua("param.list(param.list(param.date))", "{ {}, { 3 } }"),
             ContainsSubstring("expected list(list(date)); item 2 is a table, expected list(date); "
                               "item 1 is 3, expected a date such as 2015-09-18"));
  CHECK_THAT(from_text("param.list(param.list(param.int))", "1,2"),
             ContainsSubstring("item 1 is \"1\", expected a list, list(int) in [ ]"));
  CHECK_THAT(from_text("param.list(param.int)", "[1]"),
             ContainsSubstring("item 1 is in brackets, expected int without brackets"));
  CHECK_THAT(from_text("param.list(param.int)", "1,"),
             ContainsSubstring("expected list(int) such as a,b,c: an item is empty"));
  CHECK_THAT(from_text("param.map(param.int)", "x=1,y=z"),
             ContainsSubstring("expected map(int); item y is \"z\", expected a whole number"));
  CHECK_THAT(from_text("param.map(param.int)", "x"),
             ContainsSubstring("such as x=1,y=2: key=value is expected"));
  CHECK_THAT(from_lua("param.list(param.int)", "{ 1, nil, 3 }"), ContainsSubstring("holes"));
  CHECK_THAT(from_lua("param.list(param.int)", "{ x = 1 }"), ContainsSubstring("holes or names"));
  CHECK_THAT(from_lua("param.list(param.int)", "3"),
             ContainsSubstring("'v' is 3, expected a list, list(int)"));
  CHECK_THAT(from_lua("param.list(param.string)", "'a,b'"), ContainsSubstring("expected a list"));
  CHECK_THAT(from_lua("param.list(param.string)", "file 'x'"), ContainsSubstring("a list"));
  CHECK_THAT(from_lua("param.map(param.int)", "{ 1 }"),
             ContainsSubstring("expected a map from names to values, map(int); its key 1 is no"));
}

TEST_CASE("items meet the options of their kind") {
  CHECK_THAT(from_text("param.list(param.int{ min = 1 })", "1,0"),
             ContainsSubstring("item 2 is \"0\", expected at least 1"));
  CHECK_THAT(from_lua("param.map(param.date{ max = '2015-12-31' })", "{ a = '2016-01-01' }"),
             ContainsSubstring("item a is \"2016-01-01\", expected at most 2015-12-31"));
  CHECK_THAT(from_text("param.list(param.enum{ 'one', 'two' })", "tow"),
             ContainsSubstring("item 1 is \"tow\", expected one of one, two"));
}

TEST_CASE("min and max of times") {
  CHECK_THAT(from_text("param.week{ min = '2015-W02' }", "2015-W01"),
             ContainsSubstring("expected at least 2015-W02"));
  CHECK_THAT(from_text("param.hour{ max = date.hour '2015-09-18T13' }", "2015-09-18T14"),
             ContainsSubstring("expected at most 2015-09-18T13"));
  CHECK_THAT(from_text("param.time{ min = '2015-09-18T13:45' }", "2015-09-18T13:44:59"),
             ContainsSubstring("expected at least 2015-09-18T13:45:00"));
  CHECK_THAT(from_text("param.duration{ max = '1h' }", "61m"),
             ContainsSubstring("expected at most 1h"));
  CHECK_THAT(from_text("param.dates{ min = '2015-01-01' }", "2014-12-31..2015-01-02"),
             ContainsSubstring("expected no day before 2015-01-01"));
  CHECK_THAT(from_text("param.dates{ max = date '2015-01-01' }", "2015"),
             ContainsSubstring("expected no day after 2015-01-01"));
  CHECK(from_text("param.week{ min = '2015-W02', max = '2015-W02' }", "2015-W02") ==
        "X(v=2015-W02)");
  CHECK(from_text("param.dates{ min = '2015-01-01', max = '2015-12-31' }", "2015") == "X(v=2015)");
}

TEST_CASE("defaults of every kind, and those that are functions") {
  CHECK(declared("param.week{ default = '2015-W38' }") == "");
  CHECK(declared("param.hour{ default = date.hour '2015-09-18T13' }") == "");
  CHECK(declared("param.time{ default = '2015-09-18T13:45' }") == "");
  CHECK(declared("param.duration{ default = 90 }") == "");
  CHECK(declared("param.dates{ default = '2015-09' }") == "");
  CHECK(declared("param.list(param.string){ default = { 'a' } }") == "");
  CHECK(declared("param.map(param.int){ default = {} }") == "");
  CHECK_THAT(declared("param.week{ default = 'x' }"),
             ContainsSubstring("parameter 'v': default is \"x\", expected a week"));
  CHECK_THAT(declared("param.list(param.int){ default = { 'x' } }"),
             ContainsSubstring("expected list(int); item 1 is \"x\""));
  CHECK_THAT(declared("param.week{ default = date.week(today()) }"),
             ContainsSubstring("pipelines/a.lua:2: today() while files load"));

  ScriptFixture project;
  project.pipeline(R"lua(
    task "X" { params = {
      w = param.week{ default = function() return date.week(today()) end },
      l = param.list(param.date){ default = function() return { yesterday(), today() } end },
    } }
    task "Bad" { params = { w = param.week{ default = today } } }
  )lua");
  project.load_well();
  CHECK(*project.plan("X") ==
        std::vector<std::string>{"X(l=\"2015-09-17,2015-09-18\",w=2015-W38)"});
  project.now += std::chrono::hours(24 * 7);
  CHECK(*project.plan("X") ==
        std::vector<std::string>{"X(l=\"2015-09-24,2015-09-25\",w=2015-W39)"});
  CHECK_THAT(project.plan("Bad").error().message,
             ContainsSubstring("Bad: parameter 'w' is 2015-09-25, its default, expected a week"));
}

TEST_CASE("wrong kinds are told where they are declared") {
  CHECK_THAT(declared("param.list"), ContainsSubstring("param.list needs the kind of its items"));
  CHECK_THAT(declared("param.list(3)"), ContainsSubstring("pipelines/a.lua:2: param.list: expected "
                                                          "the kind of its items"));
  CHECK_THAT(declared("param.list{ param.string }"), ContainsSubstring("got a table"));
  CHECK_THAT(declared("param.list(param.enum)"), ContainsSubstring("param.enum needs its values"));
  CHECK_THAT(declared("param.map(param.list)"), ContainsSubstring("param.list needs the kind"));
  CHECK_THAT(declared("param.list(param.int{ default = 3 })"),
             ContainsSubstring("its items have no default: write param.list(…){ default = … }"));
  CHECK_THAT(declared("param.list(param.string{ secret = true })"),
             ContainsSubstring("its items have no secret"));
  CHECK_THAT(declared("param.list(param.int, { doc = 'x' })"),
             ContainsSubstring("options stand in a table of their own"));
  CHECK_THAT(declared("param.list(param.int){ min = 1 }"),
             ContainsSubstring("param.list has no min"));
  CHECK_THAT(declared("param.week{ min = '2015' }"),
             ContainsSubstring("param.week: min is \"2015\", expected a week"));
  CHECK_THAT(declared("param.duration{ max = {} }"), ContainsSubstring("expected a duration"));
  CHECK_THAT(declared("param.int{ min = 0.5 }"), ContainsSubstring("expected a whole number"));
  CHECK_THAT(declared("param.number{ min = 0/0 }"), ContainsSubstring("expected a number"));
  CHECK_THAT(declared("param.wek"), ContainsSubstring("did you mean 'week'?"));
}

TEST_CASE("lists and maps of parameters can be read and not changed") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "T" { params = { l = param.list(param.string), m = param.map(param.int),
        n = param.list(param.list(param.int)), e = param.list(param.int) },
      run = function(t)
        local l, m = t.l, t.m
        assert(#l == 3 and l[1] == "a" and l[4] == nil and rawequal(l, t.l) and t.params.l == l)
        local seen = {}
        for i, item in ipairs(l) do seen[i] = item end
        assert(table.concat(seen) == "abc" and table.concat(l, "+") == "a+b+c")
        assert(select("#", table.unpack(l)) == 3)
        local sum, count = 0, 0
        for name, value in pairs(m) do sum, count = sum + value, count + #name end
        assert(sum == 3 and count == 2 and m.x == 1 and m.z == nil)
        for name, value in next, m do sum = sum + value end
        assert(sum == 6 and next(t.e) == nil and next(l) == 1)
        assert(table.concat(each(l, string.upper)) == "ABC")
        local doubled = each(m, function(value, name) return name .. value * 2 end)
        assert(doubled.x == "x2" and doubled.y == "y4")
        assert(tostring(l) == "a,b,c" and "l=" .. l == "l=a,b,c" and tostring(m) == "x=1,y=2")
        assert(json.encode{ l = l, m = m, n = t.n, e = t.e } ==
          '{"e":[],"l":["a","b","c"],"m":{"x":1,"y":2},"n":[[1],[]]}')
        assert(t.n[1] == t.n[1] and t.n[1] ~= t.n[2] and t.n[2] == t.e and l ~= m)
        for _, change in ipairs{ function() l[1] = "x" end, function() l[4] = "x" end,
            function() m.x = 3 end, function() t.n[1][1] = 3 end, function() table.insert(l, "d") end,
            function() table.sort(l) ; l[1] = 2 end } do
          local ok, message = pcall(change)
          assert(not ok and message:find("cannot be changed"), message)
        end
        assert(getmetatable(l) == false)
        local copy = { table.unpack(l) }
        copy[1] = "z"
        assert(l[1] == "a")
      end }
  )lua");
  project.load_well();
  CHECK(project.run("T", {{"e", ""}, {"l", "a,b,c"}, {"m", "y=2,x=1"}, {"n", "[1],[]"}}).text ==
        "");
}

TEST_CASE("constructors hand parameters of every kind on") {
  ScriptFixture project;
  project.pipeline(R"lua(
    local kinds = { week = param.week, hour = param.hour, at = param.time, wait = param.duration,
      days = param.dates, list = param.list(param.date), map = param.map(param.int) }
    local X = task "X" { params = kinds }
    task "T" { params = kinds, requires = function(t) return { X(t), X(t, { wait = "1h" }) } end }
    local Month = task "Month" { params = { day = param.month } }
    task "Wrong" { params = { day = param.date }, requires = function(t)
      return Month(t) end }
    local Words = task "Words" { params = { l = param.list(param.string) } }
    task "Numbers" { params = { l = param.list(param.int) }, requires = Words }
  )lua");
  project.load_well();
  const Params params = {{"at", "2015-09-18T13:45:00"},
                         {"days", "2015-09"},
                         {"hour", "2015-09-18T13"},
                         {"list", "2015-09-18,2015-09-19"},
                         {"map", "x=1"},
                         {"wait", "15m"},
                         {"week", "2015-W38"}};
  const auto roots = project.plan("T", params);
  REQUIRE(roots.ok());
  const auto needs = project.sink.task(roots->front()).requires_;
  REQUIRE(needs.size() == 2);
  CHECK(project.sink.task(needs[0]).params == params);
  CHECK_THAT(needs[1], ContainsSubstring("wait=1h,week=2015-W38"));
  CHECK(project.plan_error("Wrong", {{"day", "2015-09-18"}}) ==
        "pipelines/a.lua:8: Wrong(day=2015-09-18): requires: Month: parameter 'day' is 2015-09-18, "
        "handed on by Wrong, expected a month such as 2015-09 (give it: Month(t, { day = … }))");
  CHECK_THAT(project.plan_error("Numbers", {{"l", "1,2"}}),
             ContainsSubstring("Words: parameter 'l' is 1,2, handed on by Numbers, expected "
                               "list(string); item 1 is 1, expected text"));
}

TEST_CASE("the same identity is the same object, whatever the kinds") {
  ScriptFixture project;
  project.pipeline(R"lua(
    local X = task "X" { params = { w = param.week, h = param.hour, at = param.time, d = param.duration,
      i = param.dates, l = param.list(param.int), m = param.map(param.list(param.date)) } }
    task "T" { requires = function()
      local a = X{ w = "2015-W53", h = date.hour "2015-09-18T13", at = "2015-09-18T13:45", d = 5400,
        i = "2015-09-01..2015-09-30", l = { 1.0, 2 }, m = { y = {}, x = { "2015-09-18" } } }
      local b = X{ w = date.week(date "2016-01-01"), h = "2015-09-18T13", d = "1.5h", i = "2015-09",
        at = date.time "2015-09-18T13:45:00", l = { 1, 2.0 }, m = { x = { date "2015-09-18" }, y = {} } }
      assert(rawequal(a, b) and rawequal(a.w, b.w))
      assert(not rawequal(a, X(a, { l = { 2, 1 } })) and rawequal(X(a), a))
      return a
    end }
  )lua");
  project.load_well();
  REQUIRE(project.plan("T").ok());
  CHECK(project.sink.task("T").requires_ ==
        std::vector<std::string>{"X(at=2015-09-18T13:45:00,d=90m,h=2015-09-18T13,i=2015-09,"
                                 "l=\"1,2\",m=\"x=[2015-09-18],y=[]\",w=2015-W53)"});
}

TEST_CASE("times have formats in texts, and what has ends has first and last") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "T" { params = { w = param.week, h = param.hour, s = param.time, d = param.duration,
        i = param.dates, m = param.month },
      output = "o/${w:%G-W%V}/${h:%Y%m%d%H}/${s:%H%M%S}/${d:%s}/${i}/${i.first:%d}-${i.last:%d}",
      sh = { "x", "${w}", "${h}", "${s}", "${d:%H:%M}", "${i:%m%d}", "${m.last}", "${w.first:%d}" } }
  )lua");
  project.load_well();
  REQUIRE(project
              .plan("T", {{"w", "2015-W38"},
                          {"h", "2015-09-18T13"},
                          {"s", "2015-09-18T13:45:07"},
                          {"d", "90m"},
                          {"i", "2015-09"},
                          {"m", "2016-02"}})
              .ok());
  const TaskInstance& task = project.sink.tasks.front();
  CHECK(task.outputs ==
        std::vector<std::string>{project.dir.path() +
                                 "/o/2015-W38/2015091813/134507/5400/2015-09/01-30"});
  std::vector<std::string> words;
  for (const CommandWord& word : task.argv) words.push_back(render(word, {}));
  CHECK(words == std::vector<std::string>{"x", "2015-W38", "2015-09-18T13", "2015-09-18T13:45:07",
                                          "01:30", "0901..0930", "2016-02-29", "14"});
  const auto error = [](const std::string& param, const std::string& text) {
    ScriptFixture other;
    other.pipeline("task 'T' { params = { x = " + param + " },\n  sh = 'x " + text + "' }");
    return other.load();
  };
  CHECK(error("param.list(param.date)", "${x:%Y}") ==
        "pipelines/a.lua:2: T: sh: ${x:%Y}: only times have a format; 'x' is list(date)");
  CHECK_THAT(error("param.duration", "${x:%Y}"), ContainsSubstring("no conversion of a duration"));
  CHECK_THAT(error("param.dates", "${x.frist}"),
             ContainsSubstring("'x' has no 'frist'; there are first and last"));
  CHECK_THAT(error("param.dates", "${x.first.day}"), ContainsSubstring("'x' has no 'day'"));
  CHECK_THAT(error("param.date", "${x.first}"), ContainsSubstring("a parameter has no 'first'"));
  CHECK_THAT(error("param.dates", "${x.first:%Q}"), ContainsSubstring("%Q"));
}

TEST_CASE("lists in paths meet the checks of texts") {
  const auto plan = [](const std::string& kind, const std::string& text) {
    ScriptFixture project;
    project.pipeline("task 'T' { params = { v = " + kind +
                     " }, output = 'o/${v}', sh = 'x > ${output}' }");
    project.load_well();
    const auto roots = project.plan("T", {{"v", text}});
    return roots.ok() ? project.sink.tasks.front().outputs.front().substr(project.dir.path().size())
                      : roots.error().message;
  };
  CHECK(plan("param.list(param.string)", "a,b") == "/o/a,b");
  CHECK_THAT(plan("param.list(param.string)", "a/../../b"),
             ContainsSubstring("not usable in a path"));
  CHECK_THAT(plan("param.list(param.string)", ".."), ContainsSubstring("not usable in a path"));
  CHECK_THAT(plan("param.map(param.int)", "a/b=1"), ContainsSubstring("not usable in a path"));
  CHECK(plan("param.list(param.string{ path = true })", "a/b,c") == "/o/a/b,c");
  CHECK(plan("param.string{ path = true }", "a/b") == "/o/a/b");
  CHECK_THAT(plan("param.string{ path = true }", "../../b"), ContainsSubstring("leads out"));
  CHECK_THAT(plan("param.string", "a/b"), ContainsSubstring("path = true would allow '/'"));
}

TEST_CASE("the kinds of parameters are declared with what they hold") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "T" { params = { a = param.list(param.list(param.enum{ "x" })), b = param.map(param.date){
      default = { z = "2015-09-18", a = "2015-09-19" } }, c = param.dates{ default = "2015-W38" },
      d = param.duration{ default = 5400 } } }
  )lua");
  project.load_well();
  const auto& params = project.state->declarations().tasks.front().params;
  CHECK(params[0].kind == "list(list(enum))");
  CHECK(params[1].kind == "map(date)");
  CHECK(params[1].default_text == "a=2015-09-19,z=2015-09-18");
  CHECK(params[2].default_text == "2015-W38");
  CHECK(params[3].kind == "duration");
  CHECK(params[3].default_text == "90m");
}

TEST_CASE("a duration that is a parameter can bound its task") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "T" { params = { limit = param.duration }, sh = "x", timeout = function(t) return t.limit end,
      retry = function(t) return { times = 2, delay = t.limit * 2 } end }
  )lua");
  project.load_well();
  REQUIRE(project.plan("T", {{"limit", "20m"}}).ok());
  CHECK(project.sink.tasks.front().timeout == std::chrono::minutes(20));
  CHECK(project.sink.tasks.front().retry.delay == std::chrono::minutes(40));
}

TEST_CASE("a list that is not significant is told where it differs from its default") {
  ScriptFixture project;
  project.pipeline(
      "task 'A' { params = { l = param.list(param.int){ default = { 1, 2 }, significant = false } "
      "} }");
  project.load_well();
  REQUIRE(project.plan("A", {{"l", "1,2"}}).ok());
  CHECK(project.sink.tasks.front().other_params.empty());
  REQUIRE(project.plan("A", {{"l", "1,2,3"}}).ok());
  CHECK(project.sink.tasks.front().other_params == Params{{"l", "1,2,3"}});
}

}  // namespace moondial::parameter_kinds_test
