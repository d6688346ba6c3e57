#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "base/json.h"
#include "cli/api_data.h"
#include "cli/command.h"
#include "cli/machine_checks.h"
#include "cli/shell_check.h"
#include "cli/staging_scan.h"
#include "cli/state_checks.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

namespace fs = std::filesystem;
using Grade = Finding::Grade;

/// Entries of the project that are looked at for what attempts left.
constexpr size_t kScanLimit = 1'000'000;
constexpr size_t kToldFolders = 3;
/// Beyond the end of any log: only whether the attempt has ended is asked.
constexpr const char* kNoText = "/log?limit=1&offset=1000000000000000";
constexpr long kAnswerBoundMs = 10'000;

/// What the configuration says of the machine; its defaults if it cannot be asked.
struct Config {
  std::optional<std::string> timezone;
  std::vector<std::string> shell = {"bash", "-e", "-o", "pipefail", "-c"};
  std::vector<std::string> output_roots;
};

std::vector<std::string> texts(const Json& json, const char* name) {
  std::vector<std::string> out;
  const auto found = json.find(name);
  if (found == json.end() || !found->is_array()) return out;
  for (const Json& item : *found) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

class Doctor {
 public:
  explicit Doctor(const EntryPoints& entries) : entries_(entries) {}

  std::vector<Finding> examine(const std::string& directory);

 private:
  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  void look_at_project();
  void look_at_kept(const EngineLook& look);
  void look_at_files();
  void read_config();
  void look_at_staging();
  [[nodiscard]] std::optional<bool> is_open(uint64_t attempt);
  void look_at_machine();

  const EntryPoints entries_;
  std::optional<Session> session_;
  bool files_load_ = false;
  Config config_;
  std::vector<Finding> findings_;
};

std::vector<Finding> Doctor::examine(const std::string& directory) {
  auto project = find_project(directory);
  if (project.ok()) {
    add({"project", Grade::kOk, project->root, ""});
    session_.emplace(std::move(project).value());
    look_at_project();
  } else {
    add({"project", Grade::kProblem, project.error().message, "moondial init makes one"});
  }
  look_at_machine();
  return std::move(findings_);
}

void Doctor::look_at_project() {
  const Project& project = session_->project();
  add(look_at_state(project.state_dir));
  if (entries_.file_system != nullptr) add(entries_.file_system(project.state_dir));
  {
    const EngineLook look = look_for_engine(*session_);
    for (Finding& finding : engine_findings(project, look)) add(std::move(finding));
    look_at_kept(look);
    if (look.kind == EngineLook::Kind::kSilent) {
      return add({"files", Grade::kSkipped, "the engine would load them, but does not answer", ""});
    }
    if (look.kind == EngineLook::Kind::kNone && has_problem(findings_)) {
      return add({"files", Grade::kSkipped,
                  "an engine would load them, and none is started on a state with a problem", ""});
    }
  }
  look_at_files();
  if (files_load_) read_config();
  look_at_staging();
}

/// The record, if it may be opened.
void Doctor::look_at_kept(const EngineLook& look) {
  const std::string& state = session_->project().state_dir;
  std::error_code ignored;
  if (look.kind != EngineLook::Kind::kNone) {
    add({"record", Grade::kSkipped,
         "an engine is at work, and it alone may open it: ask again when it has ended", ""});
  } else if (!look.hold && fs::exists(state + "/moondial.db", ignored)) {
    add({"record", Grade::kSkipped, "engine.lock cannot be opened", ""});
  } else if (entries_.record != nullptr) {
    add(entries_.record(state));
  }
}

void Doctor::look_at_files() {
  const auto answer = session_->send({"POST", "check", ""});
  const std::string log = "what the engine said is in " + session_->project().engine_log;
  if (!answer.ok()) return add({"files", Grade::kProblem, answer.error().message, log});
  if (!answer->ok()) {
    return add({"files", Grade::kProblem, read_problem(answer->body).detail, log});
  }
  const auto problems = read_diagnostics(answer->body);
  files_load_ = problems.empty();
  if (files_load_) return add({"files", Grade::kOk, "all load without an error", ""});
  const Diagnostic& first = problems.front();
  const std::string more =
      problems.size() == 1 ? "" : " (and " + std::to_string(problems.size() - 1) + " more)";
  std::string place = first.file;
  if (first.line > 0) place += ":" + std::to_string(first.line);
  add({"files", Grade::kProblem, (place.empty() ? "" : place + ": ") + first.message + more,
       "moondial check tells all"});
}

void Doctor::read_config() {
  const auto answer = session_->send_to_running({"GET", "config", ""}, kAnswerBoundMs);
  if (!answer.ok() || !answer->ok()) return;
  const Json json = parse_json(answer->body);
  if (!json.is_object()) return;
  if (const auto zone = json.find("timezone"); zone != json.end() && zone->is_string()) {
    config_.timezone = zone->get<std::string>();
  }
  config_.shell = texts(json, "shell");
  config_.output_roots = texts(json, "output_roots");
}

/// Nullopt: the engine cannot say.
std::optional<bool> Doctor::is_open(uint64_t attempt) {
  const auto answer = session_->send_to_running(
      {"GET", "attempts/" + std::to_string(attempt) + kNoText, ""}, kAnswerBoundMs);
  if (!answer.ok()) return std::nullopt;
  if (answer->status == 404) return false;
  if (!answer->ok()) return std::nullopt;
  return !read_log(answer->body).ended;
}

void Doctor::look_at_staging() {
  std::vector<std::string> roots = {session_->project().root};
  roots.insert(roots.end(), config_.output_roots.begin(), config_.output_roots.end());
  const StagingScan scan = find_staging(roots, kScanLimit);
  std::vector<std::string> left;
  for (const StagingFolder& folder : scan.folders) {
    const auto open = is_open(folder.attempt);
    if (!open) {
      return add({"staging", Grade::kSkipped, "the engine cannot say whose they are", ""});
    }
    // One that ended while we looked has taken its folder away.
    std::error_code ignored;
    if (!*open && fs::exists(folder.path, ignored)) left.push_back(folder.path);
  }
  const std::string part =
      scan.whole ? "" : " (among the first " + std::to_string(kScanLimit) + " entries)";
  if (left.empty()) return add({"staging", Grade::kOk, "nothing is left of attempts" + part, ""});
  std::string told;
  for (size_t i = 0; i < std::min(left.size(), kToldFolders); ++i)
    told += " " + shell_word(left[i]);
  const bool one = left.size() == 1;
  add({"staging", Grade::kWarning,
       std::to_string(left.size()) + (one ? " folder is" : " folders are") +
           " left of attempts that have ended" + part,
       "rm -r" + told + (left.size() > kToldFolders ? " …" : "") +
           (config_.output_roots.empty() ? "" : "  (unless it is another project's)")});
}

void Doctor::look_at_machine() {
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  std::optional<UtcTime> newest;
  if (session_) {
    std::vector<std::string> folders = {session_->project().root, session_->project().state_dir};
    folders.insert(folders.end(), config_.output_roots.begin(), config_.output_roots.end());
    for (Finding& finding : look_at_disks(folders)) add(std::move(finding));
    newest = newest_file(session_->project().state_dir);
  }
  add(clock_finding(now, newest, clock_in_step()));
  if (config_.timezone) {
    add(zone_finding(*config_.timezone, now));
  } else {
    add({"time zone", Grade::kSkipped, "the configuration could not be loaded", ""});
  }
  add(look_at_locale());
  add(look_at_descriptors());
  add(look_at_shell(config_.shell));
}

int doctor_command(const EntryPoints& entries, const std::string& directory, bool json) {
  const std::vector<Finding> findings = Doctor(entries).examine(directory);
  print(json ? findings_json(findings) : findings_text(findings, terminal_of(STDOUT_FILENO)));
  return has_problem(findings) ? kExitFailed : kExitOk;
}

}  // namespace

void add_doctor_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  CommandOptions doctor = set.add("doctor", "Looks whether project and machine are well");
  doctor.flag("--json", *json, "Print a JSON document");
  doctor.footer(
      "Example: moondial doctor\n"
      "Looks at: .moondial and who owns it, its file system, the engine and its record, whether\n"
      "files load, what attempts left, room on the disk, clock, time zone, locale, open files, "
      "and\n"
      "the shell. Mends nothing; to load the files it starts an engine, as every command does.\n"
      "Exit status: 0 well, or only warnings; 1 a problem.");
  doctor.action([=] { return doctor_command(set.entries, *set.directory, *json); });
}

}  // namespace moondial
