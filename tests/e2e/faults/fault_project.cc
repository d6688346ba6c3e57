#include "tests/e2e/faults/fault_project.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/catch.h"

namespace moondial::e2e {
namespace {

namespace fs = std::filesystem;

std::string environment_of(const fs::path& process) {
  std::ifstream file(process / "environ", std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return '\0' + text.str();
}

}  // namespace

std::vector<MarkedProcess> marked_processes(const Project& project) {
  const std::string state = '\0' + ("MOONDIAL_STATE=" + (project / ".moondial").string()) + '\0';
  const std::string mark = std::string(1, '\0') + "MOONDIAL_ATTEMPT_ID=";
  std::vector<MarkedProcess> marked;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 1) continue;
    const std::string environment = environment_of(entry.path());
    const size_t at = environment.find(mark);
    if (at == std::string::npos || environment.find(state) == std::string::npos) continue;
    if (!is_alive(pid)) continue;
    marked.push_back({pid, std::strtoull(environment.c_str() + at + mark.size(), nullptr, 10)});
  }
  return marked;
}

std::vector<std::string> ask_record(const Project& project, const std::string& query) {
  fs::path directory = project / ".moondial";
  if (project.engine_pid() == 0) {
    const fs::path copy = project / "copy-of-record";
    fs::remove_all(copy);
    fs::create_directory(copy);
    for (const char* name : {"moondial.db", "moondial.db-wal"}) {
      if (fs::exists(directory / name)) fs::copy_file(directory / name, copy / name);
    }
    directory = copy;
  }
  const std::string path = directory / "moondial.db";
  const std::string wait = ".timeout 60000";
  const Finished answer = run_program({"sqlite3", "-readonly", "-cmd", wait, path, query}, "/");
  INFO(query << "\n" << answer.all());
  REQUIRE(answer.code == 0);
  return lines_of(answer.out);
}

std::vector<uint64_t> numbers_of(const Project& project, const std::string& query) {
  std::vector<uint64_t> numbers;
  for (const std::string& line : ask_record(project, query)) numbers.push_back(std::stoull(line));
  return numbers;
}

std::vector<std::string> staged_in(const fs::path& root) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().filename().string().starts_with(".moondial~")) found.push_back(entry.path());
  }
  return found;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::map<std::string, std::string> with_faults(const std::map<std::string, std::string>& faults) {
  const char* library = std::getenv("MOONDIAL_FAULTS");
  REQUIRE(library != nullptr);
  const char* options = std::getenv("ASAN_OPTIONS");
  std::map<std::string, std::string> environment{
      {"LD_PRELOAD", library},
      // The library comes before that of the sanitizer.
      {"ASAN_OPTIONS",
       std::string(options == nullptr ? "" : options) + ":verify_asan_link_order=0"}};
  for (const auto& [name, value] : faults) environment["FAULT_" + name] = value;
  return environment;
}

void wait_for_quiet(const Project& project) {
  project.wait_for_engine_end();
  wait_until("the end of all processes", [&] { return marked_processes(project).empty(); });
}

}  // namespace moondial::e2e
