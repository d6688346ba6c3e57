// What stands around the lines that are typed: their history, and what Tab shows.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/line_editor.h"
#include "cli/line_history.h"
#include "tests/catch.h"

namespace moondial::line_test {
namespace {

struct HistoryFile {
  HistoryFile() {
    char name[] = "/tmp/moondial-history-XXXXXX";
    folder = ::mkdtemp(name);
    path = folder + "/repl_history";
  }
  ~HistoryFile() { std::filesystem::remove_all(folder); }
  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
  std::string folder, path;
};

using Lines = std::deque<std::string>;

TEST_CASE("history: each line once, where it was typed last, in a file of the user's alone") {
  const HistoryFile file;
  {
    LineHistory history(file.path);
    CHECK(history.lines().empty());
    for (const char* line : {"a", "b", "", "  ", "b", "a", "two\nlines"}) history.add(line);
    CHECK(history.lines() == Lines{"b", "a"});
  }
  struct stat info {};
  REQUIRE(::stat(file.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  // Another session begins with it, and brings the file into order.
  CHECK(file.text() == "a\nb\na\n");
  LineHistory next(file.path);
  CHECK(next.lines() == Lines{"b", "a"});
  CHECK(file.text() == "b\na\n");
  REQUIRE(::stat(file.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("history: it is bounded, and two sessions lose nothing of one another") {
  const HistoryFile file;
  LineHistory one(file.path), other(file.path);
  for (size_t i = 0; i < LineHistory::kMost; ++i) one.add("line " + std::to_string(i));
  other.add("of the other");
  one.add("last");
  CHECK(one.lines().size() == LineHistory::kMost);
  CHECK(one.lines().front() == "line 1");
  const LineHistory next(file.path);
  CHECK(next.lines().size() == LineHistory::kMost);
  CHECK(next.lines().front() == "line 2");
  CHECK(next.lines()[LineHistory::kMost - 2] == "of the other");
  CHECK(next.lines().back() == "last");
}

TEST_CASE("history: a file that cannot be had, or is no file, is gone without") {
  LineHistory nowhere("/nonexistent/folder/history");
  nowhere.add("a");
  CHECK(nowhere.lines() == Lines{"a"});
  const HistoryFile file;
  const std::string target = file.folder + "/target";
  std::ofstream(target) << "kept\n";
  REQUIRE(::symlink(target.c_str(), file.path.c_str()) == 0);
  LineHistory linked(file.path);
  linked.add("b");
  std::ostringstream text;
  text << std::ifstream(target).rdbuf();
  CHECK(text.str() == "kept\n");
}

TEST_CASE("what all candidates begin with, in whole characters") {
  CHECK(common_beginning({}).empty());
  CHECK(common_beginning({"running"}) == "running");
  CHECK(common_beginning({"reload", "retry"}) == "re");
  CHECK(common_beginning({"a", "b"}).empty());
  CHECK(common_beginning({"x\xc3\xa4", "x\xc3\xb6"}) == "x");
}

TEST_CASE("candidates stand in columns, one below the other") {
  CHECK(in_columns({"aa", "b", "cc", "d", "ee"}, 12) == "aa  cc  ee\nb   d\n");
  CHECK(in_columns({"aa", "bb"}, 3) == "aa\nbb\n");
  const std::vector<std::string> many(250, "x");
  CHECK(in_columns(many, 1000).find("… and 50 more\n") != std::string::npos);
}

}  // namespace
}  // namespace moondial::line_test
