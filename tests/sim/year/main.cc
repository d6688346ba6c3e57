// moondial_year: a daemon's year in one zone. README.md, "A year".
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <unistd.h>

#include "tests/sim/year/year.h"

namespace moondial::sim {
namespace {

constexpr int kSkipped = 77;  // what ctest takes for that

/// The table, made by a program that looks at every minute of the year; nothing without Python.
std::optional<FiringTable> make_table(const std::string& zone) {
  const std::vector<std::string> expressions = all_expressions();
  const auto input =
      std::filesystem::temp_directory_path() / ("moondial_year_" + std::to_string(::getpid()));
  {
    std::ofstream file(input);
    for (const std::string& one : expressions) file << one << "\n";
  }
  const std::string command = std::string("python3 '") + MOONDIAL_YEAR_TABLE + "' " + zone + " " +
                              std::to_string(Year::kYear) + " < '" + input.string() + "'";
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  FiringTable out;
  size_t index = 0;
  long long second = 0;
  while (std::fscanf(pipe, "%zu %lld", &index, &second) == 2) {
    out[expressions.at(index)].push_back(second);
  }
  const int status = ::pclose(pipe);
  std::filesystem::remove(input);
  if (status != 0 || out.size() != expressions.size()) return std::nullopt;
  return out;
}

int play_year(const YearOptions& options, bool expects_problems) {
  auto table = make_table(options.zone);
  if (!table) {
    std::puts("not tested: there is no python3 with zoneinfo");
    return kSkipped;
  }
  Year year(options, std::move(*table));
  year.play();
  std::puts(year.summary().c_str());
  for (const std::string& one : year.problems()) std::printf("  %s\n", one.c_str());
  return year.problems().empty() == expects_problems ? 1 : 0;
}

}  // namespace
}  // namespace moondial::sim

int main(int argc, char** argv) {
  using namespace moondial::sim;
  YearOptions options;
  bool expects_problems = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--one-daemon") {
      options.deaths = false;
    } else if (word == "--expect-problems") {
      expects_problems = true;
    } else if (word == "--seed" && i + 1 < argc) {
      options.seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (options.zone.empty() && !word.starts_with("-")) {
      options.zone = word;
    } else {
      options.zone.clear();
      break;
    }
  }
  if (options.zone.empty()) {
    std::fputs("moondial_year ZONE [--one-daemon] [--seed N] [--expect-problems]\n", stderr);
    return 2;
  }
  return play_year(options, expects_problems);
}
