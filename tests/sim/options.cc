#include "tests/sim/options.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace moondial::sim {
namespace {

constexpr const char* kHelp =
    "moondial_sim: plays nights of an engine with fakes around it, and checks its promises\n"
    "  --seed N       play one seed and print its trace\n"
    "  --runs N       play so many seeds (1000)\n"
    "  --from N       the first of them (1)\n"
    "  --jobs J       so many processes (1)\n"
    "  --seconds S    begin no further seed after that time\n"
    "  --twice        play each seed twice and compare what was decided\n"
    "  --expect NAME  well is what breaks that promise (several: a,b)\n"
    "  --verbose      say how it goes\n";

bool read_number(const char* text, uint64_t& out) {
  const char* const end = text + std::strlen(text);
  const auto read = std::from_chars(text, end, out);
  return read.ec == std::errc() && read.ptr == end;
}

}  // namespace

std::optional<Options> read_options(int argc, char** argv) {
  Options out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--verbose" || word == "--twice") {
      (word == "--twice" ? out.twice : out.verbose) = true;
      continue;
    }
    uint64_t number = 0;
    const bool has_value = i + 1 < argc;
    if (word == "--expect" && has_value) {
      out.expect = argv[++i];
      continue;
    }
    const bool is_known = word == "--seed" || word == "--runs" || word == "--from" ||
                          word == "--jobs" || word == "--seconds";
    if (!is_known || !has_value || !read_number(argv[++i], number)) {
      std::fputs(kHelp, stderr);
      return std::nullopt;
    }
    if (word == "--seed") out.seed = number;
    if (word == "--runs") out.runs = number;
    if (word == "--from") out.from = number;
    if (word == "--jobs") out.jobs = number > 0 ? number : 1;
    if (word == "--seconds") out.seconds = number;
  }
  return out;
}

}  // namespace moondial::sim
