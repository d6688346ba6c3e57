// What holds whenever an engine was killed, and whenever one has recovered.
#include <algorithm>
#include <set>
#include <sstream>

#include "tests/catch.h"
#include "tests/e2e/faults/campaign.h"

namespace moondial::e2e {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLinesOfBody = 30;  // as work.sh writes them
constexpr const char* kDone = "5";   // in task_states

/// The process and its attempt, as work.sh has written them: attempt, chain, task.
struct Start {
  uint64_t attempt = 0;
  int chain = 0;
  std::string task;
};

std::vector<Start> starts_of(const Project& project) {
  std::vector<Start> starts;
  for (const std::string& line : lines_of(project.read("started"))) {
    std::istringstream words(line);
    Start start;
    words >> start.attempt >> start.chain >> start.task;
    REQUIRE(!words.fail());
    starts.push_back(start);
  }
  return starts;
}

std::set<uint64_t> set_of(const std::vector<uint64_t>& numbers) {
  return {numbers.begin(), numbers.end()};
}

/// The rows of a query for identities and attempts.
std::map<std::string, uint64_t> attempts_of(const Project& project, const std::string& query) {
  std::map<std::string, uint64_t> attempts;
  for (const std::string& row : ask_record(project, query)) {
    const size_t bar = row.find('|');
    attempts[row.substr(0, bar)] = std::stoull(row.substr(bar + 1));
  }
  return attempts;
}

size_t processes_in(const fs::path& root) {
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::error_code gone;
    const fs::path cwd = fs::read_symlink(entry.path() / "cwd", gone);
    if (!gone && cwd == root) ++count;
  }
  return count;
}

uint64_t attempt_in_file(const Project& project, const std::string& path) {
  const auto lines = lines_of(project.read(path));
  INFO(path << ":\n" << project.read(path));
  REQUIRE(lines.size() == kLinesOfBody + 1);
  CHECK(lines.back() == "end");
  for (size_t i = 1; i < kLinesOfBody; ++i) CHECK(lines[i] == lines[0]);
  const size_t space = lines[0].rfind(' ');
  return std::stoull(lines[0].substr(space + 1));
}

}  // namespace

uint64_t attempt_in(const Project& project, const std::string& path) {
  if (!path.ends_with('/')) return attempt_in_file(project, path);
  std::set<uint64_t> attempts;
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(project / path)) {
    names.insert(entry.path().filename());
    attempts.insert(attempt_in_file(project, path + entry.path().filename().string()));
  }
  INFO(path);
  CHECK(names == std::set<std::string>{"1", "2", "3"});
  REQUIRE(attempts.size() == 1);
  return *attempts.begin();
}

// --- While no engine has looked at what the dead one left ---

void Campaign::check_after_kill() {
  check_files_whole();
  check_processes();
  check_announced();
}

/// Old or new, never between.
void Campaign::check_files_whole() const {
  for (const CampaignOutput& output : campaign_outputs()) {
    if (project_.exists(output.path)) (void)attempt_in(project_, output.path);
  }
}

/// Each process that lives belongs to an attempt that the record knows of.
void Campaign::check_processes() {
  const std::vector<MarkedProcess> alive = marked_processes(project_);
  const auto open = set_of(numbers_of(project_, "SELECT id FROM attempts WHERE ended IS NULL"));
  const auto prepared = set_of(numbers_of(project_, "SELECT attempt FROM prepared_attempts"));
  for (const MarkedProcess& process : alive) {
    INFO("process " << process.pid << " of attempt " << process.attempt);
    CHECK((open.contains(process.attempt) || prepared.contains(process.attempt)));
  }
  counts_.alive_at_kill += static_cast<int>(alive.size());
  counts_.open_at_kill += static_cast<int>(open.size());
  counts_.prepared_at_kill += static_cast<int>(prepared.size());
  counts_.intents_at_kill += static_cast<int>(
      numbers_of(project_,
                 "SELECT DISTINCT attempt FROM open_outputs WHERE staging_path IS NOT NULL")
          .size());
}

// --- After it ---

void Campaign::check_recovered() {
  CHECK(project_.integrity() == "ok\n");
  CHECK(ask_record(project_, "PRAGMA foreign_key_check").empty());
  CHECK(ask_record(project_, "SELECT * FROM open_outputs").empty());
  CHECK(ask_record(project_, "SELECT * FROM prepared_attempts").empty());
  CHECK(ask_record(project_, "SELECT id FROM attempts WHERE ended IS NULL").empty());
  CHECK(ask_record(project_, "SELECT id FROM runs WHERE ended IS NULL").empty());
  CHECK(staged_in(project_.root()).empty());
  wait_until("the end of lanes", [this] { return processes_in(project_.root()) == 0; });
  if (project_.exists("violations")) FAIL_CHECK(project_.read("violations"));
  check_files_whole();
  check_files_are_recorded();
  check_announced();
  check_successes();
}

/// The outputs of a task are all of its last attempt that succeeded, as the record says; so is what
/// the record says of tasks apart from runs.
void Campaign::check_files_are_recorded() const {
  const auto last =
      attempts_of(project_,
                  "SELECT t.identity, max(a.id) FROM attempts a JOIN tasks t ON t.id = a.task "
                  "WHERE a.state = 5 GROUP BY 1");
  CHECK(last == attempts_of(project_, "SELECT identity, attempt FROM successes"));
  for (const CampaignOutput& output : campaign_outputs()) {
    INFO(output.task << " makes " << output.path);
    const bool is_there = project_.exists(output.path);
    CHECK(is_there == last.contains(output.task));
    if (is_there) CHECK(attempt_in(project_, output.path) == last.at(output.task));
  }
  for (const auto& [identity, attempt] : last) {
    if (!identity.starts_with("Marked")) continue;
    CHECK(ask_record(project_, "SELECT by FROM marks WHERE identity = '" + identity + "'") ==
          std::vector<std::string>{"attempt " + std::to_string(attempt)});
  }
}

/// What a client was told is what the record says.
void Campaign::check_announced() const {
  for (const auto& [run, identities] : announced_) {
    const auto done = ask_record(
        project_,
        "SELECT DISTINCT t.identity FROM tasks t LEFT JOIN attempts a ON a.task = t.id "
        "WHERE t.run = " +
            std::to_string(run) + " AND (t.state = " + kDone + " OR a.state = " + kDone + ")");
    for (const std::string& identity : identities) {
      INFO("run " << run << " announced " << identity);
      CHECK(std::ranges::find(done, identity) != done.end());
    }
  }
}

/// Every process is accounted for, and a task without output succeeds once in a run.
void Campaign::check_successes() const {
  const auto known = set_of(numbers_of(project_, "SELECT id FROM attempts"));
  const auto done =
      set_of(numbers_of(project_, std::string("SELECT id FROM attempts WHERE state = ") + kDone));
  std::map<std::pair<int, std::string>, int> successes;
  for (const Start& start : starts_of(project_)) {
    INFO("attempt " << start.attempt << " at " << start.task);
    CHECK(known.contains(start.attempt));
    const bool counts = start.task.starts_with("Void") && done.contains(start.attempt);
    if (counts) CHECK(++successes[{start.chain, start.task}] == 1);
  }
}

}  // namespace moondial::e2e
