#include "engine/command_output.h"

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "tests/catch.h"
#include "tests/engine/fakes.h"

namespace moondial::command_output_test {
namespace {

/// A command whose engines die; what they said last is remembered, as its holder does.
class HeldProcess final : public Process {
 public:
  [[nodiscard]] int pid() const override { return 1; }
  void stop(Duration) override {}
  void output_kept(KeptOutput up_to) override {
    if (engine_lives) kept = up_to;
  }
  [[nodiscard]] KeptOutput adopted_at() const override { return kept; }

  KeptOutput kept;
  bool engine_lives = true;
};

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

struct Output {
  Output() {
    std::string pattern = (std::filesystem::temp_directory_path() / "moondial-out-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    dir = pattern;
  }
  ~Output() { std::filesystem::remove_all(dir); }

  /// The lines of the log, without their times.
  [[nodiscard]] std::string text() const {
    std::string text;
    std::ifstream file(path());
    for (std::string line; std::getline(file, line);)
      text += line.substr(line.find(' ') + 1) + "\n";
    return text;
  }
  [[nodiscard]] std::string path() const { return dir + "/1.log"; }

  std::string dir;
  fakes::FakeLoop loop;
};

TEST_CASE("output is kept at ends of lines, when nothing may be the beginning of a secret") {
  Output output;
  const SecretMasker masker({"top\nsecret"});
  AttemptLog log(output.loop, output.path(), {});
  CommandOutput said(masker, log);
  HeldProcess process;
  said.begin(process);
  said.add("one\ntwo\nthr");
  CHECK(process.kept.bytes == 8);
  CHECK(process.kept.lines == 2);
  said.add("ee");
  CHECK(process.kept.bytes == 8);
  said.add("\ntop\n");
  CHECK(process.kept.bytes == 8);  // the rest of a secret may follow
  said.add("hat\n");
  CHECK(process.kept.bytes == 22);
  CHECK(process.kept.lines == 5);
  said.add("top\nsecret and no more");
  said.finish();
  CHECK(process.kept.bytes == 44);
  CHECK(process.kept.lines == 6);
  log.finish();
  CHECK(output.text() == "one\ntwo\nthree\ntop\nhat\n*** and no more\n");
}

TEST_CASE("output without an end of a line does not stay open for ever") {
  Output output;
  const SecretMasker masker(std::vector<std::string>{});
  AttemptLog log(output.loop, output.path(), {});
  CommandOutput said(masker, log);
  HeldProcess process;
  said.begin(process);
  const std::string chunk(64 << 10, 'x');
  for (int i = 0; i < 40; ++i) {
    said.add(chunk);
    CHECK((static_cast<uint64_t>(i) + 1) * chunk.size() - process.kept.bytes <= (1 << 20));
  }
}

TEST_CASE("whatever engine dies when, each line is in the log once") {
  const SecretMasker masker({"hush", "ab\nab"});
  std::mt19937 random(11);
  const auto below = [&](size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random);
  };
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (size_t i = below(200); i > 0; --i) {
      const char* const words[] = {"\n", "\n",   "\n",    "hush", "hus",
                                   "ab", "ab\n", "word ", "\r\n", "long line"};
      text += words[below(10)];
    }
    Output whole;
    {
      AttemptLog log(whole.loop, whole.path(), {});
      CommandOutput said(masker, log);
      said.add(text);
      said.finish();
      log.finish();
    }
    Output output;
    HeldProcess process;
    for (int engine = 0;; ++engine) {
      AttemptLog log(output.loop, output.path(), {});
      CommandOutput said(masker, log);
      process.engine_lives = true;
      said.begin(process);
      std::string_view rest = std::string_view(text).substr(process.kept.bytes);
      const bool dies = engine < 5 && below(3) > 0;
      for (size_t pieces = dies ? below(6) : 1000; pieces > 0 && !rest.empty(); --pieces) {
        const size_t size = 1 + below(std::min<size_t>(rest.size(), 40));
        said.add(rest.substr(0, size));
        rest.remove_prefix(size);
        // From then on nothing that it says is heard, though it still writes.
        if (dies && below(4) == 0) process.engine_lives = false;
      }
      if (!dies) {
        while (!rest.empty()) {
          said.add(rest.substr(0, 1));
          rest.remove_prefix(1);
        }
        said.finish();
        log.finish();
        break;
      }
      // Of what it could not say any more, the end may not have been written.
      const std::string written = read(output.path());
      size_t safe = 0;
      for (uint64_t line = 0; line < process.kept.lines; ++line)
        safe = written.find('\n', safe) + 1;
      if (written.size() > safe) {
        std::filesystem::resize_file(output.path(), safe + below(written.size() - safe + 1));
      }
    }
    INFO("round " << round);
    REQUIRE(output.text() == whole.text());
  }
}

}  // namespace
}  // namespace moondial::command_output_test
