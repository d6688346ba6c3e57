// Feeds what is kept of a fuzz target to it: without libFuzzer, in every build.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/fuzz.h"

namespace moondial::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& directory) {
  std::vector<fs::path> files;
  if (!fs::exists(directory)) return files;
  for (const auto& entry : fs::directory_iterator(directory)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void replay(const std::string& name, void (*target)(std::string_view input)) {
  const char* source = std::getenv("MOONDIAL_SOURCE_DIR");
  REQUIRE(source != nullptr);
  const fs::path kept = fs::path(source) / "tests/fuzz";
  const auto corpus = files_in(kept / "corpus" / name);
  REQUIRE_FALSE(corpus.empty());
  target("");
  for (const char* kind : {"corpus", "regressions"}) {
    for (const fs::path& file : files_in(kept / kind / name)) {
      std::printf("%s\n", file.c_str());  // the last one says which input it was
      std::fflush(stdout);
      target(contents(file));
    }
  }
}

}  // namespace moondial::fuzz
