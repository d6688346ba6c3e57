// The guides in docs/ do what they show. A fenced block whose first line is a comment with a path
// (the second, after `#!`) is a file of the project; an indented line that begins with `$` is a
// command, and what stands indented below is what it prints: all of its lines, in any order, or
// with a line `…` some of them. Times of the day and how long things took do not count.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <sstream>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::guides_test {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// One thing that a guide does: a file that it shows, or a command.
struct Step {
  std::string path;  ///< of the file; empty: a command
  std::string text;  ///< of the file, or the command
  Lines shown;       ///< what the command prints
};

/// The path that a block's first lines name.
std::optional<std::string> path_in(const Lines& block) {
  const bool is_script = !block.empty() && block[0].starts_with("#!");
  if (block.size() < (is_script ? 2 : 1)) return std::nullopt;
  std::smatch match;
  const std::regex comment(
      "(?:--|#) ((?:[\\w-]+/)*(?:Makefile|[\\w-]+\\.\\w+)|bin/\\w+)(?:[: ].*)?");
  if (!std::regex_match(block[is_script ? 1 : 0], match, comment)) return std::nullopt;
  return match[1];
}

class Guide {
 public:
  explicit Guide(const std::string& name) {
    const char* source = std::getenv("MOONDIAL_SOURCE_DIR");
    REQUIRE(source != nullptr);
    std::ifstream file(std::string(source) + "/docs/" + name);
    REQUIRE(file.good());
    read({std::istreambuf_iterator<char>(file), {}});
  }
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }

 private:
  void read(const std::string& text) {
    bool in_block = false;
    Lines block;
    for (const std::string& line : lines_of(text)) {
      if (line.starts_with("```")) {
        if (in_block) add_file(block);
        in_block = !in_block;
        block.clear();
      } else if (in_block) {
        block.push_back(line);
      } else {
        add_line(line);
      }
    }
    REQUIRE_FALSE(in_block);
  }
  void add_file(const Lines& block) {
    const auto path = path_in(block);
    if (!path) return;
    Step step{*path, "", {}};
    for (const std::string& line : block) step.text += line + "\n";
    steps_.push_back(std::move(step));
  }
  void add_line(const std::string& line) {
    if (line.starts_with("    $ ")) {
      steps_.push_back({"", line.substr(6), {}});
      below_ = true;
    } else if (below_ && line.starts_with("    ")) {
      steps_.back().shown.push_back(line.substr(4));
    } else {
      below_ = below_ && line.empty();
    }
  }

  std::vector<Step> steps_;
  bool below_ = false;  ///< a command
};

/// A line without what differs from run to run.
std::string normal(const std::string& line) {
  static const std::regex clock(R"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?)");
  static const std::regex length("\\b\\d+(\\.\\d+)?(ms|s|m)\\b");
  static const std::regex spaces(" +");
  const std::string plain = std::regex_replace(std::regex_replace(line, clock, "#"), length, "#");
  std::string out = std::regex_replace(plain, spaces, " ");
  const size_t first = out.find_first_not_of(' '), last = out.find_last_not_of(' ');
  return first == out.npos ? "" : out.substr(first, last - first + 1);
}

Lines normal_lines(const Lines& lines) {
  Lines out;
  for (const std::string& line : lines) {
    if (std::string text = normal(line); !text.empty()) out.push_back(std::move(text));
  }
  std::ranges::sort(out);
  return out;
}

class Follower {
 public:
  void follow(const Step& step) {
    if (step.path.empty()) {
      run(step);
      return;
    }
    project_.write(step.path, step.text);
    if (step.text.starts_with("#!")) {
      std::filesystem::permissions(project_ / step.path, std::filesystem::perms::owner_all);
    } else if (step.path.ends_with(".py") && has_program("python3")) {
      const Finished read = run_program(
          {"python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", step.path},
          project_.root());
      INFO(read.err);
      CHECK(read.code == 0);
    }
  }

 private:
  void run(const Step& step) {
    const std::string program = step.text.substr(0, step.text.find(' '));
    if (program == "make" && !has_program("make")) return;
    const std::string binary = std::getenv("MOONDIAL_BIN");
    const std::string path = binary.substr(0, binary.rfind('/')) + ":" + std::getenv("PATH");
    const std::string before = "(exit " + std::to_string(status_) + ")\n";
    const Finished done =
        run_program({"bash", "-c", before + step.text}, project_.root(), {{"PATH", path}});
    status_ = done.code;
    Lines shown = normal_lines(step.shown);
    const bool some = std::erase(shown, "…") > 0;
    const Lines said = normal_lines(lines_of(done.out + "\n" + done.err));
    INFO("$ " << step.text << "\n" << done.all());
    if (some) {
      Lines missing;
      std::ranges::set_difference(shown, said, std::back_inserter(missing));
      CHECK(missing.empty());
    } else {
      CHECK(said == shown);
    }
  }

  Project project_;
  int status_ = 0;
};

void check_guide(const std::string& name, size_t least_files = 2, size_t least_commands = 5) {
  const Guide guide(name);
  size_t files = 0;
  Follower follower;
  for (const Step& step : guide.steps()) {
    if (!step.path.empty()) ++files;
    follower.follow(step);
  }
  CHECK(files >= least_files);
  CHECK(guide.steps().size() - files >= least_commands);
}

TEST_CASE("the guide for those who come from crontab does what it shows") {
  check_guide("from-crontab.md");
}

TEST_CASE("the guide for those who come from luigi does what it shows") {
  check_guide("from-luigi.md");
}

TEST_CASE("the guide for those who come from Azkaban does what it shows") {
  check_guide("from-azkaban.md");
}

TEST_CASE("the page about schedules shows what comes of its commands") {
  check_guide("schedules.md", 0, 3);
}

TEST_CASE("the page about the REPL shows what comes of its commands") {
  check_guide("repl.md", 1, 7);
}

TEST_CASE("the guide for those who come from make does what it shows") {
  check_guide("from-make.md");
}

}  // namespace
}  // namespace moondial::e2e::guides_test
