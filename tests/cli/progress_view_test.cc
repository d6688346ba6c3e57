#include "cli/progress_view.h"

#include "cli/text_layout.h"
#include "tests/catch.h"
#include "tests/cli/pipe.h"

namespace moondial::progress_view_test {

namespace {

ProgressData picture() {
  ProgressData out;
  out.counts = {{"done", 10}, {"complete", 2}, {"running", 2}, {"failed", 1}, {"pending", 46}};
  out.running = {{"sem.FetchCost(date=2015-09-18,engine=baidu)", 1, 62, 0.4, "page 4 of 10"},
                 {"B", 2, 3, -1, ""}};
  out.left = 42;
  return out;
}

const Terminal kPlain{1, true, false};

}  // namespace

TEST_CASE("a line for each running task, and the sum") {
  const auto lines = progress_lines(picture(), 0.5, {100, 24}, kPlain);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] ==
        "   1:02  sem.FetchCost(date=2015-09-18,engine=baidu)  ████░░░░░░  40%  page 4 of 10");
  CHECK(lines[1] == "   0:03  B  (attempt 2)");
  CHECK(lines[2] == "12/61 done · 2 running · 1 failed · ETA 0:41");
}

TEST_CASE("no line is wider than the terminal and no block higher") {
  ProgressData data = picture();
  data.running[0].id = "仓库.载入(日期=2015-09-18,引擎=百度,说明=很长的说明文字很长的说明文字)";
  for (int i = 0; i < 50; ++i) data.running.push_back(data.running[0]);
  for (size_t columns = 1; columns < 130; ++columns) {
    for (const size_t rows : {1, 2, 5, 24, 80}) {
      const auto lines = progress_lines(data, 0, {columns, rows}, kPlain);
      CHECK(lines.size() <= std::max<size_t>(rows - 1, 2));
      for (const std::string& line : lines) {
        INFO(columns << ": " << line);
        CHECK(display_width(line) <= columns);
      }
    }
  }
}

TEST_CASE("what waits for disk space is a line before the sum") {
  ProgressData data = picture();
  data.space = "waits for disk space: 5 B are free at /data, and min_free is 1.0 GiB; make room";
  const auto lines = progress_lines(data, 0, {60, 24}, kPlain);
  REQUIRE(lines.size() == 4);
  CHECK(lines[2] == "waits for disk space: 5 B are free at /data, and min_free i…");
  CHECK(progress_lines(data, 0, {60, 5}, kPlain).size() <= 4);
}

TEST_CASE("what is external and waited for is told once, with the progress") {
  const ChangeData change{"Drop", "waiting", 0, 0, "drop.csv is missing", "", -1};
  CHECK(change_text(change, kPipe).empty());
  CHECK(change_text({"A", "waiting", 1, 0, "", "", -1}, kPipe) == "waiting A\n");
  const ProgressData data = read_progress(
      R"({"missing": [{"id": "Drop", "why": "drop.csv is missing"}], "space": {"message": "m"}})");
  REQUIRE(data.missing.size() == 1);
  CHECK(data.missing[0].id == "Drop");
  CHECK(data.missing[0].why == "drop.csv is missing");
  CHECK(data.space == "m");
}

TEST_CASE("a long identity is shortened in the middle") {
  const auto lines = progress_lines(picture(), 0, {60, 24}, kPlain);
  CHECK(lines[0] == "   1:02  sem.FetchCos…gine=baidu)  ████░░░░░░  40%  page 4 …");
}

TEST_CASE("plain lines of what ended") {
  CHECK(change_text({"A", "running", 1, 0, "", "", -1}, kPipe).empty());
  CHECK(change_text({"A", "done", 1, 3.2, "", "", -1}, kPipe) == "done A 3.2s\n");
  CHECK(change_text({"A", "failed", 1, 3.2, "exit 3\ntrace", "", -1}, kPipe) ==
        "failed A: exit 3\n");
  CHECK(change_text({"A", "retrying", 1, 1, "exit 3", "", 30}, kPipe) ==
        "retrying in 30.0s A: exit 3\n");
  CHECK(change_text({"B", "upstream_failed", 0, 0, "", "A", -1}, kPipe) ==
        "upstream_failed B: needs A\n");
  CHECK(change_text({"B", "cancelled", 0, 0, "", "", -1}, kPipe) == "cancelled B\n");
}

TEST_CASE("on a terminal only failures stay, with their error") {
  CHECK(change_text({"A", "done", 1, 3.2, "", "", -1}, kPlain).empty());
  CHECK(change_text({"A", "failed", 1, 3.2, "exit 3\ntrace", "", -1}, kPlain) ==
        "failed A\n    exit 3\n    trace\n");
}

TEST_CASE("rows of a block on a terminal that has shrunk") {
  CHECK(rows_taken({80, 10, 0}, 80) == 3);
  CHECK(rows_taken({80, 10, 0}, 40) == 4);
  CHECK(rows_taken({81, 10}, 40) == 4);
}

TEST_CASE("texts are laid out by what they take on a terminal") {
  CHECK(display_width("数据é") == 5);
  CHECK(shorten_middle("abcdefghij", 5) == "ab…ij");
  CHECK(shorten_middle("abcdefghij", 10) == "abcdefghij");
  CHECK(shorten_middle("数据数据", 4) == "数…");
  CHECK(shorten_end("abcdef", 4) == "abc…");
  CHECK(shorten_end("abcdef", 0).empty());
  CHECK(pad_right("数", 4) == "数  ");
  CHECK(clock_time(42) == "0:42");
  CHECK(clock_time(725) == "12:05");
  CHECK(clock_time(3723) == "1:02:03");
  CHECK(clock_time(-5) == "0:00");
  CHECK(shell_word("a=b/c.d") == "a=b/c.d");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("a b") == "'a b'");
}

}  // namespace moondial::progress_view_test
