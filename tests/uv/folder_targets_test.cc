#include <sys/stat.h>

#include <array>
#include <atomic>
#include <fstream>
#include <thread>

#include "tests/catch.h"
#include "tests/uv/faulty_calls.h"
#include "tests/uv/targets_fixture.h"

using Catch::Matchers::ContainsSubstring;

namespace moondial::folder_targets_test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

TEST_CASE_METHOD(TargetsFixture, "a folder is staged empty, with the slash kept, then published") {
  const auto outputs = stage({dir / "not/yet/there/"});
  CHECK(outputs[0].final_path == dir / "not/yet/there/");
  CHECK(outputs[0].staging_path == dir / "not/yet/.moondial~5/there/");
  CHECK(fs::is_empty(outputs[0].staging_path));
  CHECK(targets.locate(AttemptId(5), std::array{dir / "not/yet/there/"}).at(0).staging_path ==
        outputs[0].staging_path);
  CHECK_FALSE(targets.exists(outputs[0].final_path));

  fs::create_directories(outputs[0].staging_path + "sub");
  write_text(outputs[0].staging_path + "sub/a", "new");
  publish(outputs);
  CHECK(targets.exists(outputs[0].final_path));
  CHECK(names("not/yet") == Names{"there"});
  CHECK(read_text(dir / "not/yet/there/sub/a") == "new");
}

TEST_CASE_METHOD(TargetsFixture, "a folder was produced if it holds something") {
  const auto outputs = stage({dir / "a/", dir / "b/", dir / "c/", dir / "d/"});
  CHECK(targets.missing(outputs) == std::vector<size_t>{0, 1, 2, 3});
  write_text(outputs[0].staging_path + ".hidden", "");
  fs::create_symlink("nowhere", outputs[1].staging_path + "dangling");
  fs::remove(outputs[2].staging_path);
  fs::create_directory(outputs[3].staging_path + "sub");
  CHECK(targets.missing(outputs) == std::vector<size_t>{2});
}

TEST_CASE_METHOD(TargetsFixture, "a new folder replaces the old one whole") {
  fs::create_directories(dir / "out/old/deep");
  write_text(dir / "out/old/deep/file", "old");
  write_text(dir / "out/same", "old");
  std::ifstream reader(dir / "out/same");
  const auto outputs = stage({dir / "out/"});
  write_text(outputs[0].staging_path + "same", "new");
  write_text(dir / ".moondial~5/scratch", "left by the work");
  CHECK(read_text(dir / "out/same") == "old");
  publish(outputs);
  CHECK(names("") == Names{"out"});
  CHECK(names("out") == Names{"same"});
  CHECK(read_text(dir / "out/same") == "new");
  std::string text;
  reader >> text;
  CHECK(text == "old");  // who has it open keeps it

  fs::remove_all(dir / "out/same");
  const auto over_empty = stage({dir / "out/"}, 6);
  write_text(over_empty[0].staging_path + "again", "new");
  publish(over_empty);
  CHECK(names("out") == Names{"again"});
}

TEST_CASE_METHOD(TargetsFixture, "folders and files of several attempts are published together") {
  fs::create_directories(dir / "x/folder/old");
  write_text(dir / "x/file", "old");
  std::vector<StagedOutput> all;
  for (uint64_t attempt = 1; attempt <= 3; ++attempt) {
    const std::string n = std::to_string(attempt);
    const std::string one = attempt == 1 ? "" : n;
    const auto outputs =
        stage({dir / "x/folder" + one + "/", dir / "x/file" + one, dir / n + "/"}, attempt);
    write_text(outputs[0].staging_path + "in", n);
    write_text(outputs[1].staging_path, n);
    write_text(outputs[2].staging_path + "in", n);
    all.insert(all.end(), outputs.begin(), outputs.end());
  }
  publish(all);
  CHECK(names("") == Names{"1", "2", "3", "x"});
  CHECK(names("x") == Names{"file", "file2", "file3", "folder", "folder2", "folder3"});
  CHECK(names("x/folder") == Names{"in"});
  CHECK(read_text(dir / "x/file") == "1");
  CHECK(read_text(dir / "x/folder3/in") == "3");
  CHECK(read_text(dir / "2/in") == "2");
}

TEST_CASE_METHOD(TargetsFixture, "what is there and is no folder is not replaced by one") {
  write_text(dir / "a", "file");
  const std::string message =
      "cannot write '" + dir / "a/" + "': '" + dir / "a" +
      "' is there and is no folder; remove it, or name the output otherwise";
  CHECK(refused({dir / "a/"}).message == message);
  CHECK(refused({dir / "b", dir / "a/"}).code == Code::kInvalid);
  CHECK(names("") == Names{"a"});
  fs::remove(dir / "a");

  const auto outputs = stage({dir / "b", dir / "a/"});
  write_text(outputs[0].staging_path, "new");
  write_text(outputs[1].staging_path + "in", "new");
  write_text(dir / "a", "file");
  const Status status = targets.publish(outputs);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == message);
  CHECK_FALSE(targets.exists(dir / "b"));  // neither
  CHECK(read_text(dir / "a") == "file");
}

TEST_CASE_METHOD(TargetsFixture, "a folder that was made as something else is told") {
  const auto outputs = stage({dir / "a/"});
  const std::string made = dir / ".moondial~5/a";
  const std::string message = "output '" + dir / "a/" + "' was made as ";
  fs::remove(made);
  write_text(made, "x");
  CHECK(targets.missing(outputs).empty());
  CHECK(targets.sync(outputs).error().message == message + "a file, not as a folder");
  fs::remove(made);
  fs::create_directory(dir / "elsewhere");
  write_text(dir / "elsewhere/file", "x");
  fs::create_directory_symlink(dir / "elsewhere", made);
  CHECK(targets.missing(outputs).empty());
  CHECK(targets.sync(outputs).error().message == message + "a symbolic link, not as a folder");
  targets.discard(outputs);
  CHECK(names("") == Names{"elsewhere"});
  CHECK(names("elsewhere") == Names{"file"});
}

TEST_CASE_METHOD(TargetsFixture, "a symbolic link stands for the folder it points to") {
  fs::create_directories(dir / "real/old");
  write_text(dir / "real/old/file", "old");
  fs::create_directory_symlink(dir / "real/old/", dir / "direct");
  fs::create_directory_symlink("direct", dir / "chain");
  fs::create_directory_symlink("real/not-yet", dir / "dangling");
  fs::create_directory_symlink("real/old/..", dir / "dots");
  const auto outputs = stage({dir / "chain/", dir / "dangling/"});
  CHECK(outputs[0].final_path == dir / "real/old/");
  CHECK(outputs[0].staging_path == dir / "real/.moondial~5/old/");
  CHECK(outputs[1].final_path == dir / "real/not-yet/");
  for (const StagedOutput& output : outputs) write_text(output.staging_path + "new", "new");
  publish(outputs);
  CHECK(fs::is_symlink(dir / "direct"));
  CHECK(fs::is_symlink(dir / "chain"));
  CHECK(names("chain") == Names{"new"});
  CHECK(names("dangling") == Names{"new"});

  CHECK(stage({dir / "dots/"})[0].staging_path == dir / ".moondial~5/real/");
  CHECK_THAT(refused({dir / "chain"}).message, ContainsSubstring("it is a directory"));
  write_text(dir / "file", "x");
  fs::create_symlink("file", dir / "to-file");
  CHECK_THAT(refused({dir / "to-file/"}).message, ContainsSubstring("is no folder"));
  fs::create_directory_symlink("/", dir / "to-root");
  CHECK(refused({dir / "to-root/"}).code == Code::kInvalid);
}

TEST_CASE_METHOD(TargetsFixture, "outputs that are one path, or lie in one another, are refused") {
  fs::create_directories(dir / "real");
  fs::create_directory_symlink("real", dir / "link");
  CHECK(refused({dir / "a", dir / "a/"}).message ==
        "two outputs are the same path: '" + dir / "a" + "' and '" + dir / "a/" + "'");
  CHECK_THAT(refused({dir / "a/", dir / "a/"}).message, ContainsSubstring("the same path"));
  CHECK_THAT(refused({dir / "real/a", dir / "link/a"}).message,
             ContainsSubstring("the same path: '" + dir / "real/a" + "' and '" + dir / "link/a"));
  CHECK(refused({dir / "a/b/c", dir / "z", dir / "a/"}).message ==
        "the output '" + dir / "a/b/c" + "' lies in the output '" + dir / "a/" +
            "': declare the folder alone, or move one of them elsewhere");
  CHECK_THAT(refused({dir / "a/", dir / "a/b/"}).message, ContainsSubstring("lies in"));
  CHECK_THAT(refused({dir / "real/", dir / "link/a"}).message, ContainsSubstring("lies in"));
  CHECK(names("") == Names{"link", "real"});  // nothing staged
  CHECK(stage({dir / "a/", dir / "ab/", dir / "a.b", dir / "b/a", dir / "b/b/"}).size() == 5);
}

TEST_CASE_METHOD(TargetsFixture, "a directory that the system does not make is named") {
  const std::string name(256, 'n');
  const Error error = refused({dir / "a/", dir / name + "/"});
  CHECK(error.code == Code::kIo);
  CHECK(error.message ==
        "cannot make directory '" + dir / ".moondial~5/" + name + "/': File name too long");
  CHECK(names("").empty());

  Names messages;
  for (int step = 0; step < 4; ++step) {
    FaultyCalls calls;
    calls.fail_at = step;
    calls.error = ENOSPC;
    FileTargets full(calls);
    const auto staged = full.stage(AttemptId(5), std::array{dir / "sub/out/"});
    messages.push_back(staged.ok() ? "" : staged.error().message);
    if (!staged.ok() && fs::exists(dir / "sub")) CHECK(names("sub").empty());
    fs::remove_all(dir / "sub");
  }
  const std::string full_disk = ": No space left on device";
  CHECK(messages ==
        Names{"cannot make directory '" + dir / "sub" + "'" + full_disk,
              "cannot write in directory '" + dir / "sub" + "'" + full_disk,
              "cannot make directory '" + dir / "sub/.moondial~5/out/" + "'" + full_disk, ""});
}

TEST_CASE_METHOD(TargetsFixture, "all kinds of entries are synced, published and removed") {
  for (uint64_t attempt = 1; attempt <= 2; ++attempt) {
    const auto outputs = stage({dir / "out/"}, attempt);
    const std::string& path = outputs[0].staging_path;
    REQUIRE(::mkfifo((path + "fifo").c_str(), 0666) == 0);
    fs::create_symlink("nowhere", path + "dangling");
    fs::create_directory_symlink("/", path + "root");
    fs::create_hard_link(path + "dangling", path + "hard");
    write_text(path + "caf\xe9 \xff\xfe\n.csv", "latin-1");
    fs::create_directories(path + "\xc3(/" + std::string(255, 'n'));
    std::string deep = path;
    for (int level = 0; level < 200; ++level) deep += "d/";
    fs::create_directories(deep);
    write_text(deep + "bottom", "x");
    publish(outputs);
    CHECK(names("") == Names{"out"});
    CHECK(names("out").size() == 7);
    CHECK(read_text(dir / "out/caf\xe9 \xff\xfe\n.csv") == "latin-1");
    CHECK(fs::is_symlink(dir / "out/dangling"));
  }
  const auto in_latin_1 = stage({dir / "caf\xe9/"});
  write_text(in_latin_1[0].staging_path + "a", "x");
  publish(in_latin_1);
  CHECK(read_text(dir / "caf\xe9/a") == "x");
  const auto long_name = stage({dir / std::string(255, 'n') + "/"});
  for (int round = 0; round < 2; ++round) {
    const auto outputs = stage({dir / std::string(255, 'n') + "/"});
    write_text(outputs[0].staging_path + "a", std::to_string(round));
    publish(outputs);
    CHECK(read_text(outputs[0].final_path + "a") == std::to_string(round));
  }
}

TEST_CASE_METHOD(TargetsFixture, "a folder of 5000 files is published, then replaced by one") {
  auto outputs = stage({dir / "out/"});
  for (int i = 0; i < 5000; ++i) {
    const std::string sub = outputs[0].staging_path + std::to_string(i % 50) + "/";
    if (i < 50) fs::create_directory(sub);
    write_text(sub + std::to_string(i), "x");
  }
  publish(outputs);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(dir / "out")) {
    if (entry.is_regular_file() && entry.file_size() == 1) ++files;
  }
  CHECK(files == 5000);
  outputs = stage({dir / "out/"}, 6);
  write_text(outputs[0].staging_path + "file", "x");
  publish(outputs);
  CHECK(names("out") == Names{"file"});
  CHECK(names("") == Names{"out"});
}

TEST_CASE_METHOD(TargetsFixture,
                 "read-only folders are discarded, and replaced by read-only ones") {
  fs::permissions(dir.path(), fs::perms::all);
  const AsNobody nobody;
  for (uint64_t attempt = 1; attempt <= 3; ++attempt) {
    const auto outputs = stage({dir / "out/"}, attempt);
    const std::string& path = outputs[0].staging_path;
    fs::create_directories(path + "sub/nothing/in");
    write_text(path + "sub/file", std::to_string(attempt));
    fs::permissions(path + "sub/nothing", fs::perms::none);
    fs::permissions(path + "sub", fs::perms(0555));
    fs::permissions(path, fs::perms(0555));
    CHECK(targets.missing(outputs).empty());
    attempt < 3 ? publish(outputs) : targets.discard(outputs);
    CHECK(read_text(dir / "out/sub/file") == (attempt == 1 ? "1" : "2"));
    CHECK((fs::status(dir / "out").permissions() & fs::perms::all) == fs::perms(0555));
    CHECK((fs::status(dir / "out/sub").permissions() & fs::perms::all) == fs::perms(0555));
    CHECK(names("") == Names{"out"});
  }
  targets.discard(stage({dir / "out/"}, 4));
  fs::permissions(dir / "out", fs::perms::all);
  fs::permissions(dir / "out/sub", fs::perms::all);
  fs::permissions(dir / "out/sub/nothing", fs::perms::all);
}

TEST_CASE_METHOD(TargetsFixture, "discarding a folder leaves what its links point to") {
  fs::create_directories(dir / "outside/sub");
  write_text(dir / "outside/file", "x");
  ::chmod((dir / "outside/sub").c_str(), 0500);
  const auto outputs = stage({dir / "out/"});
  fs::create_directory_symlink(dir / "outside", outputs[0].staging_path + "link");
  fs::create_directory_symlink("../../outside", dir / ".moondial~5/beside");
  targets.discard(outputs);
  targets.discard(outputs);
  CHECK(names("") == Names{"outside"});
  CHECK(names("outside") == Names{"file", "sub"});
  CHECK((fs::status(dir / "outside/sub").permissions() & fs::perms::all) == fs::perms(0500));
}

TEST_CASE_METHOD(TargetsFixture, "a folder that is replaced is there at every moment") {
  FileCalls& calls = FileCalls::system();
  fs::create_directories(dir / "one");
  fs::create_directories(dir / "other");
  const int error = calls.exchange(dir / "one", dir / "other");
  if (error == EINVAL || error == ENOSYS) {
    WARN("this file system cannot exchange names");
    return;
  }
  fs::create_directories(dir / "out");
  write_text(dir / "out/file", "0");
  std::atomic<bool> ended = false;
  std::atomic<int> looks = 0;
  std::atomic<int> absent = 0;
  std::thread reader([&] {
    const std::string folder = dir / "out";
    const std::string file = dir / "out/file";
    struct stat info {};
    for (; !ended; ++looks) {
      if (::stat(folder.c_str(), &info) != 0 || ::stat(file.c_str(), &info) != 0) ++absent;
    }
  });
  for (uint64_t attempt = 1; attempt <= 200; ++attempt) {
    const auto outputs = stage({dir / "out/"}, attempt);
    write_text(outputs[0].staging_path + "file", std::to_string(attempt));
    if (!targets.publish(outputs).ok()) ++absent;
  }
  ended = true;
  reader.join();
  CHECK(absent == 0);
  CHECK(looks > 200);
  CHECK(read_text(dir / "out/file") == "200");
}

}  // namespace
}  // namespace moondial::folder_targets_test
