#include "engine/attempt_log.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/emit_file.h"
#include "tests/catch.h"
#include "tests/engine/fakes.h"

namespace moondial::attempt_log_test {
namespace {

struct LogFile {
  LogFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "moondial-log-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    dir = pattern;
  }
  ~LogFile() { std::filesystem::remove_all(dir); }
  std::string text() const {
    std::ostringstream out;
    out << std::ifstream(path()).rdbuf();
    return out.str();
  }
  std::string path() const { return log_path(dir, AttemptId(1234)); }
  std::string dir;
  fakes::FakeLoop loop;
};

TEST_CASE("lines are kept with their time, however they arrive") {
  LogFile file;
  std::vector<std::string> lines;
  AttemptLog log(file.loop, file.path(), [&](std::string_view line) { lines.emplace_back(line); });
  CHECK_FALSE(std::filesystem::exists(file.path()));  // made with the first byte
  log.output("one\ntw");
  log.output("o\r\n");
  log.lines("warn", "a\nb");
  log.output("no line end");
  log.finish();
  CHECK(lines == std::vector<std::string>{"one", "two", "warn: a", "warn: b", "no line end"});
  CHECK(file.text().find("2001-09-09T01:46:40.000+00:00 one\n") == 0);
  CHECK(log.tail() == "one\ntwo\nwarn: a\nwarn: b\nno line end");
}

TEST_CASE("a log is cut at its bound and says how much is missing") {
  LogFile file;
  AttemptLog log(file.loop, file.path(), {}, 1000);
  for (int i = 0; i < 100; ++i) log.output("0123456789\n");
  log.finish();
  CHECK(file.text().size() < 1200);
  CHECK(file.text().find("log cut here: ") != std::string::npos);
}

TEST_CASE("a line without end is broken, not kept in memory") {
  LogFile file;
  int lines = 0;
  AttemptLog log(file.loop, file.path(), [&](std::string_view) { ++lines; });
  const std::string block(100'000, 'x');
  for (int i = 0; i < 10; ++i) log.output(block);
  log.finish();
  CHECK(lines == 16);  // of 64 KiB and the rest
}

TEST_CASE("a log that cannot be written loses lines and nothing else") {
  LogFile file;
  AttemptLog log(file.loop, "/proc/nowhere/at/all.log", {});
  log.output("one\n");
  log.output("two\n");
  log.finish();
  CHECK(log.tail() == "one\ntwo");
}

TEST_CASE("emitted lines are numbers or short strings, others are told") {
  const EmittedValues out = parse_emitted(
      "rows=12\nshare=0.50\nwho=a \"b\"\\\n\nrows=13\nno equals\n9x=1\nnot=nan\nempty=\nlast=1");
  CHECK(out.values == std::map<std::string, std::string>{{"rows", "13"},
                                                         {"share", "0.5"},
                                                         {"who", R"("a \"b\"\\")"},
                                                         {"not", "\"nan\""},
                                                         {"empty", "\"\""},
                                                         {"last", "1"}});
  CHECK(out.problems.size() == 2);
  CHECK(parse_emitted("long=" + std::string(2000, 'x')).problems.size() == 1);
}

TEST_CASE("a log goes on where another engine left it, without what it wrote twice") {
  LogFile file;
  {
    AttemptLog log(file.loop, file.path(), {});
    log.output("one\ntwo\nthree\n");
    CHECK(log.lines_written() == 3);
  }
  std::ofstream(file.path(), std::ios::app) << "2001-09-09T01:46:40.000+00:00 tor";
  std::vector<std::string> told;
  AttemptLog log(file.loop, file.path(), [&](std::string_view line) { told.emplace_back(line); });
  log.resume(1);  // of "two" and "three" the engine could not say any more that they are kept
  CHECK(log.lines_written() == 1);
  log.output("two\nthree\ntorn\nfo");
  CHECK_FALSE(log.at_line_start());
  log.output("ur\n");
  CHECK(log.at_line_start());
  log.lines("warn", "five");
  log.finish();
  CHECK(told == std::vector<std::string>{"torn", "four", "warn: five"});
  std::string words;
  std::istringstream lines(file.text());
  for (std::string line; std::getline(lines, line);) words += line.substr(line.find(' '));
  CHECK(words == " one two three torn four warn: five");
  CHECK(log.tail() == "one\ntwo\nthree\ntwo\nthree\ntorn\nfour\nwarn: five");
}

TEST_CASE("the bound of a log counts what another engine wrote") {
  LogFile file;
  for (int engine = 0; engine < 2; ++engine) {
    AttemptLog log(file.loop, file.path(), {}, 1000);
    log.resume(0);
    for (int i = 0; i < 20; ++i) log.output("0123456789\n");
    for (int i = 0; i < 20; ++i) log.output("0123456789\n");
    CHECK(log.lines_written() == 25);
  }
}

TEST_CASE("where no log is, there is nothing to go on with") {
  LogFile file;
  AttemptLog log(file.loop, file.path(), {});
  log.resume(0);
  CHECK_FALSE(std::filesystem::exists(file.path()));
  CHECK(log.lines_written() == 0);
}

}  // namespace
}  // namespace moondial::attempt_log_test
