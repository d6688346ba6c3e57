// Values of parameters, from Lua and from text, and the identities that they make.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::parameter_test {
namespace {

using Catch::Matchers::ContainsSubstring;

const char* const kKinds = R"lua(
task "K" { params = {
  s = param.string{ default = "-" }, i = param.int{ default = 1, min = 0, max = 9 },
  n = param.number{ default = 0.5, min = 0 }, b = param.bool{ default = false },
  d = param.date{ default = date "2015-09-18", min = date "2015-01-01" },
  m = param.month{ default = date.month "2015-09" }, e = param.enum{ "one", "two", default = "one" },
} }
)lua";

std::string identity_of(const std::string& name, const std::string& value) {
  ScriptFixture project;
  project.pipeline(kKinds);
  project.load_well();
  const auto roots = project.plan("K", {{name, value}});
  return roots.ok() ? roots->front() : roots.error().message;
}

/// What requires = function(t) return <text> end says, or "" if it can be planned.
std::string error_of(const std::string& text) {
  ScriptFixture project;
  project.pipeline(kKinds);
  project.pipeline(
      "task \"T\" {\n  params = { d = param.date },\n  requires = function(t)\n    return " + text +
          "\n  end }",
      "pipelines/b.lua");
  project.load_well();
  const auto roots = project.plan("T", {{"d", "2015-09-18"}});
  return roots.ok() ? "" : roots.error().message;
}

}  // namespace

TEST_CASE("text of each kind makes an identity") {
  CHECK(identity_of("i", "3") == "K(b=false,d=2015-09-18,e=one,i=3,m=2015-09,n=0.5,s=-)");
  CHECK_THAT(identity_of("i", "3.0"), ContainsSubstring("i=3,"));
  CHECK_THAT(identity_of("n", "1e2"), ContainsSubstring("n=100,"));
  CHECK_THAT(identity_of("n", "0.1"), ContainsSubstring("n=0.1,"));
  CHECK_THAT(identity_of("b", "true"), ContainsSubstring("b=true,"));
  CHECK_THAT(identity_of("s", "a b"), ContainsSubstring("s=\"a b\")"));
  CHECK_THAT(identity_of("s", ""), ContainsSubstring("s=\"\")"));
  CHECK_THAT(identity_of("s", "x'; touch /tmp/x; '"),
             ContainsSubstring("s=\"x'; touch /tmp/x; '\")"));
  CHECK_THAT(identity_of("s", "a\nb\"\\"), ContainsSubstring("s=\"a\\nb\\\"\\\\\")"));
}

TEST_CASE("text that is not of the kind is refused") {
  CHECK(identity_of("i", "x") == "K: parameter 'i' is \"x\", expected a whole number");
  CHECK(identity_of("i", "3.5") == "K: parameter 'i' is \"3.5\", expected a whole number");
  CHECK(identity_of("i", "10") == "K: parameter 'i' is \"10\", expected at most 9");
  CHECK(identity_of("i", "-1") == "K: parameter 'i' is \"-1\", expected at least 0");
  CHECK(identity_of("i", "99999999999999999999") ==
        "K: parameter 'i' is \"99999999999999999999\", expected a whole number");
  CHECK(identity_of("n", "nan") == "K: parameter 'n' is \"nan\", expected a number");
  CHECK(identity_of("n", "inf") == "K: parameter 'n' is \"inf\", expected a number");
  CHECK(identity_of("n", "") == "K: parameter 'n' is \"\", expected a number");
  CHECK(identity_of("b", "yes") == "K: parameter 'b' is \"yes\", expected true or false");
  CHECK(identity_of("d", "2015-02-30") ==
        "K: parameter 'd' is \"2015-02-30\", expected a date such as 2015-09-18");
  CHECK(identity_of("d", "2014-12-31") ==
        "K: parameter 'd' is \"2014-12-31\", expected at least 2015-01-01");
  CHECK(identity_of("m", "2015-13") ==
        "K: parameter 'm' is \"2015-13\", expected a month such as 2015-09");
  CHECK(identity_of("e", "tow") ==
        "K: parameter 'e' is \"tow\", expected one of one, two (did you mean 'two'?)");
  CHECK(identity_of("dd", "x") == "K has no parameter 'dd'");
}

TEST_CASE("a wrong value is refused where the task is constructed") {
  CHECK(error_of("tasks.K{ i = 'x' }") ==
        "pipelines/b.lua:4: T(d=2015-09-18): requires: K: parameter 'i' is \"x\", expected a whole "
        "number");
  CHECK_THAT(error_of("tasks.K{ i = 2.5 }"),
             ContainsSubstring("'i' is 2.5, expected a whole number"));
  CHECK_THAT(error_of("tasks.K{ i = '3' }"),
             ContainsSubstring("'i' is \"3\", expected a whole number"));
  CHECK_THAT(error_of("tasks.K{ n = 0/0 }"), ContainsSubstring("expected a finite number"));
  CHECK_THAT(error_of("tasks.K{ n = math.huge }"), ContainsSubstring("expected a finite number"));
  CHECK_THAT(error_of("tasks.K{ s = 3 }"), ContainsSubstring("'s' is 3, expected text"));
  CHECK_THAT(error_of("tasks.K{ b = 'true' }"), ContainsSubstring("expected true or false"));
  CHECK_THAT(error_of("tasks.K{ d = 3 }"), ContainsSubstring("expected a date"));
  CHECK_THAT(error_of("tasks.K{ e = t.d }"),
             ContainsSubstring("'e' is 2015-09-18, expected one of"));
  CHECK_THAT(error_of("tasks.K{ ii = 3 }"), ContainsSubstring("K has no parameter 'ii'"));
  CHECK_THAT(error_of("tasks.K{ 3 }"), ContainsSubstring("K takes parameters by name"));
  CHECK_THAT(error_of("tasks.K(3)"),
             ContainsSubstring("K: expected {parameters}, a task, or both; got 3"));
  CHECK_THAT(error_of("tasks.T{}"), ContainsSubstring("T: parameter 'd' is missing (date)"));
  CHECK_THAT(error_of("tasks.Kk{}"),
             ContainsSubstring("pipelines/b.lua:4: T(d=2015-09-18): requires: "
                               "there is no task 'Kk'"));
  CHECK_THAT(error_of("{ t.dd }"), ContainsSubstring("T has no parameter or field 'dd'"));
  CHECK_THAT(error_of("t.inptu"), ContainsSubstring("did you mean 'input'?"));
  CHECK_THAT(error_of("t.attempt"), ContainsSubstring("known in run and check only"));
  CHECK_THAT(error_of("t.states"), ContainsSubstring("t.states is known in when only"));
  CHECK_THAT(error_of("{ 'K' }"),
             ContainsSubstring("expected tasks, got \"K\" (write tasks.Name)"));
  CHECK_THAT(error_of("{ file('x') }"), ContainsSubstring("requires: "));
  CHECK_THAT(error_of("3"), ContainsSubstring("expected tasks, got 3"));
  CHECK_THAT(error_of("{ tasks.K{}, nil, tasks.K{} }"), ContainsSubstring("hole"));
  CHECK_THAT(error_of("math.random() and nil"), ContainsSubstring("works in run and check only"));
  CHECK_THAT(error_of("file('x'):write('y')"), ContainsSubstring("works in run and check only"));
  CHECK_THAT(error_of("(function() t.d = 3 end)()"), ContainsSubstring("cannot be changed"));
  CHECK(
      error_of(
          "{ tasks.K{ i = 3.0, d = '2015-09-19' }, tasks.K(t), tasks.K(t, { i = 2 }), tasks.K }") ==
      "");
}

TEST_CASE("the same identity is the same object") {
  ScriptFixture project;
  project.pipeline(kKinds);
  project.pipeline(R"lua(
    local X = task "X" { params = { a = param.int, quiet = param.bool{ default = true, significant = false } },
      output = "x/${a}", run = print }
    task "T" { requires = function(t)
      assert(rawequal(X{ a = 1 }, tasks.X{ a = 1.0 }))
      assert(X{ a = 1 } == X{ a = 1, quiet = false })
      assert(X{ a = 1 } ~= X{ a = 2 })
      local x = X{ a = 7 }
      assert(x.a == 7 and x.id == "X(a=7)" and x.name == "X" and tostring(x) == "X(a=7)")
      assert(x.params.a == 7 and x.output.path == "x/7" and x:complete() == false)
      assert(next(x.input) == nil)
      return { tasks.K{ s = "a" }, tasks.K{ s = "b" } }
    end }
    task "Bare" { requires = { X, tasks.X } , params = { a = param.int } }
    task "Static" { requires = { list = { X{ a = 1 }, tasks.Later{ n = 5 } } } }
    task "Later" { params = { n = param.int } }
  )lua",
                   "pipelines/b.lua");
  project.load_well();
  REQUIRE(project.plan("T").ok());
  CHECK(project.sink.tasks.size() == 3);
  REQUIRE(project.plan("Bare", {{"a", "4"}}).ok());
  CHECK(project.sink.task("Bare(a=4)").requires_ == std::vector<std::string>{"X(a=4)", "X(a=4)"});
  REQUIRE(project.plan("Static").ok());
  CHECK(project.sink.task("Static").requires_ == std::vector<std::string>{"X(a=1)", "Later(n=5)"});
}

TEST_CASE("parameters that are not significant are told where they differ") {
  ScriptFixture project;
  project.pipeline(
      "task 'A' { params = { a = param.int, v = param.bool{ default = false, "
      "significant = false }, o = param.string{ optional = true } } }");
  project.load_well();
  CHECK(*project.plan("A", {{"a", "1"}}) == std::vector<std::string>{"A(a=1)"});
  CHECK(project.sink.tasks[0].other_params.empty());
  CHECK(project.sink.tasks[0].params == Params{{"a", "1"}});
  CHECK(*project.plan("A", {{"a", "2"}, {"v", "true"}, {"o", "x"}}) ==
        std::vector<std::string>{"A(a=2,o=x)"});
  CHECK(project.sink.tasks[0].other_params == Params{{"v", "true"}});
}

TEST_CASE("parameters that are not significant belong to the plan or attempt that gave them") {
  ScriptFixture project;
  project.pipeline(R"lua(
    local A = task "A" { params = { v = param.int{ default = 0, significant = false } }, run = function(t)
      print(t.v, rawequal(tasks.A{ v = t.v }, tasks.A{ v = t.v + 1 })) end }
    task "T" { params = { v = param.int{ significant = false } }, requires = function(t)
      local a = A(t)
      assert(a.v == t.v and rawequal(a, A{ v = t.v + 1 }) and rawequal(a, A(t)))
      return a
    end }
    task "Static" { requires = A }
  )lua");
  project.load_well();
  for (const char* text : {"1", "2", "3"}) {
    REQUIRE(project.plan("T", {{"v", text}}).ok());
    CHECK(project.sink.task("A").other_params == Params{{"v", text}});
    CHECK(project.run("A", {{"v", text}}).text == "");
    CHECK(project.sink.logs.at(0).second == std::string(text) + "\ttrue");
    REQUIRE(project.plan("Static").ok());
    CHECK(project.sink.task("A").other_params.empty());
  }
}

}  // namespace moondial::parameter_test
