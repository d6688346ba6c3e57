// `moondial repl` on a terminal, as a person meets it: prompts, Tab, history, Ctrl-C.
#include <sys/stat.h>

#include <cstdlib>

#include "tests/catch.h"
#include "tests/e2e/daemon.h"
#include "tests/e2e/terminal_program.h"

namespace moondial::e2e::repl_terminal_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kPrompt = "moondial> ";
constexpr const char* kMore = " .. ";

constexpr const char* kTasks = R"lua(
  task "sem.Fetch" { params = { date = param.date, engine = param.string },
    output = "${engine}/${date}", sh = ": > ${output}" }
  task "sem.Report" { output = "r", sh = ": > ${output}" })lua";

class Repl : public TerminalProgram {
 public:
  explicit Repl(const Project& project, const std::map<std::string, std::string>& environment = {})
      : TerminalProgram({std::getenv("MOONDIAL_BIN"), "repl"}, project.root(), environment) {
    wait_for(kPrompt);
  }
  /// Types a line, and gives what is shown until the next prompt, without the line itself.
  std::string answer(const std::string& line) {
    type(line + "\r");
    wait_for("\n");
    return wait_for(kPrompt);
  }
  /// What is shown after keys that are no line.
  std::string after(const std::string& keys) {
    type(keys);
    return wait_for(kPrompt);
  }
  int leave() {
    type("\x04");
    return wait_for_end();
  }
};

}  // namespace

TEST_CASE("on a terminal: values, several lines, and Ctrl-D leaves") {
  const SpecProject project(kTasks);
  Repl repl(project);
  CHECK(repl.answer("1 + 1") == "2\r\n");
  CHECK(repl.answer("x = 5") == "");
  CHECK(repl.answer("x, 'a'") == "5\r\na\r\n");
  CHECK_THAT(repl.answer("boom()"), ContainsSubstring("input:1: unknown name 'boom'"));
  repl.type("for i = 1, 2 do\r");
  repl.wait_for(kMore);
  repl.type("print(i * x)\r");
  repl.wait_for(kMore);
  CHECK(repl.answer("end") == "5\r\n10\r\n");
  // What would act on the terminal does not.
  CHECK_THAT(repl.answer("print '\\27[2J'"), ContainsSubstring("\\27[2J\r\n"));
  CHECK(repl.leave() == 0);
  project.wait_for_engine_end();
}

TEST_CASE("on a terminal: Tab completes what is meant, and lists what could be") {
  const SpecProject project(kTasks);
  Repl repl(project);
  repl.type("tasks.se\t");
  repl.wait_for("tasks.sem.");
  repl.type("Fe\t");
  repl.wait_for("tch");
  repl.type("{ e\t");
  repl.wait_for("ngine=");
  repl.type("'a', d\t");
  repl.wait_for("ate=");
  CHECK_THAT(repl.answer("'2015-09-18' }"),
             ContainsSubstring("sem.Fetch(date=2015-09-18,engine=a)\r\n"));
  CHECK(repl.answer("reports = 1") == "");
  repl.type("re\t");
  const std::string listed = repl.wait_for("retry");
  CHECK_THAT(listed, ContainsSubstring("reload") && ContainsSubstring("reports"));
  repl.wait_for(kPrompt);
  repl.type("po\t");
  repl.wait_for("report");  // r·e·p·o: what they have in common is one of them
  CHECK_THAT(repl.answer("* 2"), ContainsSubstring("2\r\n"));
  CHECK(repl.leave() == 0);
}

TEST_CASE("on a terminal: history is there in the next session, each line once") {
  const SpecProject project(kTasks);
  {
    Repl repl(project);
    CHECK(repl.answer("'first'") == "first\r\n");
    CHECK(repl.answer("'second'") == "second\r\n");
    CHECK(repl.answer("'first'") == "first\r\n");
    CHECK(repl.leave() == 0);
  }
  struct stat info {};
  REQUIRE(::stat((project / ".moondial/repl_history").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  Repl repl(project);
  repl.type("\x10\x10");  // twice the one before
  repl.type("\r");
  repl.wait_for("second\r\n");
  repl.wait_for(kPrompt);
  CHECK(repl.leave() == 0);
  CHECK(Repl(project).leave() == 0);
  CHECK(project.read(".moondial/repl_history") == "'first'\n'second'\n");
}

TEST_CASE("on a terminal: Ctrl-C drops what was typed, and stops what runs") {
  const SpecProject project(kTasks);
  Repl repl(project);
  repl.type("x = 'dropped'");
  repl.wait_for("dropped'");
  repl.after("\x03");
  repl.type("if true then\r");
  repl.wait_for(kMore);
  repl.after("\x03");
  CHECK(repl.answer("y = 7") == "");
  repl.type("print 'on' while true do pcall(error) end\r");
  repl.wait_for("on\r\n");
  CHECK_THAT(repl.after("\x03"), ContainsSubstring("interrupted"));
  CHECK(repl.answer("y") == "7\r\n");
  CHECK_THAT(repl.answer("x"), ContainsSubstring("unknown name 'x'"));
  // What hangs in a call of the library goes with its process.
  repl.type("print 'on'; ('a'):rep(2^20):find(('a*'):rep(30) .. 'b')\r");
  repl.wait_for("on\r\n");
  const std::string said = repl.after("\x03");
  CHECK_THAT(said, ContainsSubstring("did not stop") && ContainsSubstring("variables are gone") &&
                       ContainsSubstring("interrupted"));
  CHECK_THAT(repl.answer("y"), ContainsSubstring("unknown name 'y'"));
  CHECK(repl.leave() == 0);
}

TEST_CASE("on a terminal: what is typed while something runs is shown once, and read after it") {
  const SpecProject project(kTasks);
  Repl repl(project);
  repl.type("print 'on' repeat until file('go'):exists()\r");
  repl.wait_for("on\r\n");
  repl.type("20 + 22\r");
  project.write("go", "");
  const std::string between = repl.wait_for(kPrompt);
  CHECK_THAT(between, !ContainsSubstring("20"));
  CHECK(repl.wait_for("42\r\n") == "20 + 22\r\n");
  repl.wait_for(kPrompt);
  CHECK(repl.leave() == 0);
}

TEST_CASE("on a terminal: colour, unless it is not wanted") {
  const SpecProject project(kTasks);
  {
    Repl repl(project, {{"TERM", "xterm"}, {"NO_COLOR", ""}});
    CHECK_THAT(repl.answer("tasks.sem.Report{}"), ContainsSubstring("\x1b[1msem.Report\x1b[0m"));
    CHECK(repl.leave() == 0);
  }
  Repl repl(project, {{"TERM", "xterm"}, {"NO_COLOR", "1"}});
  CHECK_THAT(repl.answer("tasks.sem.Report{}"), !ContainsSubstring("\x1b[1m"));
  CHECK(repl.leave() == 0);
}

TEST_CASE("on a terminal: files that are saved are in force, and a session says so") {
  const SpecProject project(kTasks);
  Daemon daemon(project);
  Repl repl(project);
  CHECK(repl.answer("x = 1") == "");
  project.replace("pipelines/new.lua", "task \"New\" { run = print }");
  const std::string said = repl.answer("tasks.New{}");
  CHECK_THAT(said, ContainsSubstring("the files have changed") &&
                       ContainsSubstring("variables are gone") && ContainsSubstring("New\r\n"));
  project.replace("pipelines/new.lua", "task \"New\" {");
  CHECK_THAT(repl.answer("tasks.New{}"),
             ContainsSubstring("pipelines/new.lua:1: ") && ContainsSubstring("stay in force"));
  CHECK(repl.leave() == 0);
  daemon.end();
}

TEST_CASE("on a terminal: a session outlives its engine, and says what is gone with it") {
  const SpecProject project(kTasks);
  auto daemon = std::make_unique<Daemon>(project);
  Repl repl(project);
  CHECK(repl.answer("x = 1") == "");
  daemon->kill();
  daemon = std::make_unique<Daemon>(project);
  CHECK_THAT(repl.answer("1 + 1"),
             ContainsSubstring("the engine went away") && ContainsSubstring("2\r\n"));
  CHECK_THAT(repl.answer("x"), ContainsSubstring("unknown name 'x'"));
  // One that ends in order says so; another is started.
  daemon->end();
  CHECK_THAT(repl.answer("2 + 2"),
             ContainsSubstring("the engine ends") && ContainsSubstring("4\r\n"));
  // That makes way for the next daemon, though somebody sits here.
  Daemon next(project);
  CHECK_THAT(repl.answer("3 + 3"),
             ContainsSubstring("a daemon takes the project over") && ContainsSubstring("6\r\n"));
  CHECK(repl.leave() == 0);
  next.end();
}

}  // namespace moondial::e2e::repl_terminal_test
