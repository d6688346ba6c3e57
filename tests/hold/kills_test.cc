// Real engines, holders, commands, files and records, and kill -9 at random moments.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <random>
#include <sstream>

#include "store/sqlite_store.h"
#include "tests/catch.h"
#include "tests/hold/night_engine.h"
#include "tests/uv/temp_dir.h"
#include "uv/proc_fs.h"
#include "uv/uv_loop.h"

namespace moondial::kills_test {
namespace {

namespace fs = std::filesystem;

struct Night : NightTasks {
  TempDir temp;
  std::mt19937 random;
  int kills = 0;

  explicit Night(unsigned seed) : random(seed) {
    dir = temp.path();
    for (const char* name : {".moondial", ".moondial/logs", ".moondial/tmp", "trace", "out"}) {
      fs::create_directory(temp / name);
    }
    fs::permissions(temp / ".moondial", fs::perms::owner_all);
  }
  ~Night() {
    for (const int pid : ours()) ::kill(pid, SIGKILL);
  }
  Night(const Night&) = delete;
  Night& operator=(const Night&) = delete;

  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random); }

  /// Processes of the project, holders among them.
  [[nodiscard]] std::vector<int> ours() const {
    std::vector<int> pids = all_processes();
    std::erase_if(pids, [&](int pid) {
      return environment_value(process_environment(pid), "MOONDIAL_STATE") != dir + "/.moondial";
    });
    return pids;
  }
  [[nodiscard]] std::vector<int> holders() const {
    std::vector<int> pids = ours();
    std::erase_if(pids, [](int pid) {
      return describe_process(pid).find("(moondial-holder ") == std::string::npos;
    });
    // Not one that is about to become the command.
    std::erase_if(pids, [all = pids](int pid) {
      const auto stat = process_stat(pid);
      return !stat || std::find(all.begin(), all.end(), stat->parent) != all.end();
    });
    return pids;
  }
  void kill_a_holder() {
    const std::vector<int> pids = holders();
    if (!pids.empty())
      ::kill(pids[static_cast<size_t>(below(static_cast<int>(pids.size())))], SIGKILL);
  }

  /// An engine that is killed within `bound_ms`, if that is not 0. Its exit status; -1: killed.
  int play(int bound_ms, bool kills_holders) {
    const pid_t engine = ::fork();
    REQUIRE(engine >= 0);
    if (engine == 0) be_engine(*this);
    if (bound_ms > 0) {
      ::usleep(static_cast<useconds_t>(below(bound_ms * 1000)));
      const int first = kills_holders ? below(3) : 2;
      if (first == 0) kill_a_holder();
      ::kill(engine, SIGKILL);
      ++kills;
      if (first == 1) kill_a_holder();
    }
    int status = 0;
    REQUIRE(::waitpid(engine, &status, 0) == engine);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  [[nodiscard]] std::string trace(int task) const {
    return read_text(dir + "/trace/t." + std::to_string(task));
  }
  /// All attempts in the record, by task; none may be open.
  [[nodiscard]] std::map<std::string, std::map<AttemptId, AttemptRow>> attempts() const {
    std::map<std::string, std::map<AttemptId, AttemptRow>> out;
    UvLoop loop;
    auto store = SqliteStore::open(loop, dir + "/.moondial/moondial.db");
    REQUIRE(store.ok());
    CHECK((*store)->open_attempts()->empty());
    CHECK((*store)->prepared_attempts()->empty());
    const auto runs = (*store)->runs(10'000, RunId(), {});
    for (const RunRow& run : *runs) {
      const auto detail = (*store)->run(run.run);
      for (const TaskRow& task : (*detail)->tasks) {
        for (const AttemptRow& attempt : task.attempts) out[task.id][attempt.attempt] = attempt;
      }
    }
    (*store)->close();
    return out;
  }
  [[nodiscard]] std::string log(AttemptId attempt) const {
    std::string text;
    std::ifstream file(dir + "/.moondial/logs/0/" + std::to_string(attempt.value) + ".log");
    for (std::string line; std::getline(file, line);) {
      line = line.substr(line.find(' ') + 1);
      if (!line.starts_with("warn: ")) text += line + "\n";
    }
    return text;
  }
  void check_end() {
    CHECK(ours().empty());
    std::string left;
    for (const auto& entry : fs::directory_iterator(temp / ".moondial/held")) {
      left += entry.path().filename().string() + ": " + read_text(entry.path());
    }
    CHECK(left == "");
    CHECK(fs::is_empty(temp / ".moondial/tmp"));
    for (int i = 0; i < count; ++i) {
      const std::string name = "t." + std::to_string(i);
      CHECK(read_text(dir + "/out/" + name) == "whole " + name + "\n");
      CHECK(trace(i).find("overlap") == std::string::npos);
    }
    for (const auto& entry : fs::directory_iterator(dir + "/out")) {
      CHECK(entry.path().filename().string()[0] == 't');  // nothing is staged
    }
  }
};

TEST_CASE("kill -9 of engines at random moments ends no command, and no line is lost or twice") {
  Night night(GENERATE(1U, 2U));
  night.count = 12;
  night.lines = 30;
  night.pause = "0.01";
  std::string lines;
  for (int i = 1; i <= night.lines; ++i) lines += std::to_string(i) + "\n";
  int status = -1;
  while (night.kills < 25 && status != 0) status = night.play(150, false);
  if (status != 0) status = night.play(0, false);
  CHECK(status == 0);
  night.check_end();
  for (int i = 0; i < night.count; ++i) CHECK(night.trace(i) == "start\nend\n");
  int done = 0;
  for (const auto& [task, attempts] : night.attempts()) {
    for (const auto& [id, attempt] : attempts) {
      if (attempt.state != TaskState::kDone) {
        INFO(attempt.error);
        CHECK(attempt.state == TaskState::kLost);
        CHECK(night.log(id).empty());  // it had a row, and no process yet
        continue;
      }
      ++done;
      CHECK(attempt.exit == 0);
      CHECK(night.log(id) == lines);
    }
  }
  CHECK(done == night.count);
}

TEST_CASE("kill -9 of engines and holders: nothing overlaps, and all is done in the end") {
  Night night(3);
  night.count = 8;
  night.lines = 10;
  night.pause = "0.01";
  int status = -1;
  while (night.kills < 30 && status != 0) {
    status = night.play(150, true);
  }
  for (int i = 0; i < 5 && status != 0; ++i) {
    status = night.play(0, false);
  }
  CHECK(status == 0);
  night.check_end();
  for (const auto& [task, attempts] : night.attempts()) {
    for (const auto& [id, attempt] : attempts) {
      INFO(to_string(attempt.state) << " " << attempt.error);
      CHECK((attempt.state == TaskState::kDone || attempt.state == TaskState::kLost));
    }
  }
}

}  // namespace
}  // namespace moondial::kills_test
