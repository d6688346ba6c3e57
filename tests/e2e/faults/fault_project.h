#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/harness.h"

namespace moondial::e2e {

/// A process that carries the mark of a project: it belongs to an attempt.
struct MarkedProcess {
  pid_t pid = 0;
  uint64_t attempt = 0;
};

/// All of them that are alive.
std::vector<MarkedProcess> marked_processes(const Project& project);

/// What sqlite3 answers, a row a line, columns separated by `|`. A record that no engine holds is
/// copied first: nothing that a dead one left is touched.
std::vector<std::string> ask_record(const Project& project, const std::string& query);

/// The rows of a query for numbers, one column.
std::vector<uint64_t> numbers_of(const Project& project, const std::string& query);

/// Paths of what attempts have staged, anywhere in the project.
std::vector<std::string> staged_in(const std::filesystem::path& root);

std::vector<std::string> lines_of(const std::string& text);

/// The environment for an engine with the faults of preload.c: `faults` without the prefix FAULT_.
std::map<std::string, std::string> with_faults(const std::map<std::string, std::string>& faults);

/// Waits until no engine holds the project and nothing of it is alive.
void wait_for_quiet(const Project& project);

}  // namespace moondial::e2e
