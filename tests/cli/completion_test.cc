// What is offered at which place of a command line.
#include "cli/completion.h"

#include <algorithm>

#include "tests/catch.h"

namespace moondial::completion_test {

namespace {

using Words = std::vector<std::string>;

const std::vector<CommandShape>& shape() {
  static const std::vector<CommandShape> commands = {
      {"",
       "",
       {{{"--help", "-h"}, "help", false, false, false, {}},
        {{"-C"}, "folder", false, true, false, {}}}},
      {"run",
       "Runs",
       {{{"TASK"}, "", true, true, false, {}},
        {{"PARAMS"}, "", true, true, true, {}},
        {{"--jobs", "-j"}, "", false, true, false, {}},
        {{"--pool"}, "", false, true, true, {}},
        {{"--force"}, "again", false, false, false, {}}}},
      {"plan",
       "Plans",
       {{{"TASK"}, "", true, true, false, {}},
        {{"PARAMS"}, "", true, true, true, {}},
        {{"--format"}, "", false, true, false, {"tree", "dot", "json"}}}},
      {"logs",
       "Logs",
       {{{"RUN"}, "", true, true, false, {}}, {{"TASK"}, "", true, true, false, {}}}},
      {"cancel",
       "",
       {{{"RUN|TASK"}, "", true, true, false, {}}, {{"PARAMS"}, "", true, true, true, {}}}},
      {"pause", "", {{{"SCHEDULE"}, "", true, true, false, {}}}},
      {"pools", "", {{{"NAME=SIZE"}, "", true, true, true, {}}}},
      {"runs", "", {{{"--task"}, "", false, true, false, {}}}},
      {"completion", "", {{{"SHELL"}, "", true, true, false, {"bash", "zsh"}}}},
      {"init", "", {{{"DIR"}, "", true, true, false, {}}}},
      {"cron", "", {{{"EXPR"}, "", true, true, true, {}}, {{"--tz"}, "", false, true, false, {}}}},
  };
  return commands;
}

struct Source final : CompletionSource {
  std::vector<DeclaredTask> tasks() override {
    ++asked;
    return read_declared_tasks(R"json([
      {"name": "sem.Fetch", "doc": "Costs", "params": [
        {"name": "date", "kind": "date", "doc": "the day", "required": true, "default": null},
        {"name": "engine", "kind": "enum", "required": true, "choices": ["baidu", "so 360", "a\nb"]},
        {"name": "fast", "kind": "bool", "required": false, "default": "false"},
        {"name": "n", "kind": "int", "required": false, "default": "3"},
        {"name": "to", "kind": "date", "required": false, "default": "(computed)"
    }]
    },
      {"name": "sem.Report", "params": []}, {"name": "Other", "doc": "two\nlines"}, 7, null])json");
  }
  std::vector<std::string> pools() override { return {"db", "api"}; }
  std::vector<std::string> schedules() override { return {"nightly", "hourly"}; }
  std::vector<RunData> runs() override {
    RunData open;
    open.run = 12;
    open.state = "running";
    open.roots = {"A(x=1)"};
    RunData done;
    done.run = 1;
    done.state = "done";
    return {open, done};
  }
  RunData run(uint64_t number) override {
    RunData out;
    if (number != 12) return out;
    out.tasks.push_back({"A(x=1)", "A", "running", "", "", {}});
    out.tasks.push_back({"A(x=2)", "A", "done", "", "", {}});
    out.tasks.push_back({"B", "B", "done", "", "", {}});
    return out;
  }
  int asked = 0;
};

Words offered(const Words& words) {
  Source source;
  Words out;
  for (const Candidate& candidate : complete(shape(), words, source).candidates) {
    out.push_back(candidate.text);
  }
  return out;
}

bool folders(const Words& words) {
  Source source;
  return complete(shape(), words, source).folders;
}

}  // namespace

TEST_CASE("commands are offered first, and cost no question to the project") {
  CHECK(offered({""}) == Words{"run", "plan", "logs", "cancel", "pause", "pools", "runs",
                               "completion", "init", "cron"});
  CHECK(offered({"pl"}) == Words{"plan"});
  CHECK(offered({"-C", "/x", "c"}) == Words{"cancel", "completion", "cron"});
  CHECK(offered({"nonsense", "r"}) == Words{"run", "runs"});
  CHECK(offered({}).empty());
  Source source;
  (void)complete(shape(), {"r"}, source);
  CHECK(source.asked == 0);
}

TEST_CASE("options are offered once, those of the program as well") {
  CHECK(offered({"run", "--"}) == Words{"--jobs", "--pool", "--force", "--help"});
  CHECK(offered({"run", "A", "--force", "-j", "2", "--pool", "a=1", "--"}) ==
        Words{"--pool", "--help"});
  CHECK(offered({"-"}) == Words{"--help", "-h", "-C"});
  CHECK(offered({"run", "--", "--"}).empty());
}

TEST_CASE("an expression may be a word") {
  CHECK(offered({"cron", ""}) ==
        Words{"every", "@hourly", "@daily", "@weekly", "@monthly", "@yearly"});
  CHECK(offered({"cron", "@d"}) == Words{"@daily"});
  CHECK(offered({"cron", "every", ""}).empty());
  CHECK(offered({"cron", "@daily", "--"}) == Words{"--tz", "--help"});
}

TEST_CASE("the value of an option") {
  CHECK(offered({"plan", "A", "--format", ""}) == Words{"tree", "dot", "json"});
  CHECK(offered({"plan", "A", "--format", "d"}) == Words{"dot"});
  CHECK(offered({"plan", "A", "--format=j"}) == Words{"--format=json"});
  CHECK(offered({"plan", "A", "--nonsense=j"}).empty());
  CHECK(offered({"run", "A", "--pool", ""}) == Words{"db=", "api=", "cpu=", "memory="});
  CHECK(offered({"runs", "--task", "O"}) == Words{"Other"});
  CHECK(offered({"run", "-j", ""}).empty());
  CHECK(folders({"-C", ""}));
  CHECK(folders({"run", "-C", "sr"}));
  CHECK_FALSE(folders({"run", "-j", ""}));
}

TEST_CASE("tasks, then their parameters, then the values of those") {
  CHECK(offered({"run", "sem."}) == Words{"sem.Fetch", "sem.Report"});
  CHECK(offered({"run", "-j", "2", ""}) == Words{"sem.Fetch", "sem.Report", "Other"});
  CHECK(offered({"run", "sem.Fetch", ""}) == Words{"date=", "engine=", "fast=", "n=", "to="});
  CHECK(offered({"run", "sem.Fetch", "engine=baidu", "--force", ""}) ==
        Words{"date=", "fast=", "n=", "to="});
  // What cannot be typed is not offered.
  CHECK(offered({"run", "sem.Fetch", "engine="}) == Words{"engine=baidu", "engine=so 360"});
  CHECK(offered({"plan", "sem.Fetch", "date=2015-09-18", "engine=b"}) == Words{"engine=baidu"});
  CHECK(offered({"run", "sem.Fetch", "fast="}) == Words{"fast=true", "fast=false"});
  CHECK(offered({"run", "sem.Fetch", "n="}) == Words{"n=3"});
  // A default that a function gives is none to offer.
  for (const char* param : {"date=", "to="}) {
    CHECK(offered({"run", "sem.Fetch", param}).empty());
  }
  CHECK(offered({"run", "sem.Fetch", "nonsense="}).empty());
  CHECK(offered({"run", "Unknown", ""}).empty());
  CHECK(offered({"run", "--", "Ot"}) == Words{"Other"});
}

TEST_CASE("runs and what they ran") {
  CHECK(offered({"logs", ""}) == Words{"12", "1"});
  CHECK(offered({"cancel", ""}) == Words{"12", "sem.Fetch", "sem.Report", "Other"});
  CHECK(offered({"cancel", "1"}) == Words{"12"});
  CHECK(offered({"cancel", "sem.Fetch", "d"}) == Words{"date="});
  CHECK(offered({"logs", "12", ""}) == Words{"A", "B", "A(x=1)", "A(x=2)"});
  CHECK(offered({"logs", "12", "A("}) == Words{"A(x=1)", "A(x=2)"});
  CHECK(offered({"logs", "13", ""}).empty());
  CHECK(offered({"logs", "x", ""}).empty());
  CHECK(offered({"logs", "12", "A", ""}).empty());
}

TEST_CASE("schedules, and pools with their sizes") {
  CHECK(offered({"pause", ""}) == Words{"nightly", "hourly"});
  CHECK(offered({"pause", "n"}) == Words{"nightly"});
  CHECK(offered({"pause", "nightly", ""}).empty());
  CHECK(offered({"pools", ""}) == Words{"db=", "api=", "cpu=", "memory="});
  CHECK(offered({"pools", "db=1", "m"}) == Words{"memory="});
  CHECK(offered({"pools", "db="}) == Words{"db=declared"});
}

TEST_CASE("fixed words and folders") {
  CHECK(offered({"completion", ""}) == Words{"bash", "zsh"});
  CHECK(folders({"init", ""}));
  CHECK_FALSE(folders({"init", "x", ""}));
}

TEST_CASE("what is offered tells what it is, on one line") {
  Source source;
  CHECK(complete(shape(), {"run", "O"}, source).candidates ==
        std::vector<Candidate>{{"Other", "two"}});
  CHECK(complete(shape(), {"run", "sem.Fetch", "d"}, source).candidates ==
        std::vector<Candidate>{{"date=", "date: the day"}});
  CHECK(complete(shape(), {"logs", "12"}, source).candidates ==
        std::vector<Candidate>{{"12", "running A(x=1)"}});
  CHECK(completion_lines({{{"a", "b"}, {"c", ""}}, true}) == "a\tb\nc\t\n:folders\t\n");
}

TEST_CASE("the project is that of the option before the word") {
  CHECK(directory_among({"-C", "/x", "run", ""}) == "/x");
  CHECK(directory_among({"run", "-C", "/x", ""}) == "/x");
  CHECK(directory_among({"run", "-C", "/x"}).empty());  // still being typed
  CHECK(directory_among({"run", "--", "-C", "/x", ""}).empty());
  CHECK(directory_among({"-C"}).empty());
  CHECK(directory_among({"-C/x", "run", ""}) == "/x");
}

TEST_CASE("declared tasks of another shape do no harm") {
  for (const char* text : {"", "{}", "[[]]", "[{}]", R"([{"params": [1, {"choices": 5}]}])"}) {
    for (const DeclaredTask& task : read_declared_tasks(text)) CHECK(task.name.empty());
  }
}

}  // namespace moondial::completion_test
