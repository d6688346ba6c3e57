// What a pipeline file may say, and how each mistake is reported.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::declaration_test {
namespace {

using Catch::Matchers::ContainsSubstring;

/// The errors of a project with one file.
std::string errors_of(const std::string& text) {
  ScriptFixture project;
  project.pipeline(text);
  return project.load();
}

/// The errors of a task with these fields beside a parameter `date`.
std::string errors_of_fields(const std::string& fields) {
  return errors_of("task \"T\" { params = { date = param.date },\n" + fields + "\n}");
}

}  // namespace

TEST_CASE("a file that declares tasks and pools") {
  ScriptFixture project;
  project.pipeline(R"lua(
task "b.Second" { doc = "what it does", params = {
    n = param.int{ default = 3, min = 1, doc = "how many" }, kind = param.enum{ "x", "y" } } }
task "a.First" { params = { date = param.date{ default = yesterday }, s = param.string{ optional = true } } }
pool "api" { size = 2 }
)lua");
  project.load_well();
  const Declarations& declared = project.state->declarations();
  REQUIRE(declared.tasks.size() == 2);
  CHECK(declared.tasks[0].name == "a.First");
  CHECK(declared.tasks[0].params[0].default_text == "(computed)");
  CHECK(declared.tasks[1].name == "b.Second");
  CHECK(declared.tasks[1].doc == "what it does");
  CHECK(declared.tasks[1].file == "pipelines/a.lua");
  CHECK(declared.tasks[1].line == 2);
  CHECK(declared.tasks[1].params[0].name == "kind");
  CHECK(declared.tasks[1].params[0].choices == std::vector<std::string>{"x", "y"});
  CHECK_FALSE(declared.tasks[1].params[0].default_text.has_value());
  CHECK(declared.tasks[1].params[1].default_text == "3");
  CHECK(declared.tasks[1].params[1].doc == "how many");
  CHECK(declared.pools == std::map<std::string, int64_t>{{"api", 2}});
}

TEST_CASE("errors of all files and fields are told together, in order") {
  ScriptFixture project;
  project.pipeline(
      "task \"A\" {\n  ouput = \"x\",\n  retri = 3,\n}\ntask \"B\" { timeout = \"9x\" }",
      "pipelines/b.lua");
  project.pipeline("local x = = 1", "pipelines/a.lua");
  project.pipeline("task \"C\" { requires = tasks.Nowhere }", "pipelines/c.lua");
  const std::string errors = project.load();
  CHECK_THAT(errors, ContainsSubstring("pipelines/a.lua:1: unexpected symbol near '='"));
  CHECK_THAT(errors, ContainsSubstring(
                         "pipelines/b.lua:2: A: unknown field 'ouput' (did you mean 'output'?)"));
  CHECK_THAT(errors, ContainsSubstring(
                         "pipelines/b.lua:3: A: unknown field 'retri' (did you mean 'retry'?)"));
  CHECK_THAT(errors, ContainsSubstring("pipelines/b.lua:5: B: timeout: "));
  CHECK_THAT(errors, ContainsSubstring("pipelines/c.lua:1: there is no task 'Nowhere'"));
  CHECK(errors.find("a.lua") < errors.find("b.lua:2"));
  CHECK(errors.find("b.lua:2") < errors.find("b.lua:3"));
}

TEST_CASE("globals are strict") {
  CHECK(errors_of("\ncount = 1") ==
        "pipelines/a.lua:2: assignment to the undeclared global 'count' (write local count)");
  CHECK(errors_of("task = 1") ==
        "pipelines/a.lua:1: 'task' is the library's and cannot be assigned");
  CHECK(errors_of("local x = taks.A") ==
        "pipelines/a.lua:1: unknown name 'taks' (did you mean 'task'?)");
  CHECK(errors_of("local x = zzz") == "pipelines/a.lua:1: unknown name 'zzz'");
  CHECK(errors_of("rawset(_G, 'x', 1)") ==
        "pipelines/a.lua:1: rawset: this table is the library's");
  CHECK(errors_of("_G.x = 1") ==
        "pipelines/a.lua:1: assignment to the undeclared global 'x' (write local x)");
  CHECK(errors_of("string.trim = 1") ==
        "pipelines/a.lua:1: string is the library's: trim cannot be set (keep helpers in lib/)");
  CHECK(errors_of("return string.fomat") ==
        "pipelines/a.lua:1: string has no 'fomat' (did you mean 'format'?)");
}

TEST_CASE("what escapes or is not there yet is refused by name") {
  CHECK_THAT(errors_of("os.execute 'ls'"), ContainsSubstring("os.execute is not available: sh"));
  CHECK_THAT(errors_of("os.exit()"), ContainsSubstring("os.exit is not available"));
  CHECK_THAT(errors_of("os.getenv 'HOME'"), ContainsSubstring("os.getenv is not available"));
  CHECK_THAT(errors_of("io.popen 'ls'"), ContainsSubstring("io is not available: file(path)"));
  CHECK_THAT(errors_of("debug.getinfo(1)"), ContainsSubstring("debug is not available"));
  CHECK_THAT(errors_of("dofile 'x'"), ContainsSubstring("dofile is not available"));
  CHECK_THAT(errors_of("loadfile 'x'"), ContainsSubstring("loadfile is not available"));
  CHECK_THAT(errors_of("package.loadlib('x', 'y')"), ContainsSubstring("package is not available"));
  CHECK_THAT(errors_of("load('\\27Lua', 'x', 'b')"), ContainsSubstring("no binary chunks"));
  CHECK(errors_of("assert(load('\\27Lua') == nil)") == "");
  CHECK_THAT(errors_of("string.dump(print)"), ContainsSubstring("string has no 'dump'"));
  CHECK_THAT(errors_of("os.time()"), ContainsSubstring("os.time() while files load"));
  CHECK(errors_of("assert(os.time{ year = 2001, month = 1, day = 1 })") == "");
  CHECK_THAT(errors_of("on.succes(print)"), ContainsSubstring("did you mean 'success'"));
  CHECK_THAT(errors_of("on.success 'x'"), ContainsSubstring("expected a function, got \"x\""));
  CHECK_THAT(errors_of("print 'x'"), ContainsSubstring("nothing is printed while files load"));
  CHECK_THAT(errors_of("file('x'):read()"), ContainsSubstring("not read while files load"));
  CHECK_THAT(errors_of("math.random()"), ContainsSubstring("not while files load"));
  CHECK_THAT(errors_of("emit{ a = 1 }"), ContainsSubstring("not while files load"));
  CHECK_THAT(errors_of("sh 'ls'"), ContainsSubstring("not while files load"));
}

TEST_CASE("fields of a task are checked") {
  CHECK(errors_of_fields("timeot = 3") ==
        "pipelines/a.lua:2: T: unknown field 'timeot' (did you mean 'timeout'?)");
  CHECK_THAT(errors_of_fields("sla = 'x'"), ContainsSubstring("T: sla: \"x\" is not a duration"));
  CHECK_THAT(errors_of_fields("rerun = 'stal'"), ContainsSubstring("did you mean 'stale'"));
  CHECK_THAT(errors_of_fields("reads = { 3 }"), ContainsSubstring("reads: expected paths, got 3"));
  CHECK_THAT(errors_of_fields("reads = '${x}'"), ContainsSubstring("no parameter 'x'"));
  CHECK_THAT(errors_of_fields("on_success = 'x'"), ContainsSubstring("expected function"));
  CHECK_THAT(errors_of_fields("retry = { when = 3 }"),
             ContainsSubstring("when is 3, expected a function"));
  CHECK_THAT(errors_of_fields("run = print, output = target{ path = 'x' }"),
             ContainsSubstring("exists is missing"));
  CHECK_THAT(errors_of_fields("run = print, output = target{ exist = print }"),
             ContainsSubstring("did you mean 'exists'"));
  CHECK_THAT(errors_of_fields("doc = 3"), ContainsSubstring("T: doc is 3, expected string"));
  CHECK_THAT(errors_of_fields("run = 'x'"), ContainsSubstring("run is \"x\", expected function"));
  CHECK_THAT(errors_of_fields("run = print, sh = 'x'"), ContainsSubstring("both run and sh"));
  CHECK_THAT(errors_of_fields("output = 'x'"), ContainsSubstring("it has output but no work"));
  CHECK_THAT(errors_of_fields("check = print"), ContainsSubstring("it has check but no work"));
  CHECK_THAT(errors_of_fields("priority = 'x'"), ContainsSubstring("priority: expected a number"));
  CHECK_THAT(errors_of_fields("priority = 0/0"), ContainsSubstring("priority: expected a number"));
  CHECK_THAT(errors_of_fields("uses = { 'api' }"), ContainsSubstring("uses: expected pools"));
  CHECK_THAT(errors_of_fields("uses = { api = -1 }"), ContainsSubstring("units of api are -1"));
  CHECK(errors_of_fields("uses = { memory = '2G' }") == "");
  CHECK_THAT(errors_of_fields("uses = { memory = 'much' }"),
             ContainsSubstring("expected bytes such as \"512M\" or \"2G\", got \"much\""));
  CHECK_THAT(errors_of_fields("lock = 3"), ContainsSubstring("lock: expected a name, got 3"));
  CHECK_THAT(errors_of_fields("when = 'al'"),
             ContainsSubstring("when: there is no \"al\"") && ContainsSubstring("did you mean"));
  CHECK_THAT(errors_of_fields("poll = 3"), ContainsSubstring("unknown field 'poll'"));
  CHECK_THAT(errors_of_fields("output = mark()"), ContainsSubstring("it has output but no work"));
  CHECK_THAT(errors_of_fields("retry = -1"), ContainsSubstring("retry: times is -1"));
  CHECK_THAT(errors_of_fields("retry = { tims = 1 }"),
             ContainsSubstring("retry: it has no 'tims' (did you mean 'times'?)"));
  CHECK_THAT(errors_of_fields("retry = { times = 1, backoff = 0 }"),
             ContainsSubstring("backoff is 0"));
  CHECK_THAT(errors_of_fields("env = { ['A=B'] = 'x' }, sh = 'x'"),
             ContainsSubstring("no name of"));
  CHECK_THAT(errors_of_fields("env = 'x', sh = 'x'"), ContainsSubstring("env is \"x\", expected"));
  CHECK_THAT(errors_of_fields("tags = { 1 }"), ContainsSubstring("tags: expected texts"));
  CHECK_THAT(errors_of_fields("output = { 'a', b = 'c' }, sh = 'x'"),
             ContainsSubstring("either a list or has names"));
  CHECK_THAT(errors_of_fields("output = { 3 }, sh = 'x'"),
             ContainsSubstring("expected paths, got 3"));
  CHECK_THAT(errors_of_fields("requires = 'X'"), ContainsSubstring("(write tasks.Name)"));
}

TEST_CASE("placeholders are checked when files load") {
  CHECK(errors_of_fields("output = 'x/${dat}.csv', sh = 'x'") ==
        "pipelines/a.lua:2: T: output: ${dat}: no parameter 'dat' (did you mean 'date'?)");
  CHECK_THAT(errors_of_fields("output = 'x/${input}', sh = 'x'"),
             ContainsSubstring("${input}: no parameter 'input'"));
  CHECK_THAT(errors_of_fields("sh = 'cat ${imput}'"),
             ContainsSubstring("pipelines/a.lua:2: T: sh: ${imput}: no parameter 'imput' (did you "
                               "mean 'input'?)"));
  CHECK_THAT(errors_of_fields("sh = { 'cat', '${outpt}' }"),
             ContainsSubstring("did you mean 'output'?"));
  CHECK_THAT(errors_of_fields("sh = 'cat > ${output}'"),
             ContainsSubstring("the task has no output"));
  CHECK_THAT(errors_of_fields("output = { csv = 'x' }, sh = 'cat > ${output.cvs}'"),
             ContainsSubstring("did you mean 'csv'?"));
  CHECK_THAT(errors_of_fields("sh = \"echo '${date}'\""), ContainsSubstring("T: sh: "));
  CHECK_THAT(errors_of_fields("sh = 'echo ${emitted}'"), ContainsSubstring("${emitted.name.key}"));
  CHECK_THAT(errors_of_fields("sh = 'echo ${date:%Q}'"), ContainsSubstring("T: sh: "));
  CHECK_THAT(errors_of("task 'T' { params = { s = param.string }, sh = 'x ${s:%Y}' }"),
             ContainsSubstring("only times have a format; 's' is string"));
  CHECK_THAT(errors_of_fields("cwd = '${x}', sh = 'x'"), ContainsSubstring("T: cwd: ${x}"));
  CHECK_THAT(errors_of_fields("env = { A = '${dte}' }, sh = 'x'"),
             ContainsSubstring("T: env: ${dte}"));
}

TEST_CASE("names are checked") {
  CHECK_THAT(errors_of("task 'a b' {}"), ContainsSubstring("is no name"));
  CHECK_THAT(errors_of("task 'a..b' {}"), ContainsSubstring("is no name"));
  CHECK_THAT(errors_of("task '' {}"), ContainsSubstring("is no name"));
  CHECK_THAT(errors_of("task(3)"), ContainsSubstring("task: expected a name, got 3"));
  CHECK_THAT(errors_of("\ntask 'A'"),
             ContainsSubstring("pipelines/a.lua:2: task \"A\" has no { … }"));
  CHECK_THAT(errors_of("pool 'cpu' { size = 1 }"), ContainsSubstring("is always there"));
  CHECK_THAT(errors_of("pool 'x' { siz = 1 }"), ContainsSubstring("did you mean 'size'?"));
  CHECK_THAT(errors_of("pool 'x' { size = 1.5 }"), ContainsSubstring("size is 1.5"));
  CHECK_THAT(errors_of("pool 'x' { size = 1 } pool 'x' { size = 1 }"), ContainsSubstring("twice"));

  ScriptFixture project;
  project.pipeline("task 'A' {}", "pipelines/a.lua");
  project.pipeline("\ntask 'A' {}", "pipelines/b.lua");
  CHECK(project.load() ==
        "pipelines/b.lua:2: task 'A' is declared twice; the other is at pipelines/a.lua:1");
}

TEST_CASE("a pool that a task uses is declared, or an error that names the nearest") {
  CHECK(errors_of("pool 'api' { size = 1 }\ntask 'T' { sh = 'true',\n  uses = { ap = 1 } }") ==
        "pipelines/a.lua:3: T uses the pool \"ap\", which is not declared (did you mean \"api\"?)");
  CHECK_THAT(errors_of("task 'T' { sh = 'true', uses = { lonely = 1 } }"),
             ContainsSubstring("declare it: pool \"lonely\" { size = 1 }"));
  CHECK(errors_of("task 'T' { sh = 'true', uses = { memory = '1G', cpu = 2 } }").empty());
  // Where something else is wrong, the pool may be declared there.
  CHECK_THAT(errors_of("task 'T' { sh = 'true', uses = { api = 1 } } task 'U' { outputs = 'x' }"),
             !ContainsSubstring("not declared"));
}

TEST_CASE("a task that is read like a variable is told as what it is") {
  CHECK_THAT(errors_of("task 'Fetch' { sh = 'true' }\ntask 'Use' { requires = Fetch }"),
             ContainsSubstring("a.lua:2: unknown name 'Fetch'; it is a task: write tasks.Fetch"));
}

TEST_CASE("what is declared without its { … } is told, once") {
  CHECK(errors_of("\npool \"p\"") == "pipelines/a.lua:2: pool \"p\" has no { … } after it");
  CHECK(errors_of("task \"A\"") == "pipelines/a.lua:1: task \"A\" has no { … } after it");
  CHECK(errors_of("external \"A\"") == "pipelines/a.lua:1: external \"A\" has no { … } after it");
  CHECK(errors_of("on.done \"A\" task \"A\" { run = print }") ==
        "pipelines/a.lua:1: on.done \"A\" has no { … } after it");
  // A file that an error has ended is not blamed for what did not come after it.
  ScriptFixture project;
  project.pipeline("task \"A\" { params = { d = param.dat } }");
  project.pipeline("task \"B\" { run = print }", "pipelines/b.lua");
  const std::string errors = project.load();
  CHECK_THAT(errors, ContainsSubstring("param has no 'dat'"));
  CHECK_THAT(errors, !ContainsSubstring("after it"));
}

TEST_CASE("options among the words of a task's sh are refused, not forgotten") {
  const std::string errors = errors_of_fields("sh = { \"cat\", stdin = \"x\" }, output = \"o\"");
  CHECK_THAT(errors,
             ContainsSubstring("pipelines/a.lua:2: T: sh: a list of words has no \"stdin\""));
  CHECK_THAT(errors_of_fields("sh = { \"cat\", nil, \"x\" }"), ContainsSubstring("T: sh: "));
  CHECK(errors_of_fields("sh = { \"cat\", \"x\" }") == "");
}

TEST_CASE("values that make no sense together are refused where they stand") {
  CHECK_THAT(errors_of_fields("run = print, tags = { nightly = true }"),
             ContainsSubstring("T: tags: expected a list of texts, got the name \"nightly\""));
  CHECK_THAT(errors_of_fields("run = print, grace = print"),
             ContainsSubstring("grace is a function, expected a duration"));
  CHECK_THAT(errors_of("external \"E\" { output = \"e\", poll = 0 }"),
             ContainsSubstring("E: poll: it is 0; say how often to look"));
  CHECK_THAT(
      errors_of("task \"T\" { params = { n = param.int{ min = 5, max = 1 } }, run = print }"),
      ContainsSubstring("param.int: no value is at least 5 and at most 1"));
  CHECK_THAT(errors_of("task \"T\" { params = { d = param.dates{ min = date \"2016-01-01\", "
                       "max = date \"2015-01-01\" } }, run = print }"),
             ContainsSubstring("no value is at least 2016-01-01 and at most 2015-01-01"));
  CHECK(errors_of("task \"T\" { params = { n = param.int{ min = 5, max = 5 } }, run = print }") ==
        "");
}

TEST_CASE("a timeout of nothing is refused") {
  CHECK_THAT(errors_of_fields("run = print, timeout = 0"),
             ContainsSubstring("T: timeout: it is 0, which no attempt can keep; leave it out"));
  CHECK(errors_of_fields("run = print, timeout = 0.1").empty());
}

TEST_CASE("outputs are not nested") {
  CHECK_THAT(errors_of("task 'T' { sh = 'true', output = { a = { 'x' } } }"),
             ContainsSubstring("a list or map of outputs holds paths, and no lists or maps"));
}

TEST_CASE("parameters are checked where they are declared") {
  const auto errors = [](const std::string& param) {
    return errors_of("task 'T' { params = {\n  " + param + "\n} }");
  };
  CHECK(errors("input = param.date") ==
        "pipelines/a.lua:2: T: parameter 'input': a task uses that name itself (t.input is the "
        "task's own; call the parameter something else, such as 'the_input')");
  CHECK_THAT(errors("x = 3"), ContainsSubstring("parameter 'x' is 3, expected a kind"));
  CHECK_THAT(errors("['a b'] = param.int"), ContainsSubstring("is no name of a parameter"));
  CHECK_THAT(errors("x = param.dat"),
             ContainsSubstring("param has no 'dat' (did you mean 'date'?)"));
  CHECK_THAT(errors("x = param.int{ defualt = 3 }"), ContainsSubstring("did you mean 'default'?"));
  CHECK_THAT(errors("x = param.int{ default = 'a' }"),
             ContainsSubstring("parameter 'x': default is \"a\", expected a whole number"));
  CHECK_THAT(errors("x = param.int{ default = 0, min = 1 }"),
             ContainsSubstring("expected at least 1"));
  CHECK_THAT(errors("x = param.string{ min = 1 }"), ContainsSubstring("param.string has no min"));
  CHECK_THAT(errors("x = param.int{ path = true }"), ContainsSubstring("path is for param.string"));
  CHECK_THAT(errors("x = param.enum"), ContainsSubstring("param.enum needs its values"));
  CHECK_THAT(errors("x = param.enum{}"), ContainsSubstring("expected a list of texts"));
  CHECK_THAT(errors("x = param.enum{ 'a', 'a' }"), ContainsSubstring("\"a\" is there twice"));
  CHECK_THAT(errors("x = param.date{ default = today() }"),
             ContainsSubstring("pipelines/a.lua:2: today() while files load"));
  CHECK(errors("x = param.enum{ 'a', 'b', default = 'b' }, y = param.bool{ default = true }") ==
        "");
}

TEST_CASE("references to tasks are checked when all files are loaded") {
  ScriptFixture project;
  project.pipeline(
      "task 'A' { requires = { tasks.sub.B, tasks.Wiht{ n = 1 } } }\nlocal x = tasks.sub.C",
      "pipelines/a.lua");
  project.pipeline("task 'sub.B' {}\ntask 'With' { params = { n = param.int } }",
                   "pipelines/b.lua");
  CHECK(project.load() ==
        "pipelines/a.lua:1: there is no task 'Wiht' (did you mean 'With'?)\n"
        "pipelines/a.lua:2: there is no task 'sub.C' (did you mean 'sub.B'?)");
  CHECK(errors_of("task 'a.B' { requires = tasks.a }") ==
        "pipelines/a.lua:1: a.B: 'a' is no task; there are a.B");
  CHECK(errors_of("task 'A' { requires = { tasks.B{ m = 1 } } }\ntask 'B' { params = { n = "
                  "param.int } }") == "pipelines/a.lua:1: A: B has no parameter 'm'");
}

TEST_CASE("modules come from lib and share nothing by accident") {
  ScriptFixture project;
  project.module("a.b", "local M = { name = ... }\nreturn M");
  project.module("broken", "local = 1");
  project.module("loop", "return require 'loop'");
  project.pipeline("assert(require 'a.b' == require 'a.b') assert(require('a.b').name == 'a.b')",
                   "pipelines/a.lua");
  project.pipeline("require 'a.bb'", "pipelines/b.lua");
  project.pipeline("require 'broken'", "pipelines/c.lua");
  project.pipeline("require 'loop'", "pipelines/d.lua");
  const std::string errors = project.load();
  CHECK_THAT(errors, ContainsSubstring("pipelines/b.lua:1: require: there is no module 'a.bb' in "
                                       "lib/ (did you mean 'a.b'?)"));
  CHECK_THAT(errors, ContainsSubstring("lib/broken.lua:1: "));
  CHECK_THAT(errors, ContainsSubstring("lib/loop.lua:1: require: loop requires itself"));
}

TEST_CASE("a file that computes without end is an error that names its line") {
  CHECK_THAT(errors_of("local x = 1\nwhile true do x = x + 1 end"),
             ContainsSubstring("pipelines/a.lua:2: the file computes without end"));
  CHECK_THAT(errors_of("while true do pcall(function() while true do end end) end"),
             ContainsSubstring("the file computes without end"));
}

TEST_CASE("who is notified is checked") {
  const auto load = [](const std::string& notify, ProjectConfig* config = nullptr) {
    ScriptFixture project;
    project.config("return { notify = { " + notify + " } }");
    std::string errors = project.load();
    if (config != nullptr) *config = project.state->declarations().config;
    return errors;
  };
  ProjectConfig config;
  const std::string mail = "to = 'a@b.c', from = 'd@e.f', smtp = 'smtp://m:25'";
  REQUIRE(load("group = '5m', { email = { " + mail +
                   " } }, { webhook = 'https://x/y', on = 'sla' }, "
                   "{ command = { 'a', 'b' } }",
               &config) == "");
  CHECK(config.notify.group == Duration(std::chrono::minutes(5)));
  REQUIRE(config.notify.receivers.size() == 3);
  CHECK(config.notify.receivers[0].kind == NotifyReceiver::Kind::kEmail);
  CHECK(config.notify.receivers[0].to == std::vector<std::string>{"a@b.c"});
  CHECK(config.notify.receivers[0].url == "smtp://m:25");
  CHECK(config.notify.receivers[1].url == "https://x/y");
  CHECK(config.notify.receivers[1].on == std::vector<std::string>{"sla"});
  CHECK(config.notify.receivers[2].command == std::vector<std::string>{"a", "b"});
  CHECK_THAT(load("email = {}"), ContainsSubstring("notify has no 'email'; it is a list"));
  CHECK_THAT(load("{ emial = {} }"), ContainsSubstring("no 'emial' (did you mean 'email'?)"));
  CHECK_THAT(load("{}"), ContainsSubstring("receiver 1: it has one of email, webhook and command"));
  CHECK_THAT(load("{ webhook = 'x' }"), ContainsSubstring("expected an address"));
  CHECK_THAT(load("{ command = {} }"), ContainsSubstring("a text or a list of texts"));
  CHECK_THAT(load("{ command = 'a', on = 'sal' }"), ContainsSubstring("did you mean 'sla'"));
  CHECK_THAT(load("{ email = { to = 'a' } }"), ContainsSubstring("\"a\" is no address"));
  CHECK_THAT(load("{ email = { to = 'a@b' } }"), ContainsSubstring("from is nil"));
  CHECK_THAT(load("{ email = { " + mail + ", user = 'u' } }"), ContainsSubstring("password_env"));
  CHECK_THAT(load("{ email = { to = 'a@b', from = 'a@b\\nBcc: x@y', smtp = 's' } }"),
             ContainsSubstring("without blanks"));
  CHECK_THAT(load("group = 'x'"), ContainsSubstring("notify: group: "));
}

TEST_CASE("the configuration is checked") {
  const auto load = [](const std::string& text, ProjectConfig* config = nullptr) {
    ScriptFixture project;
    project.config(text);
    std::string errors = project.load();
    if (config != nullptr) *config = project.state->declarations().config;
    return errors;
  };
  ProjectConfig config;
  CHECK(load(R"lua(return { timezone = "Asia/Shanghai", jobs = 4, shell = { "sh", "-c" },
    env = { A = "1", B = 2 }, output_roots = { "/srv/data/" } })lua",
             &config) == "");
  CHECK(config.timezone == "Asia/Shanghai");
  CHECK(config.jobs == 4);
  CHECK(config.shell == std::vector<std::string>{"sh", "-c"});
  CHECK(config.env == std::vector<std::string>{"A=1", "B=2"});
  CHECK(config.output_roots == std::vector<std::string>{"/srv/data"});
  CHECK(load("return {\n  timezon = 'x' }") ==
        "moondial.lua:2: moondial.lua has no key 'timezon' (did you mean 'timezone'?)");
  CHECK(load("return { pools = { api = 2 }, memory = '2G', lanes = 3 }", &config) == "");
  CHECK(config.memory == int64_t{2} << 30);
  CHECK(config.lanes == 3);
  CHECK_THAT(load("return { lanes = 0 }"), ContainsSubstring("lanes is 0, expected"));
  CHECK_THAT(load("return { memory = 'much' }"),
             ContainsSubstring("memory is \"much\", expected a size"));
  CHECK_THAT(load("return { pools = { cpu = 2 } }"), ContainsSubstring("set by jobs"));
  CHECK_THAT(load("return { pools = { api = -1 } }"), ContainsSubstring("pools: api is -1"));
  CHECK_THAT(load("return { timezone = 'Nowhere/City' }"), ContainsSubstring("moondial.lua:1: "));
  CHECK_THAT(load("return { jobs = 0 }"),
             ContainsSubstring("jobs is 0, expected a whole number from 1"));
  CHECK_THAT(load("return { output_roots = { 'x' } }"), ContainsSubstring("not an absolute path"));
  CHECK_THAT(load("return 3"), ContainsSubstring("it returns 3, expected a table"));
}

TEST_CASE("the configuration says where the API listens") {
  const auto load = [](const std::string& http, HttpConfig* config = nullptr) {
    ScriptFixture project;
    project.config("return {\n  http = " + http + " }");
    std::string errors = project.load();
    if (config != nullptr) *config = project.state->declarations().config.http;
    return errors;
  };
  HttpConfig http;
  CHECK(load("{}", &http) == "");
  CHECK(http == HttpConfig());
  CHECK(load(R"({ listen = "localhost:80", token_file = "t.json", hosts = { "A.test", "[::2]" } })",
             &http) == "");
  CHECK(http == HttpConfig{"127.0.0.1:80", "t.json", {"a.test", "[::2]"}});
  CHECK(load("{ listen = false }", &http) == "");
  CHECK(http.listen == "");

  CHECK_THAT(load("{ lisen = false }"),
             ContainsSubstring("moondial.lua:2: http has no 'lisen' (did you mean 'listen'?)"));
  CHECK_THAT(load("{ listen = 7171 }"), ContainsSubstring("http: listen is 7171, expected"));
  CHECK_THAT(load("{ listen = 'here:80' }"),
             ContainsSubstring("\"here:80\" is no address to listen at"));
  CHECK_THAT(load("{ token_file = '' }"), ContainsSubstring("token_file is \"\", expected a path"));
  CHECK_THAT(load("{ hosts = 'a' }"), ContainsSubstring("hosts is \"a\", expected a list"));
  CHECK_THAT(load("{ hosts = { 'http://a' } }"), ContainsSubstring("is no host's name"));
}

}  // namespace moondial::declaration_test
