
#include "base/json.h"
#include "cli/app.h"
#include "cli/pool_size.h"
#include "cli/ranged_parameter.h"
#include "cli/run_request.h"
#include "tests/catch.h"

namespace moondial::command_line_test {
using Catch::Matchers::ContainsSubstring;
namespace {

EngineMainOptions engine_asked;

ParsedCommand parse(const std::vector<std::string>& words) {
  return parse_command_line(words, {[](const EngineMainOptions& options) {
                                      engine_asked = options;
                                      return 42;
                                    },
                                    [](int fd) { return fd; }});
}

std::string refused(const std::vector<std::string>& words) {
  const ParsedCommand command = parse(words);
  CHECK_FALSE(command.action);
  CHECK(command.status == 2);
  return command.err;
}

}  // namespace

TEST_CASE("commands are understood") {
  CHECK(parse({"run", "A", "x=1", "-j", "4", "--pool", "db=2", "y=2"}).action);
  CHECK(parse({"run", "-j4", "A"}).action);
  CHECK(parse({"-C", "/somewhere", "plan", "A", "--format", "json"}).action);
  CHECK(parse({"plan", "A", "-C", "/somewhere"}).action);
  CHECK(parse({"run", "plan"}).action);  // a task may be called like a command
  CHECK(parse({"run", "A", "x=-1", "y=a b", "z=[1,2]", "q='"}).action);
  CHECK(parse({"logs", "7", "A(x=1)", "-f"}).action);
  CHECK(parse({"__engine", "--root", "/p", "--ready-fd", "3", "-j", "2"}).action() == 42);
  CHECK(engine_asked.root == "/p");
  CHECK(engine_asked.ready_fd == 3);
  CHECK(engine_asked.jobs == 2);
  CHECK(parse({"__loader", "5"}).action() == 5);
  CHECK(parse({"__complete"}).action);
  CHECK(parse({"__complete", "run", "--nonsense", ""}).action);
}

TEST_CASE("mistakes are named with the nearest that is right") {
  CHECK_THAT(refused({"rnu", "A"}),
             ContainsSubstring("unknown command 'rnu'; did you mean 'run'?"));
  CHECK_THAT(refused({"run", "A", "--fail-fats"}),
             ContainsSubstring("unknown option '--fail-fats'; did you mean '--fail-fast'?"));
  CHECK_THAT(refused({"run", "A", "--jbos", "2"}), ContainsSubstring("unknown option '--jbos'"));
  CHECK_THAT(refused({"run"}), ContainsSubstring("TASK"));
  CHECK_THAT(refused({"run", "A", "-j", "x"}), ContainsSubstring("-j"));
  CHECK_THAT(refused({"run", "A", "-j", "0"}), ContainsSubstring("-j"));
  CHECK_THAT(refused({"show", "latest"}), ContainsSubstring("RUN"));
  CHECK_THAT(refused({"retry", "0"}), ContainsSubstring("'0' is no number of a run"));
  CHECK_THAT(refused({"runs", "--state", "doen"}), ContainsSubstring("cancelled,blocked,lost"));
  CHECK_THAT(refused({}), ContainsSubstring("run"));
  CHECK(parse({"backup", ""}).action() == 2);
  CHECK_THAT(refused({"__enigne"}), !ContainsSubstring("__engine"));
}

TEST_CASE("help teaches with an example and does not show what is hidden") {
  const ParsedCommand all = parse({"-h"});
  CHECK(all.status == 0);
  CHECK_THAT(all.out, ContainsSubstring("Example") && !ContainsSubstring("__engine"));
  for (const char* command :
       {"run", "plan", "why", "tasks", "pools", "runs", "show", "logs", "cancel", "check", "cron",
        "doctor", "init", "completion", "version"}) {
    const ParsedCommand help = parse({command, "-h"});
    CHECK(help.status == 0);
    CHECK_THAT(help.out, ContainsSubstring(std::string("Example: moondial ") + command));
  }
}

TEST_CASE("the body of a run's request") {
  RunArguments arguments;
  arguments.task = {"sem.Report", {"date=2015-09-18", "q=a=b\"", "empty="}};
  arguments.jobs = 4;
  arguments.force = true;
  arguments.pools = {"db=2"};
  const auto body = run_body(arguments, {"A=b", "C=\xff"}, "id1");
  REQUIRE(body.ok());
  CHECK(parse_json(*body) == parse_json(R"({
    "task": "sem.Report", "params": {"date": "2015-09-18", "q": "a=b\"", "empty": ""},
    "force": "roots", "fail_fast": false, "pools": {"db": 2}, "jobs": 4,
    "environment": ["A=b", {"hex": "433dff"}], "request": "id1"})"));
}

TEST_CASE("sizes of pools are numbers, and of memory also sizes with a unit") {
  const auto units = [](std::string_view text) {
    const auto size = read_pool_size(text);
    return size ? size->units : -1;
  };
  CHECK(units("db=2") == 2);
  CHECK(units("a=b=0") == 0);
  CHECK(read_pool_size("a=b=0")->name == "a=b");
  CHECK(units("memory=1000") == 1000);
  CHECK(units("memory=512M") == 512LL << 20);
  CHECK(units("memory=1.5GiB") == 3LL << 29);
  CHECK(units("memory=2TB") == 2LL << 40);
  for (const char* text : {"memory=", "memory=G", "memory=-1G", "memory=1X", "memory=1GG",
                           "memory=9999999999T", "memory=nanG", "memory=infG", "db=1G", "db", "=1",
                           "db=-1", "db=1.5", "db=99999999999999999999"}) {
    INFO(text);
    CHECK(units(text) == -1);
  }
  CHECK(pool_size_text("memory", 16LL << 30) == "16G");
  CHECK(pool_size_text("memory", 1536LL << 20) == "1536M");
  CHECK(pool_size_text("memory", 1000) == "1000");
  CHECK(pool_size_text("memory", 0) == "0");
  CHECK(pool_size_text("db", 1024) == "1024");
  RunArguments arguments;
  arguments.task = {"A", {}};
  arguments.pools = {"memory=1G", "db=2"};
  const auto body = run_body(arguments, {}, "");
  REQUIRE(body.ok());
  CHECK(parse_json(*body)["pools"] == Json{{"memory", 1 << 30}, {"db", 2}});
}

TEST_CASE("a backfill's interval is the parameter that counts") {
  const DeclaredTask task{"T",
                          "",
                          {{"date", "date", "", true, "", {}},
                           {"shop", "string", "", true, "", {}},
                           {"n", "int", "", true, "", {}},
                           {"month", "month", "", true, "", {}}}};
  const auto ranged = [&](const std::vector<std::string>& params) {
    const auto name = ranged_parameter(params, &task);
    return name.ok() ? *name : "! " + name.error().message;
  };
  CHECK(ranged({"date=2015-09-01..2015-09-18"}) == "date");
  CHECK(ranged({"shop=a..b", "date=2015-09-01..2015-09-18"}) == "date");
  CHECK(ranged({"shop=a..b", "date=2015-09"}) == "date");
  CHECK(ranged({"shop=x", "date=2015-W38", "n=3"}) == "date");
  CHECK(ranged({"date=2015-09-01", "n=1..3"}) == "n");
  CHECK(ranged({"shop=a..b", "n=1"}) == "shop");  // the engine says why it is none
  CHECK(ranged({"unknown=1..2", "n=1"}) == "unknown");
  CHECK(ranged({"date=2015-09-01..2015-09-18", "n=1..3"}) ==
        "! backfill takes one parameter as an interval, not 2");
  CHECK(ranged({"date=2015-09", "month=2015"}) ==
        "! backfill takes one parameter as an interval, not 2");
  CHECK(ranged({}).starts_with("! backfill takes one parameter as an interval, such as"));
  CHECK(ranged_parameter({"shop=a", "date=1..2"}, nullptr).value() == "date");
}

TEST_CASE("malformed parameters and pools are refused") {
  RunArguments arguments;
  arguments.task = {"A", {"date"}};
  CHECK_THAT(run_body(arguments, {}, "").error().message, ContainsSubstring("name=value"));
  arguments.task.params = {"=x"};
  CHECK_FALSE(run_body(arguments, {}, "").ok());
  arguments.task.params = {"x=1", "x=2"};
  CHECK_THAT(run_body(arguments, {}, "").error().message, ContainsSubstring("twice"));
  arguments.task.params = {"x=\xff"};
  CHECK_FALSE(run_body(arguments, {}, "").ok());
  arguments.task.params = {};
  for (const char* pool : {"db", "=1", "db=", "db=x", "db=-1"}) {
    arguments.pools = {pool};
    CHECK_FALSE(run_body(arguments, {}, "").ok());
  }
}

TEST_CASE("the command that continues is exact for a shell, and forces nothing") {
  RunArguments arguments;
  arguments.task = {"sem.Report", {"date=2015-09-18", "q=it's $HOME", "e="}};
  arguments.directory = "/my project";
  arguments.force_all = true;
  arguments.jobs = 2;
  arguments.priority = 1.5;
  const auto known = SecretParams::read(R"([{"name": "sem.Report", "params": []}])", "sem.Report");
  CHECK(continue_command(arguments, known) ==
        "moondial -C '/my project' run sem.Report date=2015-09-18 'q=it'\\''s $HOME' e= -j 2 "
        "--priority 1.5");
}

TEST_CASE("the command that continues shows no secret, and nothing while none is known") {
  RunArguments arguments;
  arguments.task = {"A", {"date=2015-09-18", "token=hunter2=x"}};
  const char* const tasks = R"([{"name": "B", "params": [{"name": "date", "secret": true}]},
    {"name": "A", "params": [{"name": "date"}, {"name": "token", "secret": true}]}])";
  CHECK(continue_command(arguments, SecretParams::read(tasks, "A")) ==
        "moondial run A date=2015-09-18 'token=***'");
  CHECK(continue_command(arguments, SecretParams()) == "moondial run A 'date=***' 'token=***'");
  for (const char* answer : {"", "{}", "[]", "[3]", R"([{"name": 3}])"}) {
    CAPTURE(answer);
    CHECK(SecretParams::read(answer, "A").shown("token=hunter2") == "token=***");
  }
}

TEST_CASE(
    "reference hands on what is asked, and its exit status says whether there is such a thing") {
  static std::string asked;
  EntryPoints entries;
  entries.dsl_reference = [](const std::string& name, bool json) -> Result<std::string> {
    asked = name + (json ? " as JSON" : "");
    if (name == "tsk") return Error{Code::kNotFound, "the DSL has no 'tsk'", {}};
    return std::string();
  };
  const auto status = [&](const std::vector<std::string>& words) {
    const ParsedCommand command = parse_command_line(words, entries);
    REQUIRE(command.action);
    return command.action();
  };
  CHECK(status({"reference"}) == 0);
  CHECK(asked.empty());
  CHECK(status({"reference", "task.retry", "--json"}) == 0);
  CHECK(asked == "task.retry as JSON");
  CHECK(status({"reference", "tsk"}) == 2);
}

}  // namespace moondial::command_line_test
