#include "uv/file_targets.h"

#include <sys/stat.h>

#include <array>
#include <atomic>
#include <thread>

#include "tests/catch.h"
#include "tests/uv/targets_fixture.h"
#include "uv/durable.h"

using Catch::Matchers::ContainsSubstring;

namespace moondial::file_targets_test {
namespace {

namespace fs = std::filesystem;

TEST_CASE_METHOD(TargetsFixture, "an output is staged beside its final name, then published") {
  const auto outputs = stage({dir / "data/raw/a.csv", dir / "data/raw/b.csv", dir / "data/c.csv"});
  CHECK(outputs[0].final_path == dir / "data/raw/a.csv");
  CHECK(outputs[0].staging_path == dir / "data/raw/.moondial~5/a.csv");
  CHECK(outputs[1].staging_path == dir / "data/raw/.moondial~5/b.csv");
  CHECK(outputs[2].staging_path == dir / "data/.moondial~5/c.csv");
  CHECK(targets.missing(outputs) == std::vector<size_t>{0, 1, 2});
  write_text(outputs[0].staging_path, "a");
  write_text(outputs[2].staging_path, "c");
  CHECK(targets.missing(outputs) == std::vector<size_t>{1});
  write_text(outputs[1].staging_path, "b");
  write_text(dir / "data/raw/.moondial~5/scratch", "left by the work");
  CHECK_FALSE(targets.exists(dir / "data/raw/a.csv"));

  publish(outputs);
  CHECK(targets.exists(dir / "data/raw/a.csv"));
  CHECK(names("data/raw") == std::vector<std::string>{"a.csv", "b.csv"});
  CHECK(names("data") == std::vector<std::string>{"c.csv", "raw"});
  CHECK(read_text(dir / "data/raw/b.csv") == "b");
}

TEST_CASE_METHOD(TargetsFixture, "locate says where, and makes nothing") {
  const auto outputs = targets.locate(AttemptId(9), std::array{dir / "x/y.csv"});
  CHECK(outputs.at(0).staging_path == dir / "x/.moondial~9/y.csv");
  CHECK_FALSE(fs::exists(dir / "x"));
}

TEST_CASE_METHOD(TargetsFixture, "staging again begins with nothing, other attempts stay") {
  const auto first = stage({dir / "a"});
  write_text(first[0].staging_path, "half");
  fs::create_directories(dir / ".moondial~5/deep/er");
  const auto other = stage({dir / "a"}, 6);
  write_text(other[0].staging_path, "other");
  CHECK(targets.missing(stage({dir / "a"})) == std::vector<size_t>{0});
  CHECK(names(".moondial~5").empty());
  CHECK(read_text(other[0].staging_path) == "other");
}

TEST_CASE_METHOD(TargetsFixture, "discard leaves nothing, and what was published stays") {
  write_text(dir / "a", "old");
  const auto outputs = stage({dir / "a", dir / "sub/b"});
  write_text(outputs[0].staging_path, "new");
  targets.discard(outputs);
  targets.discard(outputs);
  CHECK(names("") == std::vector<std::string>{"a", "sub"});
  CHECK(names("sub").empty());
  CHECK(read_text(dir / "a") == "old");
}

TEST_CASE_METHOD(TargetsFixture, "publishing after a crash in the middle completes it") {
  const auto outputs = stage({dir / "a", dir / "b"});
  write_text(dir / "a", "old");
  write_text(outputs[0].staging_path, "new a");
  write_text(outputs[1].staging_path, "new b");
  fs::rename(outputs[0].staging_path, outputs[0].final_path);  // here the engine died
  for (int round = 0; round < 3; ++round) {
    REQUIRE(targets.publish(outputs).ok());
    CHECK(read_text(dir / "a") == "new a");
    CHECK(read_text(dir / "b") == "new b");
  }
  CHECK(names("") == std::vector<std::string>{"a", "b"});

  fs::remove(dir / "b");
  const Status status = targets.publish(outputs);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == Code::kNotFound);
  CHECK(status.error().message ==
        "cannot publish '" + dir / "b" + "': neither it nor what was staged for it exists");
}

TEST_CASE_METHOD(TargetsFixture, "nothing is published where one of several cannot be") {
  fs::permissions(dir / ".", fs::perms::all);
  const auto outputs = stage({dir / "open/a", dir / "shut/b"});
  write_text(dir / "open/a", "old");
  for (const StagedOutput& output : outputs) write_text(output.staging_path, "new");
  fs::permissions(dir / "open", fs::perms::all);
  SECTION("its directory may not be written") {
    fs::permissions(dir / "shut", fs::perms(0555));
    const AsNobody nobody;
    CHECK(targets.publish(outputs).error().message ==
          "cannot publish '" + dir / "shut/b" + "': Permission denied");
  }
  SECTION("its directory is gone") {
    fs::remove_all(dir / "shut");
    CHECK(targets.publish(outputs).error().code == Code::kNotFound);
  }
  CHECK(read_text(dir / "open/a") == "old");
  CHECK(read_text(outputs[0].staging_path) == "new");
}

TEST_CASE_METHOD(TargetsFixture, "a symbolic link stands for what it points to") {
  fs::create_directories(dir / "real/deep");
  fs::create_directories(dir / "links");
  write_text(dir / "real/a", "old");
  fs::create_symlink("../real/a", dir / "links/relative");
  fs::create_symlink(dir / "links/relative", dir / "links/chain");
  fs::create_symlink(dir / "real/not-yet", dir / "links/dangling");
  fs::create_directory_symlink(dir / "real/deep", dir / "links/into");
  fs::create_symlink("into/../b", dir / "links/dots");  // of real, not of links

  auto outputs = stage({dir / "links/chain", dir / "links/dangling", dir / "links/dots"});
  CHECK(outputs[0].final_path == dir / "real/a");
  CHECK(outputs[0].staging_path == dir / "real/.moondial~5/a");
  CHECK(outputs[1].final_path == dir / "real/not-yet");
  CHECK(outputs[2].final_path == dir / "real/b");
  for (const StagedOutput& output : outputs) write_text(output.staging_path, "new");
  CHECK_FALSE(targets.exists(dir / "links/dangling"));
  publish(outputs);
  CHECK(fs::is_symlink(dir / "links/chain"));
  CHECK(fs::is_symlink(dir / "links/relative"));
  CHECK(read_text(dir / "links/chain") == "new");
  CHECK(targets.exists(dir / "links/dangling"));
  CHECK(names("real") == std::vector<std::string>{"a", "b", "deep", "not-yet"});

  CHECK(refused({dir / "links/chain", dir / "real/a"}).message ==
        "two outputs are the same file: '" + dir / "real/a" + "'");
  fs::create_symlink("loop", dir / "links/loop");
  CHECK_THAT(refused({dir / "links/loop"}).message, ContainsSubstring("symbolic links"));
}

TEST_CASE_METHOD(TargetsFixture, "an output made as a symbolic link is published as one") {
  write_text(dir / "elsewhere", "bytes");
  const auto outputs = stage({dir / "a"});
  fs::create_symlink(dir / "elsewhere", outputs[0].staging_path);
  CHECK(targets.missing(outputs).empty());
  publish(outputs);
  CHECK(read_text(dir / "a") == "bytes");
  CHECK(fs::is_symlink(dir / "a"));

  const auto dangling = stage({dir / "b"});
  fs::create_symlink(dir / "nothing", dangling[0].staging_path);
  CHECK(targets.missing(dangling) == std::vector<size_t>{0});
}

TEST_CASE_METHOD(TargetsFixture, "a directory where a file is to be is refused") {
  fs::create_directory(dir / "a");
  const std::string message =
      "cannot write '" + dir / "a" + "': it is a directory, and the output is a file";
  CHECK(refused({dir / "a"}).message == message);
  fs::remove(dir / "a");

  const auto outputs = stage({dir / "b", dir / "a"});
  for (const StagedOutput& output : outputs) write_text(output.staging_path, "new");
  fs::create_directory(dir / "a");
  const Status status = targets.publish(outputs);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == message);
  CHECK_FALSE(targets.exists(dir / "b"));  // neither

  const auto made = stage({dir / "c"});
  fs::create_directory(made[0].staging_path);
  CHECK(targets.sync(made).error().message ==
        "output '" + dir / "c" + "' was made as a directory, not as a file");
}

TEST_CASE_METHOD(TargetsFixture, "what is no path of a file is refused") {
  for (const std::string& path :
       {std::string("relative"), std::string("/"), std::string("/a//"), std::string("/a/../"),
        std::string("/a/.."), std::string("/a/."), std::string(), std::string("/a\0b", 4)}) {
    CHECK(refused({path}).code == Code::kInvalid);
  }
}

TEST_CASE_METHOD(TargetsFixture, "names of staging directories are refused") {
  const std::string path = dir / ".moondial~5";
  CHECK(refused({path}).message ==
        "cannot write '" + path +
            "': names that begin with '.moondial~' are those of staging directories; give the "
            "output another");
  CHECK(refused({path + "/"}).code == Code::kInvalid);
  CHECK(names("").empty());
}

TEST_CASE_METHOD(TargetsFixture, "what the system refuses is told with its path and reason") {
  write_text(dir / "file", "");
  Error error = refused({dir / "file/sub/a"});
  CHECK(error.code == Code::kIo);
  CHECK(error.message == "cannot make directory '" + dir / "file/sub" + "': Not a directory");

  const AsNobody nobody;
  error = refused({dir / "sub/a"});
  CHECK(error.code == Code::kIo);
  CHECK_THAT(error.message, ContainsSubstring("Permission denied"));
}

TEST_CASE_METHOD(TargetsFixture, "a failed staging leaves no staging directory") {
  write_text(dir / "file", "");
  refused({dir / "a", dir / "file/b"});
  CHECK(names("") == std::vector<std::string>{"file"});
}

TEST_CASE_METHOD(TargetsFixture, "an unwritable directory is named") {
  fs::create_directory(dir / "locked");
  fs::permissions(dir.path(), fs::perms::all);
  fs::permissions(dir / "locked", fs::perms::owner_read | fs::perms::owner_exec |
                                      fs::perms::others_read | fs::perms::others_exec);
  const AsNobody nobody;
  CHECK(refused({dir / "locked/a"}).message ==
        "cannot write in directory '" + dir / "locked" + "': Permission denied");
}

TEST_CASE_METHOD(TargetsFixture, "readers see the old bytes or the new ones, never others") {
  write_text(dir / "a", std::string(100'000, 'a'));
  std::atomic<bool> ended = false;
  std::atomic<int> mixed = 0;
  std::thread reader([&] {
    while (!ended) {
      const std::string text = read_text(dir / "a");
      if (text.size() != 100'000 || text.find_first_not_of(text[0]) != std::string::npos) ++mixed;
    }
  });
  for (int i = 1; i <= 20; ++i) {
    const auto outputs = stage({dir / "a"}, static_cast<uint64_t>(i));
    write_text(outputs[0].staging_path, std::string(100'000, static_cast<char>('a' + i)));
    publish(outputs);
  }
  ended = true;
  reader.join();
  CHECK(mixed == 0);
  CHECK(names("") == std::vector<std::string>{"a"});
}

TEST_CASE_METHOD(TargetsFixture, "many outputs in many directories") {
  std::vector<StagedOutput> all;
  for (uint64_t i = 1; i <= 300; ++i) {
    const auto outputs = stage({dir / (std::to_string(i % 7) + "/" + std::to_string(i))}, i);
    write_text(outputs[0].staging_path, std::to_string(i));
    all.insert(all.end(), outputs.begin(), outputs.end());
  }
  publish(all);
  for (const StagedOutput& output : all) {
    CHECK("/" + read_text(output.final_path) ==
          output.final_path.substr(output.final_path.rfind('/')));
  }
  CHECK(names("3").size() == 43);
}

TEST_CASE("what cannot be made durable is named") {
  TempDir dir;
  CHECK(make_durable({}).ok());
  CHECK(make_durable(std::array{dir / "missing"}).error().message ==
        "cannot make '" + dir / "missing" + "' durable: No such file or directory");
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0666) == 0);
  CHECK(make_durable(std::array{dir / "fifo"}).error().message ==
        "'" + dir / "fifo" + "' is not a regular file");
}

TEST_CASE("files that we may not read can be made durable") {
  TempDir dir;
  fs::permissions(dir.path(), fs::perms::all);
  const AsNobody nobody;
  write_text(dir / "write-only", "x");
  write_text(dir / "nothing", "x");
  ::chmod((dir / "write-only").c_str(), 0200);
  ::chmod((dir / "nothing").c_str(), 0000);
  CHECK(make_durable(std::array{dir / "write-only"}).ok());
  CHECK(make_durable(std::array{dir / "nothing"}).ok());
  CHECK(make_durable(std::array{dir / "nothing", dir / "write-only", dir.path()}).ok());
}

TEST_CASE("a syncfs is worth more fsyncs the more others have to write") {
  CHECK(fsyncs_worth_a_syncfs(-5) == 3);
  CHECK(fsyncs_worth_a_syncfs(0) == 3);
  CHECK(fsyncs_worth_a_syncfs(80 << 20) == 13);
}

}  // namespace
}  // namespace moondial::file_targets_test
