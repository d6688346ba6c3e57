#include "lua/source_set.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/catch.h"
#include "tests/lua_host/fixture.h"

namespace moondial::source_set_test {
namespace {

std::vector<std::string> paths_of(const SourceSet& set) {
  std::vector<std::string> paths;
  for (const SourceFile& file : set.files) paths.push_back(file.path);
  return paths;
}

TEST_CASE("a project's files are read, sorted by path, with their kinds and modules") {
  const TempDir dir;
  dir.write("moondial.lua", "return {}");
  dir.write("pipelines/b.lua", "b");
  dir.write("pipelines/a/z.lua", "z");
  dir.write("pipelines/a.lua", "");
  dir.write("pipelines/data.csv", "no");
  dir.write("lib/a/b.lua", "ab");
  dir.write("lib/a/init.lua", "a");
  dir.write("lib/init.lua", "i");
  dir.write("other/x.lua", "no");

  const SourceSet set = read_sources(dir.path());
  CHECK(set.problems.empty());
  CHECK(paths_of(set) == std::vector<std::string>{"lib/a/b.lua", "lib/a/init.lua", "lib/init.lua",
                                                  "moondial.lua", "pipelines/a.lua",
                                                  "pipelines/a/z.lua", "pipelines/b.lua"});
  CHECK(set.files[0].kind == SourceFile::Kind::kModule);
  CHECK(set.files[0].module == "a.b");
  CHECK(set.files[0].text == "ab");
  CHECK(set.files[1].module == "a");
  CHECK(set.files[2].module == "init");
  CHECK(set.files[3].kind == SourceFile::Kind::kConfig);
  CHECK(set.files[4].kind == SourceFile::Kind::kPipeline);
  CHECK(set.hashes.size() == set.files.size());
  CHECK(set.hashes.at("pipelines/a.lua") ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a text takes the memory that it needs, whatever its length") {
  const TempDir dir;
  for (const size_t length : {0U, 1U, 4095U, 4096U, 70'000U}) {
    dir.write("pipelines/a.lua", std::string(length, '-'));
    const SourceSet set = read_sources(dir.path());
    REQUIRE(set.files.size() == 1);
    CHECK(set.files[0].text == std::string(length, '-'));
    CHECK(set.files[0].text.capacity() <= length + 64);
  }
}

TEST_CASE("a project without files is empty, and no error") {
  const TempDir dir;
  const SourceSet set = read_sources(dir.path());
  CHECK(set.files.empty());
  CHECK(set.problems.empty());
}

TEST_CASE("hidden files and what editors leave are not read") {
  const TempDir dir;
  dir.write("pipelines/.hidden.lua", "");
  dir.write("pipelines/.git/a.lua", "");
  dir.write("pipelines/a.lua~", "");
  dir.write("pipelines/.a.lua.swp", "");
  dir.write("pipelines/#a.lua#", "");
  dir.write("pipelines/#a.lua", "");
  REQUIRE(::symlink("nobody@nowhere:1", (dir.path() + "/pipelines/.#a.lua").c_str()) == 0);
  const SourceSet set = read_sources(dir.path());
  CHECK(set.files.empty());
  CHECK(set.problems.empty());
}

TEST_CASE("symbolic links are followed, and no directory is read twice") {
  const TempDir dir;
  dir.write("shared/team/x.lua", "x");
  dir.write("elsewhere.lua", "e");
  dir.write("pipelines/a.lua", "a");
  namespace fs = std::filesystem;
  const fs::path pipelines = dir.path() + "/pipelines";
  fs::create_symlink("../elsewhere.lua", pipelines / "linked.lua");
  fs::create_directory_symlink("../shared/team", pipelines / "team");
  fs::create_directory_symlink("../shared/team", pipelines / "team2");
  fs::create_directory_symlink("../../pipelines", pipelines / "../shared/team/round");
  const SourceSet set = read_sources(dir.path());
  CHECK(set.problems.empty());
  CHECK(paths_of(set) == std::vector<std::string>{"pipelines/a.lua", "pipelines/linked.lua",
                                                  "pipelines/team/x.lua"});
}

TEST_CASE("what cannot be read is told, all of it") {
  const TempDir dir;
  dir.write("pipelines/ok.lua", "");
  dir.write("lib/a.lua", "");
  dir.write("lib/a/init.lua", "");
  REQUIRE(::symlink("missing", (dir.path() + "/pipelines/gone.lua").c_str()) == 0);
  REQUIRE(::mkfifo((dir.path() + "/pipelines/pipe.lua").c_str(), 0600) == 0);
  const SourceSet set = read_sources(dir.path());
  std::vector<std::string> texts;
  for (const Diagnostic& problem : set.problems) texts.push_back(problem.text());
  CHECK(texts ==
        std::vector<std::string>{"pipelines/gone.lua: cannot be read: No such file or directory",
                                 "pipelines/pipe.lua: is not a regular file",
                                 "lib/a/init.lua: module \"a\" is also lib/a.lua"});
}

}  // namespace
}  // namespace moondial::source_set_test
