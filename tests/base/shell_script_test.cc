// The scripts are given to real shells: what a value holds must come out again, byte for byte, and
// nothing in it may ever be done.
#include "base/shell_script.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "base/text.h"
#include "tests/catch.h"

using Catch::Matchers::ContainsSubstring;

namespace moondial::shell_script_test {
namespace {

/// A folder of its own that is gone at the end.
class Folder {
 public:
  Folder() {
    const char* base = std::getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/moondial_shell_XXXXXX";
    REQUIRE(mkdtemp(path_.data()) != nullptr);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { (void)std::system(("rm -rf " + shell_quote(path_)).c_str()); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool has(const std::string& name) const {
    return access((path_ + "/" + name).c_str(), F_OK) == 0;
  }

 private:
  std::string path_;
};

/// Runs `argv` in `folder` and gives what it writes to stdout; "exit N" after it if N is not 0.
std::string output_of(std::vector<std::string> argv, const Folder& folder,
                      std::vector<std::string> environment) {
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.path().c_str());
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::vector<char*> args;
  for (std::string& arg : argv) args.push_back(arg.data());
  args.push_back(nullptr);
  environment.push_back(std::string("PATH=") + std::getenv("PATH"));
  std::vector<char*> env;
  for (std::string& entry : environment) env.push_back(entry.data());
  env.push_back(nullptr);
  pid_t pid = 0;
  REQUIRE(posix_spawnp(&pid, args[0], &actions, nullptr, args.data(), env.data()) == 0);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  std::string out;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
    out.append(buffer, static_cast<size_t>(n));
  }
  close(pipe_ends[0]);
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code == 0 ? out : out + "exit " + std::to_string(code);
}

const std::vector<std::vector<std::string>> kShells = {{"bash", "-e", "-o", "pipefail", "-c"},
                                                       {"dash", "-e", "-c"}};

std::string run_script(const std::vector<std::string>& shell, const std::string& script,
                       const Folder& folder, const std::string& locale = "C") {
  std::vector<std::string> argv = shell;
  argv.push_back(script);
  return output_of(std::move(argv), folder, {"LC_ALL=" + locale, "SECRET=it's $(secret)"});
}

ShellResolver text(const std::string& value) {
  return [value](const TemplatePiece&) -> Result<std::vector<ShellWord>> {
    return std::vector<ShellWord>{{ShellWord::Kind::kText, value, 0}};
  };
}

CommandWord built(std::string_view script, const ShellResolver& resolve) {
  const auto pieces = parse_template(script, TemplateKind::kShell);
  INFO(script << "\n" << (pieces.ok() ? "" : pieces.error().message));
  REQUIRE(pieces.ok());
  auto word = shell_script(*pieces, resolve);
  INFO((word.ok() ? "" : word.error().message));
  REQUIRE(word.ok());
  return std::move(word).value();
}

std::string script_of(std::string_view script, const ShellResolver& resolve,
                      const std::vector<std::string>& paths = {}) {
  return render(built(script, resolve), paths);
}

/// Everything that ever slipped through somebody's quoting.
std::vector<std::string> hostile_values() {
  std::vector<std::string> out = {
      "",
      " ",
      "a b",
      "\t",
      "\n",
      "a\nb",
      "a\n\n",
      "-n",
      "--help",
      "-",
      "'",
      "''",
      "\"",
      "\\",
      "\\\\",
      "\\'",
      "'\\''",
      "it's",
      "$(touch canary)",
      "`touch canary`",
      "$((touch canary))",
      "${IFS}",
      "$HOME",
      "$",
      "$$",
      "; touch canary",
      "& touch canary",
      "| touch canary",
      "\ntouch canary\n",
      "' ; touch canary ; '",
      "\" ; touch canary ; \"",
      "'$(touch canary)'",
      "\"$(touch canary)\"",
      "a[$(touch canary)]",
      "> canary",
      "*",
      "?",
      "[a-z]*",
      "{a,b}",
      "~",
      "~root",
      "#",
      "a #b",
      "!",
      "!!",
      "%s%n",
      "EOF",
      "esac",
      ";;",
      ")",
      "}",
      "a=b",
      "\x01\x7f",
      "\x1b[31m",
      "\xff\xfe",
      "\xe3",
      "\xe3'",
      "\xe3\x81",
      "\xc0\xa7",
      "\x83\x5c",
      "上海",
      std::string(20'000, '\''),
  };
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  out.push_back(all);
  return out;
}

}  // namespace

TEST_CASE("a command is its assignments and the quoted uses of them") {
  CHECK(script_of("sort ${input} > ${output}.tmp\n", text("a b")) ==
        "__moondial_input='a b'; __moondial_output='a b'; "
        "sort \"$__moondial_input\" > \"$__moondial_output\".tmp\n");
  CHECK(script_of("echo plain $HOME $${x}", text("")) == "echo plain $HOME ${x}");
  CHECK(script_of("", text("")).empty());
  CHECK(script_of("${a} ${a} ${a}", text("x")) ==
        "__moondial_a='x'; \"$__moondial_a\" \"$__moondial_a\" \"$__moondial_a\"");
}

TEST_CASE("placeholders that differ never share a variable") {
  const auto as_written = [](const TemplatePiece& piece) -> Result<std::vector<ShellWord>> {
    return std::vector<ShellWord>{{ShellWord::Kind::kText, piece.text, 0}};
  };
  const Folder folder;
  const std::string script = script_of(
      "printf '%s,' ${a.b} ${a_b} ${a:%Y} ${a:%m} ${a} ${a_v2} ${a.1} ${a_1} ${a.b}", as_written);
  for (const auto& shell : kShells) {
    CHECK(run_script(shell, script, folder) ==
          "${a.b},${a_b},${a:%Y},${a:%m},${a},${a_v2},${a.1},${a_1},${a.b},");
  }
}

TEST_CASE("several words stay several, and none is none") {
  const auto words = [](const TemplatePiece& piece) -> Result<std::vector<ShellWord>> {
    if (piece.path[0] == "none") return std::vector<ShellWord>{};
    return std::vector<ShellWord>{{ShellWord::Kind::kText, "a b", 0},
                                  {ShellWord::Kind::kText, "", 0},
                                  {ShellWord::Kind::kText, "c*", 0}};
  };
  CHECK(script_of("x ${none} y", words) == "x  y");
  const Folder folder;
  const std::string script = script_of("printf '<%s>' 1${input}2 ${none} ${input_1}", words);
  for (const auto& shell : kShells) {
    CHECK(run_script(shell, script, folder) == "<1a b><><c*2><a b><><c*>");
  }
}

TEST_CASE("the path of an output is put in when it is known") {
  const auto output = [](const TemplatePiece& piece) -> Result<std::vector<ShellWord>> {
    if (piece.path[0] == "second") return std::vector<ShellWord>{{ShellWord::Kind::kOutput, "", 1}};
    return std::vector<ShellWord>{{ShellWord::Kind::kOutput, "", 0}};
  };
  const CommandWord word = built("printf %s, ${output} ${second}", output);
  CHECK(word.size() == 5);
  const Folder folder;
  for (const auto& shell : kShells) {
    const std::string script = render(word, std::vector<std::string>{"it's/$(touch canary)", "b"});
    CHECK(run_script(shell, script, folder) == "it's/$(touch canary),b,");
  }
  CHECK_FALSE(folder.has("canary"));
}

TEST_CASE("a variable of the environment is used as it is and never written down") {
  const auto secret = [](const TemplatePiece&) -> Result<std::vector<ShellWord>> {
    return std::vector<ShellWord>{{ShellWord::Kind::kVariable, "SECRET", 0}};
  };
  const std::string script = script_of("printf %s ${password}", secret);
  CHECK(script == "printf %s \"$SECRET\"");
  const Folder folder;
  CHECK(run_script(kShells[0], script, folder) == "it's $(secret)");
}

TEST_CASE("a NUL byte and the resolver's own error are errors") {
  const auto pieces = *parse_template("echo ${a}", TemplateKind::kShell);
  const auto nul = shell_script(pieces, text(std::string("a\0b", 3)));
  REQUIRE_FALSE(nul.ok());
  CHECK_THAT(nul.error().message, ContainsSubstring("${a}"));
  const auto unknown =
      shell_script(pieces, [](const TemplatePiece& piece) -> Result<std::vector<ShellWord>> {
        return Error{Code::kNotFound, piece.text + " is unknown", {}};
      });
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().message == "${a} is unknown");
  const auto script = *parse_template(std::string_view("echo \0", 6), TemplateKind::kShell);
  CHECK_FALSE(shell_script(script, text("")).ok());
}

TEST_CASE("raw and quoted outputs in words of a list") {
  const CommandWord word = {{CommandPiece::Kind::kLiteral, "--out=", 0},
                            {CommandPiece::Kind::kOutput, "", 1},
                            {CommandPiece::Kind::kOutputQuoted, "", 0}};
  CHECK(render(word, std::vector<std::string>{"a b", "c d"}) == "--out=c d'a b'");
  CHECK(render({}, {}).empty());
}

TEST_CASE("every value comes out of every shell as it went in") {
  const Folder folder;
  for (const auto& shell : kShells) {
    for (const char* locale : {"C", "C.UTF-8"}) {
      for (const std::string& value : hostile_values()) {
        CAPTURE(shell[0], locale, printable(value).substr(0, 80));
        const std::string script = script_of("printf '%s|' ${v} a${v}b ${v}${v}", text(value));
        const std::string expected = value + "|a" + value + "b|" + value + value + "|";
        CHECK(run_script(shell, script, folder, locale) == expected);
      }
    }
  }
  CHECK_FALSE(folder.has("canary"));
}

TEST_CASE("in every place of a command a value is only a word") {
  const Folder folder;
  const char* const places[] = {
      "x=${v}; printf %s \"$x\"",
      "printf %s \"$(printf '%s.' ${v})\"",
      "printf %s \"$(printf '%s' \"$(printf '%s.' ${v})\")\"",
      "for i in ${v}; do printf %s \"$i\"; done",
      "case ${v} in ${v}) printf %s ${v};; esac",
      "f() { printf %s \"$1\"; }; f ${v}",
      "if true # it's\nthen printf %s ${v}; fi",
      "cat <<E >/dev/null\nit's `x` \"\nE\nprintf %s ${v}",
      "(printf %s ${v} | cat)",
      "test ${v} = ${v} && printf %s ${v}",
      "{ printf '%s' '' ${v}; } 2>/dev/null",
  };
  const char* const bash_places[] = {
      "a=(${v} x); printf %s \"$${a[0]}\"",
      "cat < <(printf %s ${v})",
      "[[ ${v} == ${v} ]] && printf %s ${v}",
      "IFS= read -r -d '' x < <(printf '%s\\0' ${v}) || :; printf %s \"$x\"",
      "x=$'it\\'s'${v}; printf %s \"$${x#it\\'s}\"",
  };
  const auto check = [&](const std::vector<std::string>& shell, const char* place) {
    for (const std::string& value : hostile_values()) {
      if (value.size() > 1000) continue;
      CAPTURE(shell[0], place, printable(value));
      std::string expected = value;
      if (std::string_view(place).find("%s.") != std::string_view::npos) expected += ".";
      CHECK(run_script(shell, script_of(place, text(value)), folder) == expected);
    }
  };
  for (const auto& shell : kShells) {
    for (const char* place : places) check(shell, place);
  }
  for (const char* place : bash_places) check(kShells[0], place);
  CHECK_FALSE(folder.has("canary"));
}

TEST_CASE("a script's line numbers stay right") {
  const Folder folder;
  const std::string script = script_of("# it's\n\nprintf '%s ' $LINENO ${a}", text("x"));
  CHECK(run_script(kShells[0], script, folder) == "3 x ");
}

TEST_CASE("whatever a script looks like, a value in it does nothing") {
  // Scripts of random tokens; what the reader lets pass is run with a value that would leave a file
  // behind if any shell read it as syntax.
  const char* const tokens[] = {
      "echo ", "a",    "$x ",   "'",     "\"",    "\\",   "`",   "$(",     ")",    "(",    "((",
      "))",    "$((",  "\n",    ";",     "<<E ",  "E\n",  "#",   " ",      "$${",  "}",    "{ ",
      "; }",   "$'",   "[[ ",   " ]]",   "case ", " in ", ";; ", " esac ", "|",    "&& ",  "<<<",
      "${v}",  "${v}", " ${v}", "${v} ", " -eq ", "x=",   "$",   "<<-E ",  "$[",   "]",    "=(",
      "a[",    "\t",   "!",     " == ",  "if ",   ":\n",  " :;", "then ",  "fi\n", "for ", "do ",
  };
  std::mt19937_64 random(20150918);
  const Folder folder;
  const char* more = std::getenv("MOONDIAL_FUZZ_ROUNDS");
  const int rounds = more != nullptr ? std::atoi(more) : 3000;
  int run = 0;
  for (int i = 0; i < rounds; ++i) {
    std::string script;
    for (size_t n = 2 + random() % 12; n > 0; --n) script += tokens[random() % std::size(tokens)];
    const auto pieces = parse_template(script, TemplateKind::kShell);
    if (!pieces.ok() || script.find("${v}") == std::string::npos) continue;
    ++run;
    CAPTURE(script);
    const char* const value = "a[$(touch canary)]'\"`touch canary`;touch canary\ntouch canary\n#";
    const std::string rendered = script_of(script, text(value));
    for (const auto& shell : kShells) (void)run_script(shell, rendered, folder);
    if (folder.has("canary")) FAIL("it was read as syntax");
  }
  CHECK(run > rounds / 50);
}

}  // namespace moondial::shell_script_test
