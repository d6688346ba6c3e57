// Completion in the shells themselves, as far as they are installed.
#include <cstdlib>

#include "tests/catch.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/terminal_program.h"

namespace moondial::e2e::completion_test {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string binary() { return std::getenv("MOONDIAL_BIN"); }

constexpr const char* kTasks = R"(
task "sem.Fetch" {
  doc = "One engine's cost: of a day",
  params = { engine = param.enum{ "baidu", "so360", "so'net" }, date = param.date },
  output = "${engine}", sh = ": > ${output}" }
task "sem.Report" { output = "r.txt", sh = ": > ${output}" })";

/// What bash offers for a line that it has split into words: COMPREPLY, one a line.
std::string in_bash(const Project& project, const std::string& words, const std::string& line) {
  const std::string script = "eval \"$(" + binary() + " completion bash)\"\n" +
                             "COMP_LINE=" + line + "\nCOMP_POINT=${#COMP_LINE}\n" + "COMP_WORDS=(" +
                             words + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n" + "_moondial " +
                             binary() + "\n" +
                             "for one in \"${COMPREPLY[@]}\"; do printf '%s\\n' \"$one\"; done\n";
  const Finished out = run_program({"bash", "--norc", "-c", script}, project.root());
  INFO(script);
  INFO(out.all());
  CHECK(out.code == 0);
  // Outside of readline, compopt has nothing to set and says so only to us.
  CHECK(out.err.empty());
  return out.out;
}

/// An interactive bash: what is typed meets readline, as a person's keys do.
class InteractiveBash : public TerminalProgram {
 public:
  explicit InteractiveBash(const Project& project)
      : TerminalProgram({"bash", "--norc", "--noprofile", "-i"}, project.root(),
                        {{"PS1", "> "}, {"HOME", project.root()}, {"INPUTRC", "/dev/null"}}) {}
};

TEST_CASE("a person at a bash completes a whole command line") {
  Project project;
  project.write("pipelines/p.lua", kTasks);
  InteractiveBash bash(project);
  bash.wait_for("> ");
  bash.type("PATH=" + std::filesystem::path(binary()).parent_path().string() + ":$PATH\n");
  bash.type("eval \"$(moondial completion bash)\"; echo rea''dy\n");
  bash.wait_for("ready\r\n");
  // Each is the only one that fits, so that Tab writes it out; = stays open for a value.
  bash.type("moondial -C ~/ pla\t");
  bash.wait_for("plan ");
  bash.type("sem.F\t");
  bash.wait_for("sem.Fetch ");
  bash.type("d\t");
  bash.wait_for("date=");
  bash.type("2015-09-18 eng\t");
  bash.wait_for("engine=");
  bash.type("b\t");
  bash.wait_for("baidu ");
  bash.type("--js\t\n");
  bash.wait_for(R"json("id":"sem.Fetch(date=2015-09-18,engine=baidu)")json");
  bash.wait_for("> ");
  // A value that is quoted for the shell arrives as it is.
  bash.type("moondial plan sem.Fetch date=2015-09-18 engine=so\\'\t\n");
  bash.wait_for(R"(engine="so'net"))");
  bash.wait_for("> ");
  // So does what is gone on with within quotes.
  bash.type("moondial plan sem.Fetch date=2015-09-18 engine='b\t\n");
  bash.wait_for("engine='baidu'");
  bash.wait_for("engine=baidu)");
}

TEST_CASE("bash completes commands, tasks, parameters and their values") {
  Project project;
  project.write("pipelines/p.lua", kTasks);
  CHECK(in_bash(project, "moondial pl", "'moondial pl'") == "plan\n");
  CHECK(in_bash(project, "moondial run ''", "'moondial run '") == "sem.Fetch\nsem.Report\n");
  CHECK(in_bash(project, "moondial run sem.Fetch ''", "'moondial run sem.Fetch '") ==
        "date=\nengine=\n");
  // Bash splits at =, and replaces only what stands behind it.
  CHECK(in_bash(project, "moondial run sem.Fetch engine =", "'moondial run sem.Fetch engine='") ==
        "baidu\nso360\nso\\'net\n");
  CHECK(in_bash(project, "moondial run sem.Fetch engine = b",
                "'moondial run sem.Fetch engine=b'") == "baidu\n");
  CHECK(in_bash(project, "moondial plan --format ''", "'moondial plan --format '") ==
        "tree\ndot\nmermaid\njson\n");
  CHECK(in_bash(project, "moondial plan --format = d", "'moondial plan --format=d'") == "dot\n");
  CHECK(in_bash(project, "moondial run nothing ''", "'moondial run nothing '").empty());
}

TEST_CASE("what each command takes is completed: schedules, pools, what runs") {
  const Project project;
  project.write("pipelines/p.lua", R"lua(
    task "Long" { params = { n = param.int }, run = function() sleep "10m" end }
    pool "api" { size = 2 }
    schedule "nightly" { cron = "@daily", start = function() end })lua");
  const auto offered = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "__complete");
    return project.moondial(words).out;
  };
  for (const char* command : {"pause", "resume", "trigger"}) {
    CHECK(offered({command, ""}) == "nightly\t\n");
  }
  CHECK(offered({"pools", ""}) == "api=\t\ncpu=\t\nmemory=\t\n");
  CHECK(offered({"runs", "--task", ""}) == "Long\t\n");
  CHECK_THAT(offered({"runs", "--state", "c"}), ContainsSubstring("cancelled"));
  REQUIRE(project.moondial({"run", "Long", "n=1", "--detach"}).out == "1\n");
  CHECK(offered({"cancel", ""}) == "1\trunning Long(n=1)\nLong\t\n");
  CHECK(offered({"cancel", "Long", ""}) == "n=\tint\n");
  CHECK(project.moondial({"cancel", "1"}).code == 0);
}

TEST_CASE("bash completes an identity as one quoted word") {
  Project project;
  project.write("pipelines/p.lua", kTasks);
  REQUIRE(project.moondial({"run", "sem.Fetch", "engine=baidu", "date=2015-09-18"}).code == 0);
  CHECK(in_bash(project, "moondial logs 1 ''", "'moondial logs 1 '") ==
        "sem.Fetch\nsem.Fetch\\(date=2015-09-18\\,engine=baidu\\)\n");
  CHECK(in_bash(project, "moondial logs ''", "'moondial logs '") == "1\n");
}

TEST_CASE("bash completes folders") {
  Project project;
  project.write("some folder/x", "");
  CHECK(in_bash(project, "moondial init so", "'moondial init so'") == "some folder\n");
  CHECK(in_bash(project, "moondial -C so", "'moondial -C so'") == "some folder\n");
}

TEST_CASE("completion is silent and quick where there is nothing to know") {
  Project project;
  project.write("pipelines/p.lua", "this is no Lua");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"__complete", "run", ""},
                                                {"__complete", "logs", "7", ""},
                                                {"__complete", "-C", "/nonexistent", "run", ""},
                                                {"__complete", "-C", "/", "run", ""},
                                                {"__complete"}}) {
    const Finished out = project.moondial(words);
    INFO(out.all());
    CHECK(out.code == 0);
    CHECK(out.out.empty());
    CHECK(out.err.empty());
  }
  project.write("pipelines/p.lua", "while true do end");
  const auto begin = std::chrono::steady_clock::now();
  const Finished out = project.moondial({"__complete", "run", ""});
  CHECK(out.out.empty());
  CHECK(out.code == 0);
  // A bound of one second, and a machine that is busy.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("zsh reads its completion and offers the same") {
  if (!has_program("zsh")) return;
  Project project;
  project.write("pipelines/p.lua", kTasks);
  // Outside of the line editor: what would be handed to it is printed instead.
  const std::string script = R"zsh(
compdef() { print -r -- "compdef $*"; }
eval "$($1 completion zsh)"
_describe() { print -rl -- ${(P)4}; }
_files() { print files; }
words=($1 run sem.Fetch '') CURRENT=4 PREFIX=''; _moondial
words=($1 run sem.Fetch engine=b) PREFIX='engine=b'; _moondial
words=($1 init '') CURRENT=3 PREFIX=''; _moondial
words=($1 run 'sem.F') PREFIX='sem.F'; _moondial
)zsh";
  const Finished out = run_program({"zsh", "-f", "-c", script, "zsh", binary()}, project.root());
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(out.err.empty());
  CHECK(out.out ==
        "compdef _moondial moondial\n"
        "date=:date\nengine=:enum\n"
        "engine=baidu\n"
        "files\n"
        "sem.Fetch:One engine's cost: of a day\n");
}

TEST_CASE("fish reads its completion and offers the same") {
  if (!has_program("fish")) return;
  Project project;
  project.write("pipelines/p.lua", kTasks);
  const std::string script = R"fish(
set -gx PATH (dirname $argv[1]) $PATH
moondial completion fish | source
complete -C 'moondial pl'
complete -C 'moondial run sem.Fetch '
complete -C "moondial run sem.Fetch 'engine=b"
)fish";
  const Finished out = run_program({"fish", "--no-config", "-c", script, binary()}, project.root());
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(out.err.empty());
  CHECK(out.out ==
        "plan\tShows what a run would do, and why\n"
        "date=\tdate\nengine=\tenum\n"
        "engine=baidu\n");
}

}  // namespace
}  // namespace moondial::e2e::completion_test
